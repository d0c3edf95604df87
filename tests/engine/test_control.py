import random
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge.core.commands import Command, Locate, SetPrimer
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.engine.control import MAX_PER_S, Control, RateLimit
from v2m_bridge.errors import DirectionError, OutputError, V2MError

HANGS_THE_LIBRARY = b"#bundle\0" + bytes(8) + struct.pack(">i", -4) + bytes(4)


@pytest.fixture
def posted() -> list[Command]:
    return []


@pytest.fixture
def control(posted: list[Command]) -> Iterator[Control]:
    port = Control("127.0.0.1", 0, post=lambda command, _: posted.append(command), latest=lambda: Snapshot(version=1))
    port.start()
    yield port
    port.close()


def _socket_to(control: Control) -> socket.socket:
    host, _, port = control.address.rpartition(":")
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((host, int(port)))
    sender.settimeout(5)
    return sender


def _message(path: str, *args: tuple[str, str | int | float]) -> bytes:
    builder = OscMessageBuilder(address=path)
    for kind, value in args:
        builder.add_arg(value, kind)
    return bytes(builder.build().dgram)


def _status(asker: socket.socket) -> list[object]:
    asker.send(_message("/v2m/get/status"))
    reply = OscMessage(asker.recv(4096))
    assert reply.address == "/v2m/status"
    return list(reply.params)


def _hostile(count: int) -> Iterator[bytes]:
    chance = random.Random(4)  # noqa: S311 not for secrets
    good = [_message("/v2m/do/primer", ("s", "1m01"), ("s", "C Am")), _message("/v2m/do/locate", ("f", 1.0))]
    nested = b"/v2m/do/play\0\0\0\0,\0\0\0"
    for _ in range(40):
        nested = b"#bundle\0" + bytes(8) + struct.pack(">i", len(nested)) + nested
    fixed = [HANGS_THE_LIBRARY, nested, b"", b"/", b"/" + b"*" * 40 + bytes(3), b"#bundle\0", bytes(8000)]
    for index in range(count):
        if index % 3 == 0:
            yield fixed[index // 3 % len(fixed)]
        elif index % 3 == 1:
            yield chance.randbytes(chance.randrange(0, 64))
        else:
            data = bytearray(chance.choice(good))
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            yield bytes(data)


def _storm(control: Control, count: int) -> None:
    """Send hostile traffic paced at the limit from one port, and ask for the status from another all the while."""
    storm, asker = _socket_to(control), _socket_to(control)
    started, asked = time.monotonic(), 0
    for index, datagram in enumerate(_hostile(count)):
        storm.send(datagram)
        if index % 1000 == 999:
            assert _status(asker)[2] == "empty"
            asked += 1
        ahead_s = index / MAX_PER_S - (time.monotonic() - started)
        if ahead_s > 0.01:
            time.sleep(ahead_s)
    assert asked == count // 1000
    storm.close()
    asker.close()


def test_hostile_datagrams_leave_the_port_answering(control: Control) -> None:
    _storm(control, 3_000)
    assert control.n_rejected > 1_000


@pytest.mark.long
def test_a_hundred_thousand_hostile_datagrams_leave_the_port_answering_every_time(control: Control) -> None:
    _storm(control, 100_000)


def test_a_command_is_posted_and_a_wrong_one_is_answered_with_a_sentence(
    control: Control, posted: list[Command]
) -> None:
    sender = _socket_to(control)
    sender.send(_message("/v2m/do/locate", ("f", 2.5)))
    sender.send(_message("/v2m/do/primer", ("s", "1m01"), ("s", "C Am")))
    sender.send(_message("/v2m/do/primer", ("s", "1m01"), ("s", "C Hm")))
    reply = OscMessage(sender.recv(4096))
    assert reply.address == "/v2m/error"
    assert "column 3" in str(reply.params[1])
    assert posted == [Locate(2.5), SetPrimer("1m01", "C Am")]
    sender.close()


def test_what_the_engine_cannot_follow_is_answered_to_its_sender() -> None:
    def refuse(command: Command, answer: Callable[[V2MError | None], None]) -> None:
        wrong = command == Locate(2.5)
        answer(DirectionError("there is no cue '9m09'", hint="The cues are 1m01.") if wrong else None)

    port = Control("127.0.0.1", 0, post=refuse, latest=lambda: Snapshot(version=1))
    port.start()
    sender = _socket_to(port)
    sender.send(_message("/v2m/do/locate", ("f", 1.0)))
    sender.send(_message("/v2m/do/locate", ("f", 2.5)))
    reply = OscMessage(sender.recv(4096))
    assert list(reply.params) == ["/v2m/do/locate", "there is no cue '9m09'; the cues are 1m01."]
    port.close()
    port._refuse("/v2m/do/locate", sender.getsockname(), DirectionError("too late"))
    sender.close()


def test_a_flood_from_one_sender_does_not_starve_another() -> None:
    limit = RateLimit()
    flood = sum(limit.allows(("127.0.0.1", 1), now_ns=n) for n in range(10 * MAX_PER_S))
    assert flood == MAX_PER_S
    assert limit.n_dropped == 9 * MAX_PER_S
    assert limit.allows(("127.0.0.1", 2), now_ns=5)
    assert limit.allows(("127.0.0.1", 1), now_ns=1_000_000_000)


def test_senders_that_never_return_are_forgotten() -> None:
    limit = RateLimit()
    for port in range(5_000):
        assert limit.allows(("127.0.0.1", port), now_ns=port)
    assert len(limit._windows) <= 1024


def test_a_port_that_is_taken_is_one_sentence(control: Control) -> None:
    port = int(control.address.rpartition(":")[2])
    with pytest.raises(OutputError, match="cannot listen"):
        Control("127.0.0.1", port, post=lambda *_: None, latest=lambda: Snapshot(version=0))

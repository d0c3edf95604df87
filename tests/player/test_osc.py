"""What is said over OSC, encoded and sent by the real process."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.player.processes import player
from tests.scores import make_score
from v2m_bridge import __version__
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.osc_check import OscMessage, read_datagram
from v2m_bridge.core.osc_schema import OUT, PROTOCOL
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.score import ScoredMarker
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import OutputError
from v2m_bridge.player.sayings import Said, sayings_of
from v2m_bridge.player.sinks.osc_sink import OscSink, bundle_of, time_tag
from v2m_bridge.player.sounding import NoteTable

_TYPES = {address.path: address.types for address in OUT}
_PLAYED = {
    "/v2m/cue",
    "/v2m/scene",
    "/v2m/emotion",
    "/v2m/marker",
    "/v2m/chord",
    "/v2m/velocity",
    "/v2m/density",
    "/v2m/note",
}


@given(st.integers(0, 2**33 * NS_PER_S))
def test_a_time_tag_is_exact_to_a_nanosecond(at_ns: int) -> None:
    seconds, fraction = divmod(time_tag(at_ns), 1 << 32)
    assert seconds == (at_ns // NS_PER_S + 2_208_988_800) % (1 << 32)
    assert round(fraction * NS_PER_S / 2**32) == at_ns % NS_PER_S


def test_a_bundle_reads_back_as_its_messages() -> None:
    said = (Said("/v2m/velocity", (1.5, 80)), Said("/v2m/marker", ("m1", "s1", 2.0, "boom é", "Red")))
    messages = read_datagram(bundle_of(said, 1_000_000_000))
    assert messages == (
        OscMessage("/v2m/velocity", (1.5, 80), time_tag(NS_PER_S)),
        OscMessage("/v2m/marker", ("m1", "s1", 2.0, "boom é", "Red"), time_tag(NS_PER_S)),
    )


@pytest.mark.parametrize("name", ["9124", "localhost", "localhost:", "localhost:0", "localhost:x", ":9124"])
def test_an_address_that_is_none_is_an_error_with_a_next_step(name: str) -> None:
    with pytest.raises(OutputError) as caught:
        OscSink(name, NoteTable())
    assert "HOST:PORT" in caught.value.hint


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


def _listen(receiver: socket.socket, until_s: float) -> list[tuple[int, OscMessage]]:
    """Arrival time and message of everything until the transport has reached a second of the edit."""
    heard: list[tuple[int, OscMessage]] = []
    while True:
        datagram = receiver.recv(65536)
        now_ns = time.time_ns()
        heard += [(now_ns, message) for message in read_datagram(datagram)]
        last = heard[-1][1]
        if last.address == "/v2m/transport" and float(last.args[1]) >= until_s:
            return heard


def test_a_listener_gets_every_message_in_order_with_its_time(port: socket.socket) -> None:
    score = make_score(n_frames=50, markers=(ScoredMarker(10, "boom!", "Red"), ScoredMarker(30, "door", "Blue")))
    programme = programme_of(score, score.cues[0], 1)
    with player("--sink", f"osc:127.0.0.1:{port.getsockname()[1]}") as child:
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme), say.StartRolling())
        heard = _listen(port, 2.1)
    messages = [message for _, message in heard]
    assert messages[0].args == (PROTOCOL, __version__)
    kinds = {"i": int, "f": float, "s": str}
    for message in messages:
        assert [type(arg) for arg in message.args] == [kinds[kind] for kind in _TYPES[message.address]]
    played = [message for message in messages if message.address in _PLAYED]
    expected = [(said.path, saying.at_ns) for saying in sayings_of(programme) for said in saying.messages]
    for scene in edit_sheet_of(score).scenes:
        expected += [("/v2m/scene", scene.at_ns), ("/v2m/emotion", scene.at_ns)]
    expected += [("/v2m/marker", marker.at_ns) for marker in edit_sheet_of(score).markers]
    assert sorted(message.address for message in played) == sorted(path for path, _ in expected)
    start = played[0].time_tag
    assert [m.time_tag for m in played] == sorted(m.time_tag for m in played)
    at_ns = sorted((m.address, round((m.time_tag - start) * NS_PER_S / 2**32)) for m in played)
    assert all(
        got[0] == want[0] and abs(got[1] - want[1]) <= 1 for got, want in zip(at_ns, sorted(expected), strict=True)
    )
    ahead = [m.time_tag - time_tag(now) for now, m in heard if m.address == "/v2m/note"]
    assert sorted(ahead)[len(ahead) // 2] > 0, "notes are said ahead of their time"

"""A flood of broken messages: nothing crashes, nothing takes long, and nothing moves without a valid command."""

from __future__ import annotations

import gc
import random
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from v2m_bridge.core.osc_check import OscArg, OscError, OscMessage, read_datagram
from v2m_bridge.core.osc_commands import command_of
from v2m_bridge.core.osc_schema import DO
from v2m_bridge.errors import DirectionError
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.midi_clock import ClockDecoder, song_position
from v2m_bridge.player.sync.midi_reports import ClockReports, TimecodeReports
from v2m_bridge.player.sync.mmc import MmcCommand, MmcVerb, write_mmc
from v2m_bridge.player.sync.mtc import MtcDecoder, full_frame, quarter_frame
from v2m_bridge.player.sync.sources.osc_profiles import PROFILES
from v2m_bridge.player.sync.timecode_label import MtcRate

HANGS_OTHERS: Final = b"#bundle\0" + bytes(7) + b"\1" + struct.pack(">i", -4) + bytes(4)
LONGEST_NS: Final = 5_000_000
_VALUES: Final[dict[str, tuple[OscArg, ...]]] = {
    "i": (0, 1, -1, 7, 2**31 - 1),
    "f": (0.0, 0.5, -1.0, 3600.5, 1e30),
    "s": ("", "1m01", "C Am F G", "tense", "0.4,-0.2", "90-140", "A minor", "ä" * 40, "X" * 200),
    "b": (b"", b"\xff" * 7),
}


def encode(message: OscMessage) -> bytes:
    """Write a message by the book: what is read must have been these bytes."""
    tags, body = ",", b""
    for value in message.args:
        match value:
            case int():
                tags, body = tags + "i", body + struct.pack(">i", value)
            case float():
                tags, body = tags + "f", body + struct.pack(">f", value)
            case str():
                tags, body = tags + "s", body + _padded(value.encode())
            case bytes():
                tags, body = tags + "b", body + struct.pack(">i", len(value)) + value + bytes(-len(value) % 4)
    return _padded(message.address.encode()) + _padded(tags.encode()) + body


def _padded(text: bytes) -> bytes:
    return text + bytes(4 - len(text) % 4)


def _bundle(parts: list[bytes], tag: int = 1) -> bytes:
    return b"#bundle\0" + tag.to_bytes(8, "big") + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def _datagrams(chance: random.Random, count: int) -> Iterator[bytes]:
    """Yield valid commands, reports and bundles, most of them damaged, and noise."""
    seeds = [HANGS_OTHERS, b"", b"/", b"#bundle\0", _bundle([])]
    for row in DO:
        for _ in range(6):
            args = tuple(chance.choice(_VALUES[kind]) for kind in row.types)
            seeds.append(encode(OscMessage(row.path, args)))
    for address in ("/time", "/play", "/v2m/sync", "/position/time", "/live/song/get/current_song_time", "/else"):
        kinds = chance.choices("ifsb", k=chance.randrange(3))
        seeds.append(encode(OscMessage(address, tuple(chance.choice(_VALUES[kind]) for kind in kinds))))
    seeds += [_bundle(chance.choices(seeds, k=chance.randrange(6))) for _ in range(20)]
    yield HANGS_OTHERS
    for _ in range(count - 1):
        yield _damaged(chance, chance.choice(seeds), seeds)


def _damaged(chance: random.Random, data: bytes, others: list[bytes]) -> bytes:
    kind = chance.randrange(8)
    at = chance.randrange(len(data) + 1)
    match kind:
        case 0:
            return data
        case 1:
            return data[:at]
        case 2:
            return data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]
        case 3:
            return data[:at] + chance.choice(others)
        case 4:
            return chance.randbytes(chance.randrange(64))
        case 5:
            size = struct.pack(">i", chance.choice((-4, -1, 0, 1, 3, 4, 2**31 - 1, -(2**31))))
            return data[: at & ~3] + size + data[(at & ~3) + 4 :]
        case _:
            damaged = bytearray(data)
            for _ in range(min(len(data), chance.randrange(1, 4))):
                damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(damaged)


def _costs(work: Callable[[], None]) -> int:
    began_ns = time.thread_time_ns()
    work()
    return time.thread_time_ns() - began_ns


@pytest.fixture
def quiet_memory() -> Iterator[None]:
    """As in the player, the garbage collector stops nobody."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _storm_of_datagrams(count: int) -> tuple[int, int]:
    """Send datagrams through the check and the decoders; return how many commands came out, and the dearest in ns."""
    chance = random.Random(20)  # noqa: S311  reproducible damage
    profiles = [make(EditPlace()) for make in PROFILES.values()]
    n_commands, dearest_ns = 0, 0
    accepted: list[OscMessage] = []

    def read() -> None:
        nonlocal n_commands
        accepted.clear()
        try:
            accepted.extend(read_datagram(data))
        except OscError:
            return
        for message in accepted:
            for profile in profiles:
                profile.hear(message, 0)
            try:
                command_of(message)
            except DirectionError:
                continue
            n_commands += 1

    for data in _datagrams(chance, count):
        before = [vars(profile).copy() for profile in profiles]
        dearest_ns = max(dearest_ns, _costs(read))
        if not accepted:
            assert [vars(profile) for profile in profiles] == before
        elif not data.startswith(b"#bundle\0"):
            assert encode(accepted[0]) == data
        else:
            assert all(encode(message) in data for message in accepted)
    return n_commands, dearest_ns


def _midi(chance: random.Random, count: int) -> Iterator[bytes]:
    """Yield timecode, clocks, positions and machine control, most of them damaged, and noise."""
    rates = list(MtcRate)
    quarter = 0
    for _ in range(count):
        rate = rates[chance.randrange(4)] if chance.randrange(200) == 0 else rates[1]
        quarter = chance.randrange(8_000_000) if chance.randrange(300) == 0 else quarter + 1
        position = song_position(6 * chance.randrange(16_384)) or b""
        locate = write_mmc(MmcCommand(MmcVerb.LOCATE, quarter // 4, rate))
        good = chance.choices(
            (quarter_frame(quarter, rate), full_frame(quarter // 4, rate), b"\xf8", b"\xfa", b"\xfb", b"\xfc", position,
             locate, write_mmc(MmcCommand(chance.choice((MmcVerb.STOP, MmcVerb.PLAY, MmcVerb.PAUSE))))),
            (60, 2, 60, 1, 1, 1, 2, 2, 1),
        )[0]  # fmt: skip
        match chance.randrange(10):
            case 0:
                yield good[: chance.randrange(len(good) + 1)]
            case 1:
                yield bytes(byte ^ (1 << chance.randrange(8)) if chance.randrange(4) == 0 else byte for byte in good)
            case 2:
                yield chance.randbytes(chance.randrange(12))
            case 3:
                yield b"\xf0\x7f\x7f\x06" + chance.randbytes(chance.randrange(40)) + b"\xf7"
            case _:
                yield good


def _is_sync(message: bytes) -> bool:
    """Whether a message is of a kind that may move a decoder, by the lengths and bytes of the standard alone."""
    if len(message) == 1:
        return message[0] in (0xF8, 0xFA, 0xFB, 0xFC)
    if len(message) in (2, 3) and message[0] == (0xF1, 0xF2)[len(message) - 2]:
        return all(byte < 128 for byte in message[1:])
    return message[:2] == b"\xf0\x7f" and message[-1:] == b"\xf7" and message[3:4] in (b"\x01", b"\x06")


def _storm_of_midi(count: int) -> int:
    """Send messages into every decoder; return the dearest in ns."""
    chance = random.Random(21)  # noqa: S311  reproducible damage
    place = EditPlace()
    timecode, clock = MtcDecoder(), ClockDecoder()
    hearers = (timecode.hear, clock.hear, TimecodeReports(place).hear, ClockReports(place).hear)
    dearest_ns, clock_ns = 0, 0

    def read() -> None:
        for hear in hearers:
            hear(message, clock_ns)

    def state() -> str:
        return repr([vars(timecode), vars(clock)])

    for message in _midi(chance, count):
        clock_ns += chance.choice((0, 1, 5_000_000, 10_000_000, 10_000_000, 10_000_000, 400_000_000))
        before = "" if _is_sync(message) else state()
        dearest_ns = max(dearest_ns, _costs(read))
        assert not before or state() == before, message.hex()
    return dearest_ns


def test_a_shower_of_broken_datagrams_and_messages_moves_nothing(quiet_memory: None) -> None:
    n_commands, dearest_ns = _storm_of_datagrams(10_000)
    assert n_commands > 100
    assert max(dearest_ns, _storm_of_midi(5_000)) < LONGEST_NS


@pytest.mark.long
def test_a_million_broken_datagrams_move_nothing(quiet_memory: None) -> None:
    n_commands, dearest_ns = _storm_of_datagrams(1_000_000)
    assert n_commands > 10_000
    assert dearest_ns < LONGEST_NS


@pytest.mark.long
def test_a_hundred_thousand_broken_midi_messages_move_nothing(quiet_memory: None) -> None:
    assert _storm_of_midi(100_000) < LONGEST_NS

"""MIDI Clock, song positions and machine control: what is sent is what is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.midi_clock import (
    CLOCK,
    CLOCKS_PER_SIXTEENTH,
    CONTINUE,
    N_SONG_POSITIONS,
    START,
    STOP,
    ClockDecoder,
    ClockPlace,
    entry,
    sixteenth_from,
    song_position,
)
from v2m_bridge.player.sync.mmc import MmcCommand, MmcVerb, read_mmc, write_mmc
from v2m_bridge.player.sync.timecode_label import MtcRate

INTERVAL_NS = 20_833_333
SIXTEENTHS = st.integers(0, N_SONG_POSITIONS - 1)


def _hear(decoder: ClockDecoder, messages: list[bytes], clock_ns: int = 0) -> list[ClockPlace | None]:
    return [decoder.hear(message, clock_ns + n * INTERVAL_NS) for n, message in enumerate(messages)]


def _tick(count: int) -> list[bytes]:
    return [bytes((CLOCK,))] * count


@given(SIXTEENTHS, st.integers(1, 100))
def test_playing_entered_anywhere_counts_on_from_the_first_clock(sixteenth: int, count: int) -> None:
    decoder = ClockDecoder()
    first = sixteenth * CLOCKS_PER_SIXTEENTH
    for message in entry(first):
        place = decoder.hear(message, 0)
        assert place is None or not place.rolling
    places = _hear(decoder, _tick(count), 1)
    assert [place.clocks for place in places if place] == list(range(first, first + count))
    assert all(place and place.rolling for place in places)


@given(st.integers(1, 500), st.integers(0, 50))
def test_continue_after_stop_goes_on_where_it_stopped(played: int, idle: int) -> None:
    decoder = ClockDecoder()
    _hear(decoder, [bytes((START,)), *_tick(played)])
    stopped = decoder.hear(bytes((STOP,)), 10**12)
    assert stopped is not None
    assert (stopped.clocks, stopped.rolling) == (played, False)
    assert not any(_hear(decoder, _tick(idle), 10**12)), "clocks while stopped tell the tempo and no place"
    places = _hear(decoder, [bytes((CONTINUE,)), *_tick(3)], 2 * 10**12)
    assert [place.clocks for place in places[1:] if place] == [played, played + 1, played + 2]


@given(SIXTEENTHS)
def test_a_song_position_while_stopped_is_a_silent_locate_and_while_rolling_holds_from_the_next_clock(at: int) -> None:
    decoder = ClockDecoder()
    message = song_position(at * CLOCKS_PER_SIXTEENTH)
    assert message is not None
    place = decoder.hear(message, 0)
    assert place is not None
    assert (place.clocks, place.rolling) == (at * CLOCKS_PER_SIXTEENTH, False)
    _hear(decoder, [bytes((START,)), *_tick(5)])
    assert decoder.hear(message, 10**9) is None
    moved = decoder.hear(bytes((CLOCK,)), 10**9)
    assert moved is not None
    assert (moved.clocks, moved.rolling) == (at * CLOCKS_PER_SIXTEENTH, True)


@pytest.mark.parametrize("bpm", [40.0, 97.3, 120.0, 240.0])
def test_the_tempo_is_told_within_a_thousandth(bpm: float) -> None:
    decoder = ClockDecoder()
    decoder.hear(bytes((START,)), 0)
    interval_ns = 60 * NS_PER_S / bpm / 24
    places = [decoder.hear(bytes((CLOCK,)), round(n * interval_ns)) for n in range(100)]
    assert places[-1] is not None
    assert places[-1].bpm == pytest.approx(bpm, rel=1e-3)


def test_song_positions_end_after_1024_bars_and_lie_on_sixteenths() -> None:
    assert song_position(N_SONG_POSITIONS * CLOCKS_PER_SIXTEENTH) is None
    assert entry(N_SONG_POSITIONS * CLOCKS_PER_SIXTEENTH) == ()
    with pytest.raises(ValueError, match="not on a sixteenth"):
        song_position(7)
    assert [sixteenth_from(clocks) for clocks in (0, 1, 6, 7)] == [0, 6, 6, 12]


@given(st.sampled_from(MmcVerb), st.sampled_from(MtcRate), st.integers(0, 2_000_000), st.integers(0, 126))
def test_every_command_of_machine_control_is_read_as_it_was_written(
    verb: MmcVerb, rate: MtcRate, frame: int, device: int
) -> None:
    is_locate = verb is MmcVerb.LOCATE
    command = MmcCommand(verb, frame, rate) if is_locate else MmcCommand(verb)
    assert read_mmc(write_mmc(command)) == (command,)
    assert read_mmc(write_mmc(command, device), device) == (command,)
    assert read_mmc(write_mmc(command, device), device + 1 if device < 126 else 0) == ()


def test_several_commands_in_one_message_are_read_in_order_and_unknown_ones_are_passed_over() -> None:
    message = bytes.fromhex("f0 7f 7f 06 01 06 44 06 01 21 02 03 04 00 40 02 55 55 02 f7")
    verbs = [command.verb for command in read_mmc(message)]
    assert verbs == [MmcVerb.STOP, MmcVerb.LOCATE, MmcVerb.PLAY]


@given(st.lists(st.binary(max_size=16) | st.binary(max_size=12).map(lambda b: b"\xf0\x7f\x7f\x06" + b + b"\xf7")))
def test_no_message_breaks_the_decoders(messages: list[bytes]) -> None:
    decoder = ClockDecoder()
    for number, message in enumerate(messages):
        decoder.hear(message, number)
        read_mmc(message)

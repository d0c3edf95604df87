"""Tempo maps of MIDI files and of temp music."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import METERS, RATES
from v2m_bridge.core.cue import Cue, Hit, Need
from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.tempo_given import obeyed, temp_tempo_maps, tempo_map_of_smf, tempo_map_of_temp

Event = tuple[int, mido.MetaMessage]


def tempo(tick: int, us: int) -> Event:
    return tick, mido.MetaMessage("set_tempo", tempo=us)


def meter(tick: int, beats: int, unit: int) -> Event:
    return tick, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)


def written(path: Path, events: list[Event], ticks_per_beat: int = 480) -> Path:
    track, at = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda each: each[0]):
        track.append(message.copy(time=tick - at))
        at = tick
    mido.MidiFile(type=1, ticks_per_beat=ticks_per_beat, tracks=[track]).save(path)
    return path


def test_a_tempo_map_is_read_from_its_start(tmp_path: Path) -> None:
    events = [tempo(0, 600_000), meter(0, 3, 4), tempo(1440, 500_000), meter(2880, 6, 8)]
    found = tempo_map_of_smf(written(tmp_path / "map.mid", events))
    assert found.tempi == (TempoChange(0, 600_000), TempoChange(2880, 500_000))
    assert found.meters == (MeterChange(0, Meter(3, 4)), MeterChange(5760, Meter(6, 8)))
    assert found.pickup_ticks == 0


def test_a_file_without_tempo_or_meter_is_120_bpm_in_common_time(tmp_path: Path) -> None:
    assert tempo_map_of_smf(written(tmp_path / "plain.mid", [])) == TempoMap.constant(120)


def test_a_cue_that_starts_inside_a_bar_begins_with_a_pickup(tmp_path: Path) -> None:
    path = written(tmp_path / "map.mid", [tempo(0, 500_000), meter(0, 4, 4), tempo(1920, 400_000)])
    found = tempo_map_of_smf(path, Fraction(3, 2))
    assert found.pickup_ticks == 960
    assert found.tempi == (TempoChange(0, 500_000), TempoChange(960, 400_000))
    assert tempo_map_of_smf(path, 2.0001).pickup_ticks == 0
    assert tempo_map_of_smf(path, 2.0001).tempi == (TempoChange(0, 400_000),)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(250_000, 2_000_000)), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(METERS)), min_size=1, max_size=4),
    st.fractions(0, 30, max_denominator=1000),
    st.sampled_from((96, 120, 480, 960)),
)
def test_time_in_the_cue_is_time_in_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    tempi: list[tuple[int, int]],
    meters: list[tuple[int, Meter]],
    start_s: Fraction,
    ticks_per_beat: int,
) -> None:
    events, at = [tempo(0, 500_000)], 0
    for n_bars, each in meters:
        events.append(meter(at, each.beats, each.unit))
        at += n_bars * each.ticks_per_bar * ticks_per_beat // 960
    events += [tempo(quarter * ticks_per_beat, us) for quarter, us in tempi]
    path = written(tmp_path_factory.mktemp("maps") / "map.mid", events, ticks_per_beat)
    whole, part = tempo_map_of_smf(path), tempo_map_of_smf(path, start_s)
    lines = [whole.ns_at(line) - int(start_s * 10**9) for line in whole.bar_lines(60_000)]
    own = [part.ns_at(line) for line in part.bar_lines(20_000)]
    ahead = [line for line in lines if line > -2_200_000][: len(own)]
    assert all(abs(a - b) <= 4_500_000 for a, b in zip(own, ahead, strict=False))
    fit = obeyed(part, [], 0, 10**10, part.meters[0].meter.beats)
    _, slots = grid_of(part, 10**10)
    assert slots[0].onset_tick == 0
    assert fit.tempo == part


def test_a_given_map_is_obeyed_and_judged_on_its_own_beats() -> None:
    """In 7/8 after 4/4 the beats are eighths, and the second bar of 7/8 begins off the quarters."""
    given_map = TempoMap((TempoChange(0, 500_000),), (MeterChange(0, Meter(4, 4)), MeterChange(3840, Meter(7, 8))))
    at = FrameTime.nearest(Fraction(15, 4), Fraction(24))
    (hit,) = obeyed(given_map, [Hit(at, need=Need.MUST)], 0, 8 * 10**9, 4).hits
    assert (hit.met, hit.on_bar_line, hit.tick) == (True, True, 3840 + 3360)
    off = Hit(FrameTime.nearest(Fraction(91, 25), Fraction(25)), need=Need.MUST)
    fit = obeyed(given_map, [off], 0, 8 * 10**9, 4)
    assert fit.misses_a_must
    assert (fit.way, fit.offers) == ("given", None)
    assert "obeyed" in fit.hits[0].reason
    assert fit.n_irregular_bars == 4


@given(st.floats(40, 200), st.sampled_from((3, 4)), st.integers(0, 4000), st.integers(0, 4000), st.sampled_from(RATES))
def test_bars_fall_on_the_downbeats_of_the_temp_music_under_a_cue(
    bpm: float, beats: int, start_ms: int, downbeat_ms: int, rate: Fraction
) -> None:
    start, length = FrameTime.nearest(Fraction(start_ms, 1000), rate), FrameTime.nearest(30, rate)
    cue, downbeat_s = Cue("1m01", start, start + length), Fraction(downbeat_ms, 1000)
    music = TempMusic("t", Fraction(0), Fraction(40), bpm, downbeat_s, beats)
    scrap = TempMusic("s", cue.end.exact_s - 1, cue.end.exact_s, 2 * bpm if bpm < 140 else bpm / 2)
    tempo_map = tempo_map_of_temp((scrap, music), cue)
    assert tempo_map is not None
    bar_s = Fraction(tempo_map.tempi[0].us_per_quarter * beats, 1_000_000)
    assert tempo_map.bpm_at(0) == pytest.approx(bpm, rel=1e-5)
    assert tempo_map.meters[0].meter == Meter(beats, 4)
    for line in tempo_map.bar_lines(20 * 960):
        bars = (start.exact_s + Fraction(tempo_map.ns_at(line), 10**9) - downbeat_s) / bar_s
        assert abs(bars - round(bars)) * bar_s <= Fraction(51, 1000)


def test_no_tempo_is_taken_from_temp_music_elsewhere_or_without_a_beat() -> None:
    rate = Fraction(25)
    cue = Cue("1m01", FrameTime(0, rate), FrameTime(250, rate))
    silent, late = TempMusic("pad", Fraction(0), Fraction(9)), TempMusic("late", Fraction(10), Fraction(20), 96.0)
    assert tempo_map_of_temp((silent, late), cue) is None
    with pytest.raises(DirectionError, match="temp music with a tempo") as caught:
        temp_tempo_maps((silent, late), (cue,))
    assert "--tempo" in caught.value.hint


END = b"\x00\xff\x2f\x00"


def smf(kind: int, division: int, events: bytes) -> bytes:
    """Return a file of one track."""
    head = b"MThd" + (6).to_bytes(4, "big") + kind.to_bytes(2, "big") + (1).to_bytes(2, "big")
    return head + division.to_bytes(2, "big") + b"MTrk" + len(events).to_bytes(4, "big") + events


BROKEN = {
    "empty": b"",
    "text": b"this is not a MIDI file",
    "cut short": smf(1, 480, b"\x00\xff\x51\x03\x07")[:-2],
    "no division": smf(0, 0, END),
    "frames": smf(0, 0xE728, END),
    "songs": smf(2, 480, END),
    "tempo 0": smf(0, 480, b"\x00\xff\x51\x03\x00\x00\x00" + END),
    "meter 0": smf(0, 480, b"\x00\xff\x58\x04\x00\xff\x18\x08" + END),
    "large": bytes(2_000_001),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_holds_no_tempo_map_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "map.mid"
    path.write_bytes(BROKEN[name])
    with pytest.raises(DirectionError) as caught:
        tempo_map_of_smf(path)
    assert "map.mid" in str(caught.value)
    assert caught.value.hint


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 3))
def test_no_bytes_do_worse_than_a_refusal(tmp_path_factory: pytest.TempPathFactory, noise: bytes, kind: int) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.mid"
    path.write_bytes(smf(kind, 480, noise))
    try:
        assert tempo_map_of_smf(path, 1).tempi[0].us_per_quarter > 0
    except DirectionError as refusal:
        assert refusal.hint


def test_bars_that_do_not_tile_and_times_before_the_file_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "map.mid", [meter(0, 4, 4), meter(960, 3, 4)])
    with pytest.raises(DirectionError, match=r"inside a bar, at quarter 3\.00"):
        tempo_map_of_smf(path)
    with pytest.raises(DirectionError, match="from -1 s"):
        tempo_map_of_smf(path, -1)
    with pytest.raises(DirectionError, match="cannot read"):
        tempo_map_of_smf(tmp_path / "none.mid")

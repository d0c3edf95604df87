"""Tempi that are tapped, and tempo maps of MIDI files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import METERS
from v2m_bridge.core.cue import Hit, Need
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.tempo_given import obeyed, tapped_tempo, tempo_map_of_smf

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


@given(st.floats(25, 280), st.floats(0, 1e5), st.integers(6, 24), st.data())
def test_a_missed_and_a_doubled_tap_leave_the_tempo(bpm: float, start_s: float, n: int, data: st.DataObject) -> None:
    taps = [start_s + beat * 60 / bpm for beat in range(n)]
    missed, doubled = (data.draw(st.integers(1, n - 2)) for _ in range(2))
    tapped = [at for index, at in enumerate(taps) if index != missed or missed == doubled]
    tapped.append(taps[doubled] + 0.1 * 60 / bpm)
    assert tapped_tempo(taps) == pytest.approx(bpm, rel=1e-4)
    assert tapped_tempo(tapped) == pytest.approx(bpm, rel=0.02)


@given(st.floats(40, 200), st.lists(st.floats(-0.03, 0.03), min_size=8, max_size=24))
def test_an_unsteady_hand_is_averaged(bpm: float, off: list[float]) -> None:
    taps = [(beat + each) * 60 / bpm for beat, each in enumerate(off)]
    assert tapped_tempo(taps) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("taps", [[], [0, 1, 2], [0, 1, 2, float("nan")], [1, 1, 1, 1], [0, 10, 20, 30]])
def test_taps_that_tell_no_tempo_are_refused(taps: list[float]) -> None:
    with pytest.raises(DirectionError) as caught:
        tapped_tempo(taps)
    assert "tap" in caught.value.sentence().lower()


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

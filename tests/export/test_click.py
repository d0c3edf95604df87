"""Pre-roll and click in the MIDI file, read by mido and pretty_midi."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import mido
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import EDITORS, Clock, scores_at
from tests.export.in_file import placed_notes
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Score, ScoredHit, ScoredMarker
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.export.pre_roll import with_pre_roll

rates = pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")


def opened(score: Score, **how: Any) -> Any:
    return pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(score, **how)))


def click_of(file: Any) -> list[tuple[float, int]]:
    instrument = next(each for each in file.instruments if each.name == "Click")
    assert instrument.is_drum
    return [(note.start, note.pitch) for note in instrument.notes]


@rates
def test_pretty_midi_hears_every_note_at_its_time(clock: Clock) -> None:
    @settings(max_examples=8, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        wanted = sorted((note.pitch, note.on_s, note.off_s, note.velocity) for note in placed_notes(score))
        found = sorted((n.pitch, n.start, n.end, n.velocity) for i in opened(score).instruments for n in i.notes)
        assert [(pitch, velocity) for pitch, *_, velocity in found] == [
            (pitch, velocity) for pitch, *_, velocity in wanted
        ]
        for (_, start, end, _), (_, meant_start, meant_end, _) in zip(found, wanted, strict=True):
            assert start == pytest.approx(meant_start, abs=1e-5)
            assert end == pytest.approx(meant_end, abs=1e-5)

    law()


@rates
@given(data=st.data(), n_bars=st.integers(1, 16))
@settings(max_examples=8, deadline=None)
def test_a_pre_roll_moves_everything_and_every_frame_keeps_its_label(
    clock: Clock, data: st.DataObject, n_bars: int
) -> None:
    score = data.draw(scores_at(clock))
    rolled = with_pre_roll(score, n_bars)
    n = rolled.n_frames - score.n_frames
    first = min(score.cues, key=lambda cue: cue.in_frame)
    bar_s = Fraction(first.tempo.meters[0].meter.ticks_per_bar * first.tempo.tempi[0].us_per_quarter, 960_000_000)
    assert n >= n_bars * bar_s * clock.rate - 1
    assert rolled.label(n) == score.label(0)
    assert [cue.in_frame - n for cue in rolled.cues] == [cue.in_frame for cue in score.cues]
    assert [hit.frame - n for cue in rolled.cues for hit in cue.hits] == [
        h.frame for cue in score.cues for h in cue.hits
    ]
    bars = Fraction(first.in_frame + n) / clock.rate / bar_s
    assert abs(bars - round(bars)) * bar_s * clock.rate <= Fraction(3, 2), "the first cue is on a bar line"


def test_before_midnight_lies_the_day_before() -> None:
    rolled = with_pre_roll(make_score(start="00:00:01:00"), 2)
    assert rolled.label(0) == "23:59:57:00"
    (offset,) = [m for m in mido.MidiFile(file=io.BytesIO(midi_bytes(rolled))).tracks[0] if m.type == "smpte_offset"]
    assert (offset.hours, offset.minutes, offset.seconds, offset.frames) == (23, 59, 57, 0)


def test_scenes_and_markers_of_the_editor_move_with_the_pre_roll() -> None:
    hit = ScoredHit(50, "accent", "must", "door", 0, 0.0, True)
    score = make_score(cues=[make_cue(hits=(hit,))], markers=[ScoredMarker(77, "look", "Blue")])
    rolled = with_pre_roll(score, 1)
    assert (rolled.markers[0].frame, rolled.scenes[0].in_frame) == (77 + 50, 50)
    assert with_pre_roll(score, 0) is score
    assert with_pre_roll(make_score(cues=[]), 1).n_frames == 250 + 50, "two seconds: a bar of 4/4 at 120"


def test_two_bars_are_counted_in_and_every_beat_is_clicked() -> None:
    cue = make_cue(in_frame=250, out_frame=350, tempo=TempoMap.constant(90, Meter(3, 4)))
    clicks = click_of(opened(make_score(n_frames=500, cues=[cue]), with_click=True))
    beat = 60 / 90
    assert [at for at, _ in clicks] == pytest.approx([10 + i * beat for i in range(-6, 6)], abs=1e-4)
    assert [pitch for _, pitch in clicks] == [76, 77, 77] * 4


def test_a_pickup_is_counted_from_its_first_downbeat() -> None:
    tempo = TempoMap(TempoMap.constant(120).tempi, TempoMap.constant(120).meters, 960)
    clicks = click_of(
        opened(make_score(n_frames=500, cues=[make_cue(in_frame=250, out_frame=450, tempo=tempo)]), with_click=True)
    )
    assert [at for at, pitch in clicks if pitch == 76][:3] == pytest.approx(
        [10 + 0.5 - 4, 10 + 0.5 - 2, 10 + 0.5], abs=1e-4
    )
    assert [at for at, _ in clicks][7:9] == pytest.approx([10, 10.5], abs=1e-4)


def test_there_is_no_count_in_over_an_earlier_cue() -> None:
    cues = [make_cue(out_frame=100), make_cue("1m02", in_frame=100, out_frame=200)]
    clicks = click_of(opened(make_score(n_frames=250, cues=cues), with_click=True))
    assert [at for at, _ in clicks] == pytest.approx([i / 2 for i in range(16)], abs=1e-4)


def test_without_the_wish_there_is_no_click() -> None:
    assert [each.name for each in opened(make_score()).instruments] == ["chords", "bass"]

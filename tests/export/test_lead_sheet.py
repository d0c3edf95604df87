"""Lead sheets: bars that are full, one note at a time, chords where they change."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings

from tests.export.drawn import scores
from tests.scores import make_cue
from v2m_bridge.core.score import Note, Part, Score
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.export.lead_sheet import GRID_TICKS, lead_sheet


@settings(max_examples=30, deadline=None)
@given(scores())
def test_bars_follow_each_other_and_are_full_and_chords_stand_on_their_ticks(score: Score) -> None:
    for cue in score.cues:
        bars = lead_sheet(cue).bars
        assert bars[0].start == 0
        assert 0 <= bars[-1].end * GRID_TICKS - cue.end_tick < GRID_TICKS
        assert all(bar.end == after.start for bar, after in pairwise(bars))
        for bar in bars:
            assert [bar.start, *(held.end for held in bar.line)] == [*(held.start for held in bar.line), bar.end]
            assert (bar.end - bar.start) * GRID_TICKS <= bar.meter.ticks_per_bar + GRID_TICKS
        slots = cue.slots
        changes = [s.onset_tick for i, s in enumerate(slots) if not i or slots[i - 1].chord != s.chord]
        assert [at * GRID_TICKS for bar in bars for at, _ in bar.chords] == changes


def test_a_melody_is_taken_before_the_bass_and_its_highest_note_before_the_others() -> None:
    bass = Part("bass", 2, 32, (Note(0, 3840, 40, 90),))
    melody = Part("melody", 4, 73, (Note(0, 960, 72, 80), Note(0, 960, 67, 80), Note(960, 960, 74, 80)))
    found = lead_sheet(make_cue(out_frame=50, parts=(bass, melody)))
    assert not found.is_bass
    assert [held.pitch for held in found.bars[0].line] == [72, 74, None]
    assert lead_sheet(make_cue(out_frame=50, parts=(bass,))).is_bass


def test_without_melody_and_bass_the_top_line_is_taken_and_without_notes_there_is_silence() -> None:
    pad = Part("pad", 5, 89, (Note(0, 3840, 60, 80), Note(0, 3840, 67, 80)))
    assert [held.pitch for held in lead_sheet(make_cue(out_frame=50, parts=(pad,))).bars[0].line] == [67]
    assert [held.pitch for held in lead_sheet(make_cue(out_frame=50, parts=())).bars[0].line] == [None]


def test_a_note_over_a_bar_line_is_held_and_ends_where_the_next_begins() -> None:
    part = Part("melody", 4, 73, (Note(1920, 3840, 60, 80), Note(4800, 960, 62, 80)))
    first, second = lead_sheet(make_cue(out_frame=100, parts=(part,))).bars
    assert [(h.start, h.end, h.pitch, h.is_held) for h in first.line] == [(0, 8, None, False), (8, 16, 60, False)]
    assert [(h.start, h.end, h.pitch, h.is_held) for h in second.line] == [
        (16, 20, 60, True), (20, 24, 62, False), (24, 32, None, False),
    ]  # fmt: skip


def test_a_cue_that_ends_off_the_beat_ends_with_a_short_bar() -> None:
    bars = lead_sheet(make_cue(out_frame=60, tempo=TempoMap.constant(120, Meter(3, 4)))).bars
    assert [bar.is_whole for bar in bars] == [True, False]
    assert bars[-1].end - bars[-1].start == 8, "2.4 s of 120 quarters a minute are 4.8 quarters: 20 sixteenths"


def test_a_note_on_the_last_tick_leaves_rests() -> None:
    part = Part("strings", 3, 48, (Note(3838, 3, 30, 1),))
    (bar,) = lead_sheet(make_cue(out_frame=50, end_tick=3840, parts=(part,))).bars
    assert [held.pitch for held in bar.line] == [None]

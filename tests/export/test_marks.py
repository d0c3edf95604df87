"""What goes back to the editor, and on which frame."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.export.drawn import scores
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Score, ScoredHit
from v2m_bridge.export.marks import Mark, marks_of, one_at_each_frame, plain


def test_cues_and_hits_are_marked_by_default_and_nothing_else() -> None:
    hit = ScoredHit(90, "accent", "must", "door", 0, 1.5, False)
    score = make_score(cues=[make_cue(in_frame=30, out_frame=230, title="Chase", hits=(hit,))])
    assert [(m.frame, m.n_frames, m.name, m.colour) for m in marks_of(score)] == [
        (30, 200, "1m01 Chase", "Green"),
        (90, 0, "must accent", "Yellow"),
        (230, 0, "1m01 out", "Red"),
    ]
    assert [m.comment for m in marks_of(score)] == ["A minor, felt-piano, neutral", "+1.5 frames; door", ""]


def test_a_hit_that_is_the_edge_of_its_cue_is_no_second_mark() -> None:
    edges = (ScoredHit(0, "in", "may", "", 0, 0.0, True), ScoredHit(250, "out", "may", "", 0, 0.0, True))
    score = make_score(cues=[make_cue(hits=(*edges, ScoredHit(90, "out", "may", "", 0, 0.0, True)))])
    assert [(mark.frame, mark.name) for mark in marks_of(score)] == [(0, "1m01"), (90, "may out"), (250, "1m01 out")]


def test_chords_and_emotion_are_marked_on_request() -> None:
    score = make_score(n_frames=100)
    chords = [(m.frame, m.name) for m in marks_of(score, chords=True) if m.colour == "Blue"]
    assert chords == [(0, "Am"), (25, "F"), (50, "C"), (75, "G")]
    scenes = [(m.frame, m.name, m.comment) for m in marks_of(score, emotion=True) if m.colour == "Purple"]
    assert scenes == [(0, "neutral", "shot 1"), (50, "neutral", "shot 2")]


@given(scores())
def test_a_chord_is_marked_on_the_frame_nearest_to_it(score: Score) -> None:
    found = [m.frame for m in marks_of(score, chords=True) if m.colour == "Blue"]
    onsets_ns = [
        score.cue_start_ns(cue) + cue.tempo.ns_at(slot.onset_tick)
        for cue in score.cues
        for before, slot in zip((None, *cue.slots), cue.slots, strict=False)
        if before is None or before.chord != slot.chord
    ]
    for frame, at_ns in zip(sorted(found), sorted(onsets_ns), strict=True):
        assert abs(score.frame_time(frame).exact_s - Fraction(at_ns, 10**9)) * Fraction(score.rate) <= Fraction(
            501, 1000
        )


@given(scores())
def test_marks_come_in_order_and_one_frame_keeps_one_where_it_must(score: Score) -> None:
    marks = marks_of(score, chords=True, emotion=True)
    assert [m.frame for m in marks] == sorted(m.frame for m in marks)
    joined = one_at_each_frame(marks)
    assert [m.frame for m in joined] == sorted({m.frame for m in marks})
    assert sum(len(m.name) for m in joined) >= sum(len(m.name) for m in marks)


def test_marks_of_one_frame_are_joined_to_the_longest() -> None:
    marks = (Mark(5, "1m01 out", "", "Red"), Mark(5, "1m02", "C major", "Green", 90), Mark(5, "hit", "door", "Yellow"))
    assert one_at_each_frame(marks) == (Mark(5, "1m01 out + 1m02 + hit", "C major; door", "Green", 90),)


@given(st.text())
def test_names_are_one_line_that_any_file_can_hold(text: str) -> None:
    told = plain(text)
    assert told == told.strip()
    assert told.isprintable()
    assert "  " not in told

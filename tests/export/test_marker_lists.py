"""Lists of markers for Premiere and REAPER, read as tables."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import EDITORS, Clock, scores_at
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ScoredHit
from v2m_bridge.core.timebase import FrameTime, parse_timecode
from v2m_bridge.export.marker_lists import PREMIERE_COLUMNS, REAPER_COLUMNS, premiere_csv, reaper_csv
from v2m_bridge.export.marks import marks_of

rates = pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")


def table(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(data.decode().splitlines(), delimiter=delimiter))


def frame_of(label: str, clock: Clock) -> int:
    """Frame of a label as Premiere writes it: semicolons throughout where labels are dropped."""
    assert (";" in label) == clock.drop
    assert not (clock.drop and ":" in label)
    hours, minutes, seconds, frames = label.replace(";", ":").split(":")
    return parse_timecode(f"{hours}:{minutes}:{seconds}{';' if clock.drop else ':'}{frames}", clock.rate).frame


@rates
def test_premiere_markers_come_back_to_the_frame(clock: Clock) -> None:
    @settings(max_examples=8, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        marks = marks_of(score, chords=True, emotion=True)
        for row, mark in zip(table(premiere_csv(score, marks), "\t"), marks, strict=True):
            assert tuple(row) == PREMIERE_COLUMNS
            assert (row["Marker Name"], row["Description"]) == (mark.name, mark.comment)
            assert frame_of(row["In"], clock) == score.start_frame + mark.frame
            assert frame_of(row["Out"], clock) == score.start_frame + mark.frame + mark.n_frames
            assert frame_of(row["Duration"], clock) == mark.n_frames

    law()


@rates
def test_reaper_markers_come_back_to_the_frame(clock: Clock) -> None:
    @settings(max_examples=8, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        marks = marks_of(score, chords=True, emotion=True)

        def frame(seconds: str) -> int:
            return FrameTime.nearest(Fraction(seconds), clock.rate).frame

        for row, mark in zip(table(reaper_csv(score, marks)), marks, strict=True):
            assert tuple(row) == REAPER_COLUMNS
            assert row["Name"] == mark.name
            assert frame(row["Start"]) == mark.frame
            assert row["#"][0] == ("R" if mark.n_frames else "M")
            if mark.n_frames:
                assert (frame(row["End"]), frame(row["Length"])) == (mark.frame + mark.n_frames, mark.n_frames)

    law()


def test_cues_are_regions_and_hits_are_markers_each_counted() -> None:
    hit = ScoredHit(90, "accent", "must", "door", 0, 1.5, False)
    score = make_score(
        n_frames=600, cues=[make_cue(out_frame=200, hits=(hit,)), make_cue("1m02", in_frame=300, out_frame=500)]
    )
    rows = [(row["#"], row["Name"], row["Start"], row["End"]) for row in table(reaper_csv(score, marks_of(score)))]
    assert rows == [
        ("R1", "1m01", "0.000000", "8.000000"),
        ("M1", "must accent", "3.600000", ""),
        ("M2", "1m01 out", "8.000000", ""),
        ("R2", "1m02", "12.000000", "20.000000"),
        ("M3", "1m02 out", "20.000000", ""),
    ]

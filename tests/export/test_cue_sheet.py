"""The cue sheet as a table and to read."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import EDITORS, Clock, scores_at
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Score, ScoredHit
from v2m_bridge.core.timebase import Meter, MeterChange, TempoMap, parse_timecode, tempo_changes
from v2m_bridge.export.cue_sheet import COLUMNS, cue_sheet_csv, cue_sheet_text


def rows_of(score: Score) -> list[dict[str, str]]:
    return list(csv.DictReader(cue_sheet_csv(score).decode().splitlines()))


@pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")
def test_every_cue_has_its_place_to_the_frame(clock: Clock) -> None:
    @settings(max_examples=8, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        for row, cue in zip(rows_of(score), score.cues, strict=True):
            assert tuple(row) == COLUMNS
            assert row["cue"] == cue.number
            assert parse_timecode(row["in"], clock.rate).frame == score.start_frame + cue.in_frame
            assert parse_timecode(row["out"], clock.rate).frame == score.start_frame + cue.out_frame
            assert parse_timecode(row["length"], clock.rate).frame == cue.out_frame - cue.in_frame

    law()


def a_score() -> Score:
    tempo = TempoMap(tempo_changes([(0, 100), (3840, 120)]), (MeterChange(0, Meter()), MeterChange(3840, Meter(3, 4))))
    hits = (
        ScoredHit(50, "accent", "must", "door", 0, 0.0, True),
        ScoredHit(90, "stop", "may", "cut", 0, 1.5, False),
    )
    cue = make_cue(in_frame=25, out_frame=225, tempo=tempo, hits=hits, title="The chase", key="F# minor")
    return make_score(rate=Fraction(25), cues=[make_cue("1m02", in_frame=230), cue])


def test_tempo_meter_key_style_and_hits_are_told_in_the_order_of_the_cues() -> None:
    first, second = rows_of(a_score())
    assert (first["cue"], second["cue"]) == ("1m01", "1m02")
    assert (first["title"], first["tempo"], first["meter"]) == ("The chase", "100.00-120.00", "4/4, 3/4")
    assert (first["key"], first["style"], first["length_seconds"]) == ("F# minor", "felt-piano", "8.000")
    assert first["hits_met"] == "1 of 2"
    assert first["hits"] == "01:00:02:00 must accent (met) door; 01:00:03:15 may stop (+1.5 frames) cut"
    assert second["tempo"] == "120.00"


def test_the_sheet_to_read_says_the_same() -> None:
    text = cue_sheet_text(a_score()).decode()
    assert text.splitlines()[:3] == ["Cue sheet: Test edit", "25 frames a second", ""]
    assert "1m01 The chase\n  01:00:01:00 to 01:00:09:00, 00:00:08:00 (8.000 s)\n" in text
    assert "    01:00:03:15 may stop (+1.5 frames) cut\n" in text

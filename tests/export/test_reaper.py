"""REAPER projects, read by a parser that we did not write."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import rpp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import EDITORS, Clock, scores_at
from tests.export.in_file import placed_notes
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Part, Score, ScoredMarker
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.export.marks import marks_of
from v2m_bridge.export.pre_roll import with_pre_roll
from v2m_bridge.export.reaper import rpp_bytes
from v2m_bridge.export.rpp_text import quoted

rates = pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")
NEAR_S = 2e-5
"""A twentieth of a tick, which is what rounding in the file may add up to."""


def opened(score: Score, **how: Any) -> Any:
    return rpp.loads(rpp_bytes(score, marks_of(score), **how).decode())


def lines_of(block: Any, tag: str) -> list[Any]:
    return [line for line in block if isinstance(line, list) and line[0] == tag]


def value(block: Any, tag: str) -> str:
    return str(lines_of(block, tag)[0][1])


def points_of(project: Any) -> list[tuple[float, float]]:
    return [(float(line[1]), float(line[2])) for line in lines_of(project.find("TEMPOENVEX"), "PT")]


def beats_at(points: list[tuple[float, float]], at_s: float) -> float:
    """Quarters from the start of the project, computed from its tempo envelope alone."""
    beats = 0.0
    for (start, bpm), (end, _) in pairwise([*points, (max(at_s, points[-1][0]), 0.0)]):
        beats += max(0.0, min(end, at_s) - start) * bpm / 60
    return beats


def seconds_at(points: list[tuple[float, float]], beats: float) -> float:
    at_beats = [beats_at(points, at_s) for at_s, _ in points]
    index = max(i for i, at in enumerate(at_beats) if at <= beats + 1e-9)
    return points[index][0] + (beats - at_beats[index]) * 60 / points[index][1]


def track(project: Any, name: str) -> Any:
    return next(each for each in project.findall("TRACK") if value(each, "NAME") == name)


def notes_of(project: Any, name: str) -> list[tuple[float, float, int, int]]:
    """(on s, off s, pitch, velocity) of a part, from item positions, events and the tempo envelope."""
    points, found = points_of(project), []
    for item in track(project, name).findall("ITEM"):
        source = item.find("SOURCE")
        assert lines_of(source, "HASDATA")[0][1:] == ["1", "960", "QN"]
        zero, tick, sounding = beats_at(points, float(value(item, "POSITION"))), 0, {}
        for _, delta, status, first, second in lines_of(source, "E"):
            tick += int(delta)
            kind, pitch = int(status, 16) & 0xF0, int(first, 16)
            if kind == 0x90:
                sounding[pitch] = (seconds_at(points, zero + tick / 960), int(second, 16))
            elif kind == 0x80:
                on, velocity = sounding.pop(pitch)
                found.append((on, seconds_at(points, zero + tick / 960), pitch, velocity))
        assert not sounding
    return sorted(found, key=lambda note: (note[2], note[0]))


@rates
def test_notes_play_at_their_times(clock: Clock) -> None:
    @settings(max_examples=5, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        wanted = sorted(
            ((note.on_s, note.off_s, note.pitch, note.velocity) for note in placed_notes(score)),
            key=lambda note: (note[2], note[0]),
        )
        found = notes_of(opened(score), "strings")
        assert [note[2:] for note in found] == [note[2:] for note in wanted]
        for (on, off, *_), (meant_on, meant_off, *_) in zip(found, wanted, strict=True):
            assert on == pytest.approx(meant_on, abs=NEAR_S)
            assert off == pytest.approx(meant_off, abs=NEAR_S)

    law()


@rates
def test_markers_and_regions_stand_on_their_frames(clock: Clock) -> None:
    @settings(max_examples=5, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        found = []
        for line in lines_of(opened(score), "MARKER"):
            exact = Fraction(line[2]) * clock.rate
            assert abs(exact - round(exact)) < Fraction(1, 10**6)
            found.append((round(exact), line[4]))
        marks = marks_of(score)
        assert sorted(at for at, _ in found) == sorted(
            [m.frame for m in marks] + [m.frame + m.n_frames for m in marks if m.n_frames]
        )
        assert sum(kind == "1" for _, kind in found) == 2 * len(score.cues)

    law()


MODES = (["24", "2"], ["24", "0"], ["25", "0"], ["30", "1"], ["30", "0"])
"""Whole frames a second, and 1 where labels are dropped, 2 where seconds are stretched."""


@pytest.mark.parametrize(("clock", "mode"), list(zip(EDITORS, MODES, strict=True)))
def test_the_ruler_shows_the_timecode_of_the_edit(clock: Clock, mode: list[str]) -> None:
    start = "01:00:00;00" if clock.drop else "01:00:00:00"
    score = make_score(rate=clock.rate, start=start, drop_frame=clock.drop)
    project = opened(score)
    assert lines_of(project, "TIMEMODE")[0][4:6] == mode
    assert float(value(project, "PROJOFFS")) == pytest.approx(float(score.start_frame / clock.rate))


def test_meters_are_packed_into_tempo_points() -> None:
    cue = make_cue(tempo=TempoMap.constant(90, Meter(6, 8)))
    first = lines_of(opened(make_score(cues=[cue])).find("TEMPOENVEX"), "PT")[0]
    assert float(first[2]) == pytest.approx(90, abs=1e-3)
    assert int(first[4]) == 8 * 65536 + 6


def test_the_picture_is_a_movie_on_its_own_track_from_the_first_frame_on() -> None:
    score = with_pre_roll(make_score(n_frames=250), 2)
    project = opened(score, picture="films/my  cut.mov", picture_frame=100)
    (item,) = track(project, "Picture").findall("ITEM")
    assert (float(value(item, "POSITION")), float(value(item, "LENGTH"))) == (4.0, 10.0)
    assert item.find("SOURCE").attrib == ["VIDEO"]
    assert value(item.find("SOURCE"), "FILE") == "films/my  cut.mov"
    assert value(track(project, "Picture"), "BEAT") == "0"


def test_without_a_movie_the_picture_track_shows_the_scenes() -> None:
    items = track(opened(make_score(n_frames=250)), "Picture").findall("ITEM")
    assert [(value(item, "NAME"), float(value(item, "POSITION"))) for item in items] == [("shot 1", 0), ("shot 2", 5)]


def test_chords_are_items_that_name_them() -> None:
    items = track(opened(make_score(n_frames=100)), "Chords").findall("ITEM")
    assert [(value(i, "NAME"), float(value(i, "POSITION"))) for i in items] == [
        ("Am", 0), ("F", 1), ("C", 2), ("G", 3),
    ]  # fmt: skip


def test_each_cue_of_a_part_is_an_item_and_a_part_without_notes_there_is_none() -> None:
    pad = Part("pad", 5, 89, ())
    score = make_score(n_frames=600, cues=[make_cue(out_frame=200), make_cue("1m02", in_frame=300, parts=(pad,))])
    project = opened(score)
    assert [value(item, "NAME") for item in track(project, "bass").findall("ITEM")] == ["1m01 bass"]
    assert track(project, "pad").findall("ITEM") == []


def test_any_name_survives() -> None:
    markers = [
        ScoredMarker(10, 'say "hi"', "Blue"),
        ScoredMarker(20, "\"a' `b`", "Blue"),
        ScoredMarker(30, "<x\n>", ""),
    ]
    project = opened(make_score(cues=[], markers=markers, name='<|"'))
    assert [line[3] for line in lines_of(project, "MARKER")] == ['say "hi"', "\"a' 'b'", "<x >"]


@given(st.text())
def test_a_quoted_name_has_its_quotes_at_its_ends_alone(text: str) -> None:
    told = quoted(text)
    assert told[0] == told[-1]
    assert told[0] not in told[1:-1]

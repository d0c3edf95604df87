"""DAWprojects: their shape against what the format allows, and what they say against the score."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.dawproject_shape import faults
from tests.export.drawn import EDITORS, Clock, scores_at
from tests.export.in_file import placed_notes
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ControlChange, Note, Part, Score
from v2m_bridge.core.song_map import song_map
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.export.dawproject import dawproject_bytes
from v2m_bridge.export.marks import marks_of

rates = pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")


def opened(score: Score, name: str = "project.xml", **how: Any) -> Any:
    data = dawproject_bytes(score, marks_of(score), **how)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["project.xml", "metadata.xml"]
        return fromstring(archive.read(name))


def seconds_at(project: Any, quarters: float) -> float:
    """Time of a position, computed from the tempo automation alone."""
    points = [
        (float(p.get("time")), float(p.get("value"))) for p in project.find(".//TempoAutomation").iter("RealPoint")
    ]
    total = 0.0
    for (start, bpm), (end, _) in pairwise([*points, (max(quarters, points[-1][0]), 0.0)]):
        total += max(0.0, min(end, quarters) - start) * 60 / bpm
    return total


def notes_of(project: Any) -> list[tuple[int, int, int, int]]:
    """(tick, length in ticks, pitch, velocity) of every note on the axis of the arrangement."""
    found = []
    for clip in project.find("Arrangement").iter("Clip"):
        zero = float(clip.get("time")) * 960
        for note in clip.iter("Note"):
            at, length = float(note.get("time")) * 960, float(note.get("duration")) * 960
            assert abs(length - round(length)) < 1e-6
            velocity = float(note.get("vel")) * 127
            found.append((round(zero + at), round(length), int(note.get("key")), round(velocity)))
    return sorted(found)


@rates
def test_every_project_has_the_shape_of_the_format_and_notes_keep_tick_and_time(clock: Clock) -> None:
    @settings(max_examples=6, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        project, song = opened(score), song_map(score)
        assert list(faults(project)) == []
        assert list(faults(opened(score, "metadata.xml"))) == []
        wanted = [(n.on_tick, n.off_tick - n.on_tick, n.pitch, n.velocity) for n in placed_notes(score)]
        assert notes_of(project) == sorted(wanted)
        for base, cue in zip(song.bases, score.cues, strict=True):
            exact = float(score.frame_time(cue.in_frame).exact_s)
            assert seconds_at(project, base / 960) == pytest.approx(exact, abs=2e-6)

    law()


@rates
def test_markers_stand_on_their_frames(clock: Clock) -> None:
    @settings(max_examples=6, deadline=None)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score = data.draw(scores_at(clock))
        project = opened(score)
        for marker, mark in zip(project.iter("Marker"), marks_of(score), strict=True):
            assert marker.get("name") == mark.name
            frame = seconds_at(project, float(marker.get("time"))) * float(clock.rate)
            assert frame == pytest.approx(mark.frame, abs=0.03), "a tick is at most a thirtieth of a frame"

    law()


def test_tempo_and_meter_are_automated() -> None:
    cues = [
        make_cue(out_frame=200, tempo=TempoMap.constant(90, Meter(3, 4))),
        make_cue("1m02", in_frame=600, out_frame=800, tempo=TempoMap.constant(120, Meter(6, 8))),
    ]
    project = opened(make_score(n_frames=1000, cues=cues))
    meters = [(p.get("numerator"), p.get("denominator")) for p in project.iter("TimeSignaturePoint")]
    assert (meters[0], meters[-1]) == (("3", "4"), ("6", "8"))
    tempi = [float(point.get("value")) for point in project.find(".//TempoAutomation").iter("RealPoint")]
    assert tempi[-1] == pytest.approx(120, abs=1e-3)
    assert float(project.find("Transport/Tempo").get("value")) == pytest.approx(90, abs=1e-3)


def test_controllers_are_lanes_of_their_clip() -> None:
    part = Part("keys", 3, 0, (Note(0, 960, 60, 80),), (ControlChange(0, 11, 127), ControlChange(480, 11, 0)))
    project = opened(make_score(cues=[make_cue(parts=(part,))]))
    (points,) = project.find("Arrangement/Lanes").iter("Points")
    target = points.find("Target")
    assert (target.get("expression"), target.get("controller"), target.get("channel")) == (
        "channelController",
        "11",
        "2",
    )
    assert [(p.get("time"), float(p.get("value"))) for p in points.iter("RealPoint")] == [("0.0", 1), ("0.5", 0)]


def test_a_movie_has_a_track_of_its_own() -> None:
    project = opened(make_score(n_frames=250), picture="films/my  cut.mov")
    assert list(faults(project)) == []
    (video,) = project.iter("Video")
    assert video.find("File").attrib == {"path": "films/my  cut.mov", "external": "true"}
    assert float(video.get("duration")) == 10.0


def test_equal_scores_give_equal_bytes() -> None:
    assert dawproject_bytes(make_score(), ()) == dawproject_bytes(make_score(), ())


def test_the_check_of_the_shape_sees_what_is_wrong() -> None:
    text = "<Project><Application name='a' version='1' size='2'/><Arrangement/><Transport/></Project>"
    assert len(list(faults(fromstring(text)))) == 3

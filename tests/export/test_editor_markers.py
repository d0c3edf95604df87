"""Markers for picture editors, read back by OpenTimelineIO's adapters and by our own readers."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import SubElement, tostring

import opentimelineio as otio
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import EDITORS, Clock, scores_at
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Score
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.export.edl_marks import edl_bytes
from v2m_bridge.export.fcpxml_marks import fcpxml_bytes
from v2m_bridge.export.marks import Mark, marks_of, one_at_each_frame
from v2m_bridge.export.xmeml_marks import xmeml_bytes
from v2m_bridge.timeline.formats import read

FPS = {clock: float(clock.rate) for clock in EDITORS}
PLAIN = settings(max_examples=8, deadline=None)

rates = pytest.mark.parametrize("clock", EDITORS, ids=lambda clock: f"{float(clock.rate):.3f}")


def drawn(data: st.DataObject, clock: Clock) -> tuple[Score, tuple[Mark, ...]]:
    score = data.draw(scores_at(clock))
    return score, marks_of(score, chords=True, emotion=True)


def read_by_us(tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, rate: Fraction) -> Timeline:
    path = tmp_path_factory.mktemp("read") / name
    path.write_bytes(data)
    edit = read(path, known={}, rate=rate if name.endswith(".edl") else None)
    assert isinstance(edit, Timeline)
    return edit


def read_by_otio(tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, **how: Any) -> Any:
    path = tmp_path_factory.mktemp("read") / name
    path.write_bytes(data)
    return otio.adapters.read_from_file(str(path), **how)


def with_movie_in_the_gap(data: bytes) -> bytes:
    """Put a movie in the place of the gap: programs that want a picture read the same markers on it."""
    root = fromstring(data)
    gap = next(root.iter("gap"))
    gap.tag = "asset-clip"
    gap.set("ref", "r2")
    gap.set("format", "r1")
    resources = root.find("resources")
    assert resources is not None
    asset = SubElement(resources, "asset", id="r2", name="cut", format="r1", hasVideo="1", start=gap.get("start", ""))
    asset.set("duration", gap.get("duration", ""))
    asset.set("src", "file:///cut.mov")
    return tostring(root)


def with_movie_above_the_slug(data: bytes) -> bytes:
    """Put a movie on a track above the slug."""
    root = fromstring(data)
    video, slug = next(root.iter("video")), next(root.iter("generatoritem"))
    item = SubElement(SubElement(video, "track"), "clipitem", id="clip-1")
    for tag in ("name", "duration", "rate", "in", "out", "start", "end", "enabled"):
        told = slug.find(tag)
        assert told is not None
        item.append(told)
    file = SubElement(item, "file", id="file-1")
    for tag, text in (("name", "cut.mov"), ("pathurl", "file:///cut.mov"), ("duration", "99999")):
        SubElement(file, tag).text = text
    return tostring(root)


def with_a_cut(data: bytes, score: Score) -> bytes:
    """Put an event with picture before the marked frames."""
    first, last = score.label(0), score.label(score.n_frames)
    event = f"900  CUT      V     C        {first} {last} {first} {last}\n* FROM CLIP NAME: cut.mov\n\n"
    head, _, rest = data.decode().partition("\n\n")
    return f"{head}\n\n{event}{rest}".encode()


def placed(timeline: Timeline) -> list[tuple[int, str]]:
    return [(marker.at.frame, marker.name) for marker in timeline.markers]


def said(marks: tuple[Mark, ...], score: Score) -> list[tuple[int, str]]:
    return [(mark.frame, mark.name) for mark in marks if mark.frame <= score.n_frames]


def in_order(marks: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(marks)


@rates
def test_fcpxml_comes_back_to_the_frame(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> None:
    @PLAIN
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score, marks = drawn(data, clock)
        text = with_movie_in_the_gap(fcpxml_bytes(score, marks))
        ours = read_by_us(tmp_path_factory, "marks.fcpxml", text, clock.rate)
        assert (ours.rate, ours.start.frame, ours.drop_frame) == (clock.rate, score.start_frame, clock.drop)
        wanted = [(frame, name or "-") for frame, name in said(marks, score)]
        assert in_order(placed(ours)) == in_order(wanted)

    law()


@rates
def test_fcpxml_opens_in_opentimelineio(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> None:
    hit_frames = (40, 77, 123)
    score, marks = of_frames(clock, hit_frames)
    found = read_by_otio(tmp_path_factory, "marks.fcpxml", with_movie_in_the_gap(fcpxml_bytes(score, marks)))
    (clip,) = found[0].find_clips()
    fps = clip.source_range.start_time.rate
    assert fps == int(clock.rate), "the adapter counts whole frames a second and cuts off the rest"
    for marker, (frame, name) in zip(clip.markers, said(marks, score), strict=True):
        at = (score.start_frame + frame) / clock.rate * int(clock.rate)
        assert (marker.marked_range.start_time.value, marker.name) == (int(at), name)


@rates
def test_xmeml_comes_back_to_the_frame_with_lengths_and_colours(
    clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    colours = {"Green": "green", "Red": "red", "Yellow": "yellow", "Blue": "blue", "Purple": "purple"}

    @PLAIN
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score, marks = drawn(data, clock)
        text = xmeml_bytes(score, marks)
        ours = read_by_us(tmp_path_factory, "marks.xml", with_movie_above_the_slug(text), clock.rate)
        assert (ours.rate, ours.start.frame, ours.drop_frame) == (clock.rate, score.start_frame, clock.drop)
        assert sorted((m.at.frame, m.n_frames, m.name, m.comment, m.colour) for m in ours.markers) == sorted(
            (m.frame, m.n_frames, m.name, m.comment, colours[m.colour]) for m in marks
        )
        otios = read_by_otio(tmp_path_factory, "marks.xml", text, adapter_name="fcp_xml").tracks.markers
        assert [(m.marked_range.start_time.value, m.marked_range.duration.value, m.name) for m in otios] == [
            (m.frame, m.n_frames, m.name) for m in marks
        ]

    law()


@rates
def test_edl_comes_back_to_the_frame(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> None:
    @PLAIN
    @given(st.data())
    def law(data: st.DataObject) -> None:
        score, marks = drawn(data, clock)
        text = edl_bytes(score, marks)
        joined = one_at_each_frame(marks)
        ours = read_by_us(tmp_path_factory, "marks.edl", with_a_cut(text, score), clock.rate)
        assert (ours.start.frame, ours.drop_frame) == (score.start_frame, clock.drop)
        assert [(m.at.frame, m.name) for m in ours.markers] == [
            (frame, re.sub(r"\|", "/", name).lstrip("* ")) for frame, name in said(joined, score)
        ]

    law()


@rates
def test_edl_opens_in_opentimelineio(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> None:
    score, marks = of_frames(clock, (40, 77, 123))
    how = {"adapter_name": "cmx_3600", "rate": FPS[clock]}
    (track,) = read_by_otio(tmp_path_factory, "marks.edl", edl_bytes(score, marks), **how).tracks
    for clip, mark in zip(track.find_clips(), one_at_each_frame(marks), strict=True):
        assert clip.source_range.start_time.value == score.start_frame + mark.frame
        assert clip.range_in_parent().start_time.value == mark.frame - one_at_each_frame(marks)[0].frame
        (comment,) = clip.metadata["cmx_3600"]["comments"]
        assert f"|M:{mark.name} |D:{max(1, mark.n_frames)}" in comment


def of_frames(clock: Clock, frames: tuple[int, ...]) -> tuple[Score, tuple[Mark, ...]]:
    cue = make_cue(in_frame=30, out_frame=200, rate=clock.rate, title="Chase")
    start = f"01:00:59{';' if clock.drop else ':'}20"
    score = make_score(rate=clock.rate, n_frames=250, cues=[cue], start=start, drop_frame=clock.drop)
    hits = tuple(Mark(frame, f"hit {frame}", "door", "Yellow") for frame in frames)
    return score, tuple(sorted((*marks_of(score), *hits), key=lambda mark: mark.frame))


def test_what_divides_fields_of_a_list_or_makes_a_comment_is_replaced() -> None:
    data = edl_bytes(make_score(), (Mark(3, "* a | b", "*note |M:x", "Red"),)).decode()
    assert "\nnote /M:x |C:ResolveColorRed |M:a / b |D:1\n" in data


def test_a_marker_on_the_frame_after_the_last_still_lies_in_the_gap() -> None:
    score = make_score(n_frames=250)
    root = fromstring(fcpxml_bytes(score, marks_of(score)))
    gap = next(root.iter("gap"))
    assert gap.get("duration") == "251/25s"
    assert [marker.get("start") for marker in gap.iter("marker")][-1] == f"{90000 + 250}/25s"


def test_documents_are_told_by_their_first_lines_and_hold_no_entities(tmp_path: Path) -> None:
    score = make_score(name="A & B <c>")
    for data, doctype in ((fcpxml_bytes(score, ()), "fcpxml"), (xmeml_bytes(score, ()), "xmeml")):
        lines = data.decode().splitlines()
        assert lines[:2] == ['<?xml version="1.0" encoding="UTF-8"?>', f"<!DOCTYPE {doctype}>"]
        root = fromstring(data)
        assert any("A & B <c> music" in f"{element.text}{element.get('name')}" for element in root.iter())

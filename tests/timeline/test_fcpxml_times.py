"""Times of FCPXML: rates, labels, conforms, time maps, and what follows for markers and connected clips."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.fcpxml_edits import clip, document, marked, project, reread, reread_document, shown, time_map
from v2m_bridge.core.timebase import timecode
from v2m_bridge.core.timeline import Media, RetimePoint
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import read
from v2m_bridge.timeline.clock import Clock, Knot, play
from v2m_bridge.timeline.content import topmost
from v2m_bridge.timeline.fcpxml_times import format_rate, seconds
from v2m_bridge.timeline.segments import Segment


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1001/30000s", Fraction(1001, 30000)),
        ("5s", Fraction(5)),
        ("0s", Fraction(0)),
        (" 3600/1s ", Fraction(3600)),
        ("-5/2s", Fraction(-5, 2)),
        ("12.5s", Fraction(25, 2)),
        ("10", Fraction(10)),
    ],
)
def test_times_are_rational_seconds(text: str, value: Fraction) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["1/0s", "nan", "inf s", "1e9s", "s", "/2s", "1//2s", "0x5s", "9" * 30 + "s", "٣s٣"])
def test_what_is_no_time_costs_one_sentence(text: str) -> None:
    with pytest.raises(TimelineError, match="time"):
        seconds(text)


@pytest.mark.parametrize(
    ("attributes", "rate"),
    [
        ({"frameDuration": "1001/24000s"}, Fraction(24000, 1001)),
        ({"frameDuration": "15015/360000s"}, Fraction(24000, 1001)),
        ({"frameDuration": "100/2997s"}, Fraction(30000, 1001)),
        ({"frameDuration": "200/5000s"}, Fraction(25)),
        ({"name": "FFVideoFormat1080p2398"}, Fraction(24000, 1001)),
        ({"name": "FFVideoFormat1080i50"}, Fraction(25)),
        ({"name": "FFVideoFormatDV720x480i5994_16x9"}, Fraction(30000, 1001)),
        ({"name": "FFVideoFormat3840x2160p60"}, Fraction(60)),
        ({"name": "FFVideoFormatRateUndefined"}, None),
        ({"frameDuration": "0s", "name": "x"}, None),
    ],
)
def test_a_format_says_its_rate_in_numbers_or_in_its_name(attributes: dict[str, str], rate: Fraction | None) -> None:
    assert format_rate(Element("format", attributes)) == rate


def test_drop_frame_is_what_the_sequence_says(tmp_path: Path) -> None:
    ntsc = '<format id="n" frameDuration="1001/30000s"/>'
    start = "107999892/30000s"  # 107,892 frames
    dropped = reread(clip("a", start, "2s"), tmp_path, ntsc, start=start, form="n", drop="DF")
    assert timecode(dropped.start, drop_frame=dropped.drop_frame) == "01:00:00;00"
    plain = reread(clip("a", start, "2s"), tmp_path, ntsc, start=start, form="n")
    assert timecode(plain.start, drop_frame=plain.drop_frame) == "00:59:56:12"
    assert not reread(clip("a", "0s", "2s"), tmp_path, drop="DF").drop_frame


def test_the_user_may_count_in_another_rate(tmp_path: Path) -> None:
    path = tmp_path / "edit.fcpxml"
    path.write_text(document(project(clip("a", "0s", "2s"))))
    timeline = read(path, rate=Fraction(50))
    assert timeline.rate == 50  # type: ignore[union-attr]


def test_without_a_rate_of_its_own_an_edit_has_that_of_its_media(tmp_path: Path) -> None:
    edit = clip("a", "0s", "2s", ref="c") + clip("b", "2s", "2s", ref="c") + clip("c", "4s", "2s")
    assert reread(edit, tmp_path, form="still").rate == 24


CONFORMED = clip(
    "film", "2s", "50/25s", '<conform-rate srcFrameRate="24"/>' '<marker start="84/24s" value="half"/>'
    + clip("over", "96/24s", "1s", lane="1"),
    ref="c", start="72/24s",
)  # fmt: skip


def test_a_conformed_clip_plays_frame_for_frame(tmp_path: Path) -> None:
    timeline = reread(clip("a", "0s", "2s") + CONFORMED, tmp_path)
    scene = timeline.scenes[1]
    assert scene.source_in_s == 3
    assert scene.source_s(Fraction(1, 25)) == 3 + Fraction(1, 24)
    assert marked(timeline) == [(50 + 12, "half", "blue")]
    assert [(one.name, one.record_in.frame) for one in timeline.scenes[2:]] == [("over", 50 + 24), ("film", 99)]


@pytest.mark.parametrize("conform", ['<conform-rate scaleEnabled="0" srcFrameRate="24"/>', ""])
def test_a_clip_that_is_not_conformed_plays_in_real_time(conform: str, tmp_path: Path) -> None:
    (scene,) = reread(clip("film", "0s", "2s", conform, ref="c", start="3s"), tmp_path).scenes
    assert scene.source_s(Fraction(1)) == 4


def test_a_conform_without_a_rate_takes_that_of_the_medium(tmp_path: Path) -> None:
    (scene,) = reread(clip("film", "0s", "2s", "<conform-rate/>", ref="c"), tmp_path).scenes
    assert scene.source_s(Fraction(1)) == Fraction(25, 24)


def test_a_variable_speed_is_one_scene_with_its_bends(tmp_path: Path) -> None:
    ramp = time_map(("0s", "0s"), ("4s", "2s"), ("6s", "2s"), ("10s", "10s"))
    edit = clip("ramp", "0s", "7s", ramp + '<marker start="5s" value="held"/>', start="2s")
    timeline = reread(edit, tmp_path)
    (scene,) = timeline.scenes
    assert scene.source_in_s == 1
    assert scene.retime == tuple(
        RetimePoint(Fraction(record), Fraction(source)) for record, source in ((0, 0), (2, 1), (4, 1), (7, 7))
    )
    assert marked(timeline) == [(75, "held", "blue")]


def test_a_reversed_clip_begins_with_its_last_frame(tmp_path: Path) -> None:
    backwards = time_map(("100s", "140s"), ("140s", "100s"))
    (scene,) = reread(clip("back", "0s", "4s", backwards, ref="a", start="110s"), tmp_path).scenes
    assert scene.source_in_s == 30 - Fraction(1, 25)
    assert scene.source_s(Fraction(4) - Fraction(1, 25)) == 26


def test_a_held_frame_stands_still(tmp_path: Path) -> None:
    hold = time_map(("0s", "7s"), ("10s", "7s"))
    (scene,) = reread(clip("held", "0s", "4s", hold, start="3s"), tmp_path).scenes
    assert scene.source_in_s == scene.source_s(Fraction(3)) == 7


def test_forth_and_back_is_one_scene(tmp_path: Path) -> None:
    (scene,) = reread(clip("yo-yo", "0s", "4s", time_map(("0s", "0s"), ("2s", "2s"), ("4s", "0s"))), tmp_path).scenes
    assert [scene.source_s(Fraction(at)) for at in (0, 1, 2, 3, 4)] == [0, 1, 2, 1, 0]


def test_a_time_map_wholly_beside_its_clip_counts_from_its_start(tmp_path: Path) -> None:
    (scene,) = reread(clip("fast", "0s", "4s", time_map(("0s", "30s"), ("4s", "38s")), start="30s"), tmp_path).scenes
    assert scene.source_in_s == 30
    assert scene.source_s(Fraction(1)) == 32


def test_a_retimed_compound_bends_every_shot_in_it(tmp_path: Path) -> None:
    inside = clip("x", "0s", "4s", '<marker start="3s" value="m"/>') + clip("y", "4s", "4s", ref="a", start="110s")
    media = f'<media id="n"><sequence format="f25" tcStart="0s"><spine>{inside}</spine></sequence></media>'
    fast = time_map(("0s", "0s"), ("4s", "8s"))
    timeline = reread(f'<ref-clip ref="n" offset="0s" start="1s" duration="3s">{fast}</ref-clip>', tmp_path, media)
    assert shown(timeline) == [("x", 25, 2.0), ("y", 50, 10.0)]
    assert all(scene.source_s(Fraction(1)) == scene.source_in_s + 2 for scene in timeline.scenes)
    assert marked(timeline) == [(12, "m", "blue")]


def test_connected_clips_stand_in_the_time_after_the_retime(tmp_path: Path) -> None:
    slow = time_map(("0s", "0s"), ("20s", "10s"))
    edit = clip("slow", "0s", "8s", slow + clip("over", "6s", "1s", lane="1", start="9s"), start="4s")
    assert shown(reread(edit, tmp_path)) == [("slow", 50, 2.0), ("over", 25, 9.0), ("slow", 125, 3.5)]


def test_kinds_of_markers_are_colours(tmp_path: Path) -> None:
    marks = (
        '<marker start="1s" duration="1/25s" value="plain" note="so"/><marker start="2s" value="do" completed="0"/>'
        '<marker start="3s" value="done" completed="1"/><chapter-marker start="4s" value="part" posterOffset="1s"/>'
        '<keyword start="1s" duration="2s" value="word"/><marker start="9s" value="cut off"/><marker value="nowhere"/>'
        '<marker start="1s" duration="1/25s" value="plain" note="so"/>'
    )
    timeline = reread(clip("a", "0s", "5s", marks), tmp_path)
    assert marked(timeline) == [
        (25, "plain", "blue"),
        (50, "do", "red"),
        (75, "done", "green"),
        (100, "part", "orange"),
    ]
    assert timeline.markers[0].comment == "so"


def test_markers_of_what_is_off_are_left_out_and_those_of_transitions_are_not(tmp_path: Path) -> None:
    off = clip("off", "0s", "2s", '<marker start="1s" value="hidden"/>', enabled="0")
    marks = '<marker start="3600s" value="in"/><marker start="7201/2s" value="middle"/>'
    transition = f'<transition offset="3/2s" duration="1s">{marks}</transition>'
    timeline = reread(off + transition + clip("on", "2s", "2s"), tmp_path)
    assert marked(timeline) == [(38, "in", "blue"), (50, "middle", "blue")]


KNOTS = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 40)), min_size=2, max_size=6)


@given(KNOTS, st.integers(0, 10), st.integers(1, 20))
def test_what_plays_is_what_the_clock_says(steps: list[tuple[int, int]], start: int, length: int) -> None:
    knots, at = [], 0
    for step, inside in steps:
        knots.append(Knot(Fraction(at), Fraction(inside)))
        at += step
    clock = Clock(tuple(knots))
    low_s, high_s = clock.reach(Fraction(start), Fraction(start + length))
    medium = Segment(low_s, high_s + 1, "m", Media("m"), low_s)
    (played,) = play([medium], clock, Fraction(start), Fraction(start + length), Fraction(0))
    assert played.start_s == start
    assert played.end_s == start + length
    for piece in clock.pieces(Fraction(start), Fraction(start + length)):
        for moment in (piece.start_s, (piece.start_s + piece.end_s) / 2):
            assert played.source_at(moment) == piece.inside_s + piece.speed * (moment - piece.start_s)


RANKED = st.lists(
    st.tuples(st.lists(st.integers(-2, 2).filter(bool), max_size=2), st.integers(0, 12), st.integers(1, 6)), max_size=9
)


@given(RANKED)
def test_the_topmost_picture_is_seen_at_every_moment(layers: list[tuple[list[int], int, int]]) -> None:
    pictures = [
        (tuple(rank), Segment(Fraction(at), Fraction(at + length), str(number), Media(str(number)), Fraction(at)))
        for number, (rank, at, length) in enumerate(layers)
    ]
    seen = topmost(pictures)
    assert all(a.end_s <= b.start_s for a, b in pairwise(seen))
    for half in range(40):
        moment = Fraction(half, 2)
        there = [((*rank, 0, 0)[:2], one) for rank, one in pictures if one.start_s <= moment < one.end_s]
        wanted = max(enumerate(there), key=lambda pair: (pair[1][0], pair[0]))[1][1].name if there else None
        found = [one for one in seen if one.start_s <= moment < one.end_s]
        assert [one.name for one in found] == ([wanted] if wanted else [])
        assert all(one.source_at(moment) == moment for one in found)


def test_the_same_edit_reads_to_the_same_value(tmp_path: Path) -> None:
    text = document(project(clip("a", "0s", "2s") + CONFORMED))
    assert reread_document(text, tmp_path) == reread_document(text, tmp_path)

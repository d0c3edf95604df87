"""What Kdenlive and MLT can say beyond the reference edit: time maps, freezes, proxies, tracks, old guides, times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.dialects.kdenlive_parts import Properties, clock, element
from tests.timeline.reference_edit import RATES
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import read
from v2m_bridge.timeline.mlt_markers import colour_name
from v2m_bridge.timeline.mlt_times import frames, keys

RATE = Fraction(25)
PROFILE = '<profile frame_rate_num="25" frame_rate_den="1" width="1920" height="1080"/>'


def medium(name: str = "a", more: Properties | None = None, *, tag: str = "producer", inside: str = "") -> str:
    """Write a medium of 1000 frames."""
    said: Properties = {"length": 1000, "resource": f"{name}.mp4", "mlt_service": "avformat-novalidate"}
    return element(tag, {"id": name, "out": "999"}, said | {"audio_index": -1} | (more or {}), [inside])


def entry(name: str, first: int, last: int, inside: str = "") -> str:
    return f'<entry producer="{name}" in="{first}" out="{last}">{inside}</entry>'


def lists(*rows: str) -> str:
    return "".join(f'<playlist id="l{number}">{row}</playlist>' for number, row in enumerate(rows))


def tractor(n_tracks: int, *inside: str) -> str:
    tracks = "".join(f'<track producer="l{number}"/>' for number in range(n_tracks))
    return f'<tractor id="t" in="0">{tracks}{"".join(inside)}</tractor>'


def edit(folder: Path, *parts: str, suffix: str = ".mlt", head: str = PROFILE, root: str = "") -> Timeline:
    path = folder / f"edit{suffix}"
    path.write_text(f'<mlt LC_NUMERIC="C"{root}>{head}{"".join(parts)}</mlt>', encoding="utf-8")
    timeline = read(path)
    assert isinstance(timeline, Timeline)
    return timeline


def told(timeline: Timeline) -> list[tuple[str, int, int, Fraction | int]]:
    return [(s.name, s.record_in.frame, s.record_out.frame, s.source_in_s * RATE) for s in timeline.scenes]


@given(st.integers(0, 48 * 3600 * 24), st.sampled_from(RATES))
def test_clock_times_name_the_frame_that_they_were_written_for(frame: int, at: object) -> None:
    rate = next(one for one in RATES if one == at)
    assert frames(clock(frame, rate), rate.rate) == frame


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("100", 100),
        ("00:00:04.000", 100),
        ("00:00:04,040", 101),
        ("00:00:04:05", 105),
        ("4.5.6", None),
        ("", None),
        ("nan", None),
        ("99999999999999999", None),
        ("-3", -3),
        ("01:00.0", 1500),
    ],
)
def test_times_are_read_in_every_way_that_mlt_writes_them(text: str, frame: int | None) -> None:
    assert frames(text, RATE) == frame


def test_dropped_labels_are_counted() -> None:
    assert frames("00:01:00;02", Fraction(30000, 1001)) == 1800


def test_an_entry_counts_from_the_in_of_its_producer(tmp_path: Path) -> None:
    shown = medium().replace('out="999"', 'in="10" out="50"')
    timeline = edit(tmp_path, shown, lists(entry("a", 5, 14) + '<blank length="3"/><entry producer="a"/>'))
    assert told(timeline) == [("a.mp4", 0, 10, 15), ("Black", 10, 13, 0), ("a.mp4", 13, 54, 10)]


def test_a_time_map_bends_the_time_of_one_shot(tmp_path: Path) -> None:
    said: Properties = {"time_map": "0=0;10=0.4;00:00:00.800~=1.6;30=1.6", "mlt_service": "timeremap"}
    link = element("link", {"mlt_service": "timeremap"}, said)
    (scene,) = edit(tmp_path, medium(tag="chain", inside=link), lists(entry("a", 5, 34))).scenes
    shown = [scene.source_s(Fraction(at, 25)) * RATE for at in (0, 5, 10, 15, 29)]
    assert shown == [5, 10, 25, 40, 40]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [(0, 0, [17, 17, 17]), (0, 1, [5, 17, 17]), (1, 0, [17, 17, 24])],
)
def test_a_freeze_effect_holds_a_frame_of_its_clip(before: int, after: int, shown: list[int], tmp_path: Path) -> None:
    said: Properties = {"mlt_service": "freeze", "frame": 12, "freeze_before": before, "freeze_after": after}
    (scene,) = edit(tmp_path, medium(), lists(entry("a", 5, 24, element("filter", {}, said)))).scenes
    assert [scene.source_s(Fraction(at, 25)) * RATE for at in (0, 12, 19)] == shown


def test_hidden_tracks_are_not_seen_and_titles_hide_nothing(tmp_path: Path) -> None:
    title = element("producer", {"id": "t1", "out": "99"}, {"mlt_service": "kdenlivetitle", "length": 100})
    rows = lists(entry("a", 0, 49), entry("b", 0, 19), entry("t1", 0, 59))
    tracks = '<track producer="l0"/><track producer="l1" hide="both"/><track producer="l2" hide="audio"/>'
    timeline = edit(tmp_path, medium(), medium("b"), title, rows, f'<tractor id="t">{tracks}</tractor>')
    assert told(timeline) == [("a.mp4", 0, 50, 0), ("Title", 50, 60, 0)]


@pytest.mark.parametrize(
    ("said", "is_seen"),
    [
        ({"mlt_service": "qtblend", "rect": "00:00:00.000=0 0 1920 1080 0.000000"}, False),
        ({"mlt_service": "qtblend", "rect": "0=0 0 1920 1080 0;25=0 0 1920 1080 1"}, True),
        ({"mlt_service": "qtblend", "rect": "0=0 0 1920 1080"}, True),
        ({"mlt_service": "brightness", "alpha": "0"}, False),
        ({"mlt_service": "brightness", "alpha": "0", "disable": 1}, True),
        ({"mlt_service": "brightness", "level": "0"}, True),
        ({"mlt_service": "affine", "transition.rect": "0|0|1|1"}, True),
    ],
)
def test_what_is_transparent_throughout_shows_what_lies_below(said: Properties, is_seen: bool, tmp_path: Path) -> None:
    for last, is_all in (("", True), ("49", True), ("20", False)):
        attributes = {"in": "0", "out": last} if last else {}
        rows = lists(entry("a", 0, 49), entry("b", 0, 49, element("filter", attributes, said)))
        timeline = edit(tmp_path, medium(), medium("b"), rows, tractor(2))
        assert told(timeline) == [("b.mp4" if is_seen or not is_all else "a.mp4", 0, 50, 0)]


@pytest.mark.parametrize(
    ("reverse", "cut"),
    [
        (0, [("a.mp4", 0, 15), ("b.mp4", 15, 40)]),
        (1, [("a.mp4", 0, 10), ("b.mp4", 10, 15), ("a.mp4", 15, 20), ("b.mp4", 20, 40)]),
    ],
)
def test_a_dissolve_between_tracks_is_cut_in_its_middle(
    reverse: int, cut: list[tuple[str, int, int]], tmp_path: Path
) -> None:
    said: Properties = {"a_track": 0, "b_track": 1, "mlt_service": "luma", "reverse": reverse}
    mix = element("transition", {"in": "10", "out": "19"}, said)
    rows = lists(entry("a", 0, 19), '<blank length="10"/>' + entry("b", 60, 89))
    timeline = edit(tmp_path, medium(), medium("b"), rows, tractor(2, mix))
    assert [(name, start, end) for name, start, end, _ in told(timeline)] == cut


def test_a_proxy_keeps_the_name_of_its_original_and_shows_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "small.mkv").write_bytes(b"x")
    proxied = medium(
        more={"resource": "small.mkv", "kdenlive:originalurl": "/card/A001.mov", "kdenlive:proxy": "/p/small.mkv"}
    )
    (scene,) = edit(tmp_path, proxied, lists(entry("a", 0, 9))).scenes
    assert scene.media is not None
    assert (scene.media.name, scene.media.path) == ("A001.mov", str(tmp_path / "small.mkv"))


def test_media_lie_under_the_folder_that_the_document_names(tmp_path: Path) -> None:
    (tmp_path / "rushes").mkdir()
    (tmp_path / "rushes" / "a.mp4").write_bytes(b"x")
    (scene,) = edit(tmp_path, medium(), lists(entry("a", 0, 9)), root=f' root="{tmp_path / "rushes"}"').scenes
    assert scene.media is not None
    assert scene.media.path == str(tmp_path / "rushes" / "a.mp4")


def test_old_guides_and_markers_are_properties_in_seconds(tmp_path: Path) -> None:
    project: Properties = {"kdenlive:guide.2.4": "!Door", "kdenlive:docproperties.kdenliveversion": "17.04"}
    clip = medium(more={"kdenlive:id": 2, "kdenlive:marker.1.2": "1:look", "kdenlive:marker.30": "0:unused"})
    held = element("playlist", {"id": "main_bin"}, project, ['<entry producer="a"/>'])
    timeline = edit(tmp_path, clip, held, lists(entry("a", 10, 99)), tractor(1), suffix=".kdenlive")
    assert [(mark.at.frame, mark.name, mark.colour) for mark in timeline.markers] == [
        (20, "look", "blue"),
        (60, "!Door", ""),
    ]


def test_the_background_has_no_length_and_a_black_clip_has_one(tmp_path: Path) -> None:
    black = element("producer", {"id": "black", "out": "14999"}, {"mlt_service": "color", "resource": "black"})
    timeline = edit(
        tmp_path, black, medium(), lists(entry("black", 0, 14999), entry("a", 0, 49) + entry("black", 0, 9)), tractor(2)
    )
    assert told(timeline) == [("a.mp4", 0, 50, 0), ("Black", 50, 60, 0)]


def test_the_volume_of_a_clip_is_its_gain(tmp_path: Path) -> None:
    quiet = element("filter", {}, {"mlt_service": "volume", "level": "0=-6;50=-6"})
    timeline = edit(tmp_path, medium(more={"audio_index": 1}), lists(entry("a", 0, 49, quiet)), tractor(1))
    assert [(clip.track, clip.gain_db) for clip in timeline.audio] == [("A1", -6.0)]


def test_a_project_that_holds_itself_ends(tmp_path: Path) -> None:
    nested = element(
        "producer", {"id": "n", "out": "99"}, {"mlt_service": "xml", "resource": "edit.mlt", "length": 100}
    )
    loop = '<tractor id="t"><track producer="l0"/><track producer="t"/></tractor>'
    timeline = edit(tmp_path, medium(), nested, lists(entry("a", 0, 9) + entry("n", 0, 9)), loop)
    assert told(timeline)[0] == ("a.mp4", 0, 10, 0)


def test_sequences_that_open_to_millions_are_refused(tmp_path: Path) -> None:
    levels = ['<playlist id="p0">' + entry("a", 0, 9) * 20 + "</playlist>"]
    for number in range(1, 9):
        uses = f'<entry producer="p{number - 1}" in="0" out="{200 * 20**number - 1}"/>' * 20
        levels.append(f'<playlist id="p{number}">{uses}</playlist>')
    with pytest.raises(TimelineError, match="pieces"):
        edit(tmp_path, medium(), *levels)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((), "no timeline"),
        ((lists(""),), "empty"),
        ((medium(more={"video_index": -1, "audio_index": 0}), lists(entry("a", 0, 9))), "sound alone"),
    ],
)
def test_what_shows_no_pictures_is_one_sentence(parts: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=said):
        edit(tmp_path, *parts)


def test_a_document_without_profile_needs_a_rate(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="frame rate"):
        edit(tmp_path, medium(), lists(entry("a", 0, 9)), head="")
    timeline = read(tmp_path / "edit.mlt", rate=Fraction(30))
    assert isinstance(timeline, Timeline)
    assert timeline.rate == 30
    assert timeline.end.frame == 10


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#9b59b6", "purple"),
        ("#3daee9", "blue"),
        ("#1abc9c", "cyan"),
        ("#1cdc9a", "green"),
        ("#c9ce3b", "yellow"),
        ("#fdbc4b", "orange"),
        ("#f47750", "orange"),
        ("#da4453", "red"),
        ("#ffff0000", "red"),
        ("red", ""),
    ],
)
def test_colours_of_categories_have_names(colour: str, name: str) -> None:
    assert colour_name(colour) == name


def test_keyframes_are_read_whatever_joins_them() -> None:
    assert keys("0=1;00:00:01.000~=2.5;x=3;50|=-1", RATE) == [(0, 1), (25, Fraction(5, 2)), (50, -1)]

"""What of the Blender extension needs no Blender: its manifest, what is seen of strips, and the file."""

from __future__ import annotations

import ast
import json
import sys
import time
import tomllib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.blender_source import FOLDER, part
from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.jobs import read_timeline

edit: Any = part("edit")
cut: Any = part("cut")
folder: Any = part("folder")
otio_json: Any = part("otio_json")
sequencer: Any = part("sequencer")
RATE = Fraction(25)


def movie(name: str, channel: int, start: int, end: int, *, offset: int = 0, n_frames: int = 500, **more: Any) -> Any:
    """Return a strip that shows its medium from frame `offset` on."""
    content = edit.Content(edit.Medium(f"/media/{name}.mp4"), Fraction(start - offset), n_frames, Fraction(0), 1)
    return edit.Strip(name, channel, start, end, content=replace(content, **more.pop("content", {})), **more)


def effect(name: str, channel: int, start: int, end: int, *inputs: str, **more: Any) -> Any:
    return edit.Strip(name, channel, start, end, inputs=inputs, **more)


def seen(*strips: Any, first: int = 1, last: int = 100, rate: Fraction = RATE) -> Any:
    return cut.edit_of(edit.Sequence("Edit", rate, first, last, tuple(strips)))


def told(found: Any) -> list[Any]:
    """Return name, start, end, first source frame and speed of each shot."""
    return [(s.name, s.start, s.end, s.source_s * found.rate, s.speed) for s in found.shots]


def test_the_manifest_is_what_blender_asks_for() -> None:
    manifest = tomllib.loads((FOLDER / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["schema_version"] == "1.0.0"
    assert (manifest["id"], manifest["type"], manifest["blender_version_min"]) == ("v2m_bridge", "add-on", "4.2.0")
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert len(manifest["tagline"]) <= 64
    assert not manifest["tagline"].endswith(".")
    assert all(len(why) <= 64 and not why.endswith(".") for why in manifest["permissions"].values())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_every_module_compiles_and_imports_only_python_blender_and_its_neighbours(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), path.name, feature_version=(3, 11))
    compile(tree, path.name, "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert (FOLDER / f"{node.module}.py").is_file()
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "bpy"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_topmost_strip_that_is_on_hides_what_lies_below() -> None:
    found = seen(
        movie("Low", 1, 1, 101, offset=10),
        movie("High", 4, 21, 41),
        movie("Muted", 5, 31, 61, is_on=False),
        effect("Title", 9, 1, 101),
    )
    assert told(found) == [("Low", 0, 20, 10, 1), ("High", 20, 40, 0, 1), ("Low", 40, 100, 50, 1)]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 90), st.integers(1, 30)), max_size=8))
def test_shots_follow_each_other_and_each_frame_shows_the_highest_strip(rows: list[tuple[int, int, int]]) -> None:
    strips = [movie(f"s{i}", channel, at, at + long) for i, (channel, at, long) in enumerate(rows)]
    found = seen(*strips)
    assert all(a.end <= b.start for a, b in pairwise(found.shots))
    for frame in range(1, 101):
        there = [strip for strip in strips if strip.start <= frame < strip.end]
        shown = [shot for shot in found.shots if shot.start <= frame - 1 < shot.end]
        assert bool(there) == bool(shown)
        if there:
            assert shown[0].name in {s.name for s in there if s.channel == max(other.channel for other in there)}


def test_a_medium_is_held_before_it_begins_and_after_it_ends() -> None:
    found = seen(movie("Short", 1, 1, 41, offset=-10, n_frames=20))
    assert told(found) == [("Short", 0, 10, 0, 0), ("Short", 10, 30, 0, 1), ("Short", 30, 40, 19, 0)]


def test_a_speed_effect_runs_its_input_faster_and_holds_its_last_picture() -> None:
    twice = edit.SpeedControl(Fraction(0), Fraction(2))
    found = seen(
        movie("In", 1, 11, 61, offset=5, n_frames=65), effect("Fast", 2, 11, 61, "In", speed_control=twice), last=60
    )
    assert told(found) == [("In", 10, 40, 5, 2), ("In", 40, 60, 64, 0)]


def test_a_strip_above_the_effect_that_works_on_it_is_seen_as_it_is() -> None:
    half = edit.SpeedControl(Fraction(0), Fraction(1, 2))
    found = seen(movie("In", 5, 1, 41), effect("Slow", 2, 1, 41, "In", speed_control=half), last=40)
    assert told(found) == [("In", 0, 40, 0, 1)]


def test_a_speed_effect_over_a_meta_strip_moves_its_cuts() -> None:
    half = edit.SpeedControl(Fraction(0), Fraction(1, 2))
    meta = edit.Strip("Meta", 1, 1, 41, children=(movie("A", 1, 1, 11), movie("B", 1, 11, 41)), extent=(1, 41))
    found = seen(meta, effect("Slow", 2, 1, 41, "Meta", speed_control=half), last=40)
    assert told(found) == [("A", 0, 20, 0, Fraction(1, 2)), ("B", 20, 40, 0, Fraction(1, 2))]


def test_a_meta_strip_trims_what_it_holds_and_holds_its_ends() -> None:
    inside = movie("A", 1, 11, 21, offset=5), movie("B", 2, 21, 31)
    assert told(seen(edit.Strip("Meta", 1, 15, 27, children=inside, extent=(11, 31)), last=40)) == [
        ("A", 14, 20, 9, 1),
        ("B", 20, 26, 0, 1),
    ]
    assert told(seen(edit.Strip("Meta", 1, 6, 36, children=inside, extent=(11, 31)), last=40)) == [
        ("A", 5, 10, 5, 0),
        ("A", 10, 20, 5, 1),
        ("B", 20, 30, 0, 1),
        ("B", 30, 35, 9, 0),
    ]


def test_a_frame_number_holds_that_frame_and_backwards_begins_at_the_end() -> None:
    held = edit.SpeedControl(Fraction(7), Fraction(0))
    found = seen(
        movie("In", 1, 1, 21, offset=3),
        effect("Hold", 2, 1, 21, "In", speed_control=held),
        movie("Back", 1, 21, 31, n_frames=40, content={"is_reversed": True}),
        last=30,
    )
    assert told(found) == [("In", 0, 20, 10, 0), ("Back", 20, 30, 39, -1)]


def test_an_edit_of_thousands_of_strips_does_not_hold_up_saving() -> None:
    strips = [movie(f"s{i}", 1 + i % 4, 1 + 10 * (i // 2), 13 + 10 * (i // 2)) for i in range(4000)]
    start_s = time.process_time()
    assert len(otio_json.otio_text(seen(*strips, last=20_000))) > 10_000
    assert time.process_time() - start_s < 2


def test_a_multicam_strip_shows_what_is_seen_up_to_its_channel() -> None:
    found = seen(movie("A", 1, 1, 51), movie("B", 2, 1, 51), effect("Cam", 3, 11, 21, multicam_source=1), last=50)
    assert [name for name, *_ in told(found)] == ["B", "A", "B"]


@given(st.integers(2, 20))
def test_a_dissolve_is_cut_where_the_reader_cuts_it(length: int) -> None:
    pair = movie("Out", 1, 1, 31 + length), movie("In", 2, 31, 81)
    mixed = effect("Mix", 3, 31, 31 + length, "Out", "In", is_dissolve=True)
    written = otio_json.timeline(seen(*pair, mixed, last=80))
    (transition,) = (c for c in written["tracks"]["children"][0]["children"] if c["OTIO_SCHEMA"] == "Transition.1")
    offsets = [transition[key]["value"] for key in ("in_offset", "out_offset")]
    assert sum(offsets) == length
    assert offsets[0] - offsets[1] in (0, 1)


def numbers(path: str, *names: str) -> Any:
    return edit.Medium(path, sequencer.numbering_of(list(names)))


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (24, 1.0), (25, 1.0), (30, 1.001), (60, 1.001), (50, 1.0)])
def test_our_reader_reads_what_was_written(fps: int, base: float, tmp_path: Path) -> None:
    rate = edit.exact_rate(fps, base)
    assert rate == exact_rate(fps / base)
    black = edit.Content(edit.Medium(generator="solid"), Fraction(61), 20, Fraction(0), 1)
    images = edit.Content(numbers("/media/run", "a_09.png", "a_10.png"), Fraction(81), 2, Fraction(0), 1)
    sequence = edit.Sequence(
        "Edit",
        rate,
        1,
        90,
        (
            movie("A b", 1, 1, 41, offset=12, content={"speed": Fraction(2)}),
            movie("Back", 1, 41, 51, n_frames=40, content={"is_reversed": True}),
            edit.Strip("Blue", 1, 61, 81, content=black),
            edit.Strip("Run", 1, 81, 83, content=images),
        ),
        markers=(edit.Marker("!Hit", 21), edit.Marker("End", 91), edit.Marker("Far", 92)),
    )
    path = tmp_path / "edit.otio"
    assert folder.write(path, otio_json.otio_text(cut.edit_of(sequence)))
    read = read_timeline(path)
    assert isinstance(read, Timeline)
    assert (read.rate, read.start.frame) == (rate, 1)
    spans = [(s.name, s.record_in.frame, s.record_out.frame) for s in read.scenes]
    assert spans == [
        ("A b", 0, 40), ("Back", 40, 50), ("Black", 50, 60), ("Blue", 60, 80), ("Run", 80, 82), ("Black", 82, 90)
    ]  # fmt: skip
    assert [read.scenes[0].source_s(at / rate) * rate for at in (0, 10)] == [24, 44]
    assert [read.scenes[1].source_s(at / rate) * rate for at in (0, 9)] == [39, 30]
    assert read.scenes[0].media is not None
    assert read.scenes[0].media.name == "A b.mp4"
    assert [(marker.name, marker.at.frame, marker.colour) for marker in read.markers] == [
        ("!Hit", 20, ""),
        ("End", 90, ""),
    ]


def test_sounds_that_overlap_lie_on_tracks_of_their_own_under_one_name() -> None:
    def sound(name: str, start: int, end: int, is_on: bool = True) -> Any:
        shot = edit.Shot(name, Fraction(start), Fraction(end), edit.Medium(f"/{name}.wav"), Fraction(0), Fraction(1))
        return edit.Sound(shot, "MX", is_on)

    sequence = edit.Sequence("Edit", RATE, 1, 100, (movie("A", 1, 1, 101),))
    sounds = sound("one", 1, 51), sound("two", 41, 61, False), sound("three", 71, 131)
    written = otio_json.otio_text(cut.edit_of(replace(sequence, sounds=sounds)))
    tracks = otio.adapters.read_from_string(written, "otio_json").audio_tracks()
    assert [track.name for track in tracks] == ["MX", "MX"]
    clips = [[(clip.name, clip.enabled, clip.source_range.duration.value) for clip in t.find_clips()] for t in tracks]
    assert clips == [[("one", True, 50), ("three", True, 30)], [("two", False, 20)]]


def test_a_file_is_replaced_only_by_what_differs_and_only_if_it_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "v2m" / "edit.otio"
    text = otio_json.otio_text(seen(movie("A", 1, 1, 101)))
    assert folder.write(path, text)
    assert not folder.write(path, text)
    assert folder.write(path, otio_json.otio_text(seen(movie("B", 1, 1, 101))))
    path.write_text(json.dumps({"OTIO_SCHEMA": "Timeline.1"}), encoding="utf-8")
    with pytest.raises(folder.NotOurs):
        folder.write(path, text)
    assert [file.name for file in path.parent.iterdir()] == ["edit.otio"]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/films/a b#1.mp4", "file:///films/a%20b%231.mp4"),
        ("C:\\films\\ä.mp4", "file:///C:/films/%C3%A4.mp4"),
    ],
)
def test_paths_of_every_system_become_urls(path: str, url: str) -> None:
    assert otio_json.file_url(path) == url


def test_names_of_scenes_become_names_of_files() -> None:
    assert folder.edit_name("film", "") == "film"
    assert folder.edit_name("film", "Reel 2/b") == "film-Reel 2_b"

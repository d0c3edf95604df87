"""The extension in a real Blender, run as a Python module: what it writes is what our reader reads."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.footage import ROOT
from tests.plugins.blender_source import write_zip
from tests.videos import write_pictures
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.jobs import read_timeline

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("V2M_SKIP_BPY") == "1", reason="V2M_SKIP_BPY=1 leaves Blender out"),
]

RATE: Final = Fraction(24000, 1001)
PYTHON: Final = ROOT / "build" / "bpy-venv" / "bin" / "python"


@dataclass(frozen=True)
class Saved:
    """What a Blender session left."""

    timeline: Timeline
    by_hand: Timeline
    answer: dict[str, Any]


def brightening(n_frames: int) -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
    """Yield grey pictures, each two levels brighter than the one before, so that a picture tells its number."""
    for number in range(n_frames):
        yield number / RATE, np.full((120, 160, 3), 10 + 2 * number, np.uint8)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    made = subprocess.run([str(ROOT / ".ci" / "bpy.sh")], check=False, capture_output=True, text=True)
    assert made.returncode == 0, f"Blender could not be installed into build/bpy-venv: {made.stderr[-2000:]}"
    folder = tmp_path_factory.mktemp("blender")
    for name in ("first", "second", "third"):
        write_pictures(folder / f"{name}.mp4", brightening(100), rate=RATE, with_audio=name == "first")
    extension = write_zip(folder / "v2m_bridge.zip")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "BLENDER"))}
    run = subprocess.run(
        [str(PYTHON), str(Path(__file__).with_name("in_blender.py")), str(folder), str(extension)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment | {"BLENDER_USER_RESOURCES": str(folder / "user")},
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    timelines = (read_timeline(folder / place / "edit.otio") for place in ("v2m", "by hand"))
    timeline, by_hand = (edit for edit in timelines if isinstance(edit, Timeline))
    return Saved(timeline, by_hand, json.loads((folder / "answer.json").read_text(encoding="utf-8")))


def test_scenes_stand_where_blender_renders_them(saved: Saved) -> None:
    found = [(scene.name, scene.record_in.frame, scene.record_out.frame) for scene in saved.timeline.scenes]
    assert found == [
        ("Opening", 0, 60),
        ("Slowed", 60, 110),
        ("Black", 110, 120),
        ("Hidden", 120, 130),
        ("Over it", 130, 150),
        ("Hidden", 150, 180),
        ("Leaving", 180, 215),
        ("Coming", 215, 260),
        ("Black", 260, 261),
        ("Retimed", 261, 290),
        ("Black", 290, 303),
        ("In a meta strip", 303, 310),
        ("And its next", 310, 316),
        ("Black", 316, 320),
        ("Backwards", 320, 335),
        ("Still", 335, 340),
    ]
    assert saved.timeline.rate == RATE
    assert saved.timeline.start.frame == 1


def frame_shown(scene: Scene, at: int) -> Fraction:
    """Return which frame of its medium a scene shows `at` frames after its start."""
    return scene.source_s(at / RATE) * RATE


def test_each_scene_shows_the_source_frames_that_blender_shows(saved: Saved) -> None:
    first: dict[str, Scene] = {}
    for scene in saved.timeline.scenes:
        first.setdefault(scene.name, scene)
    assert [frame_shown(first["Opening"], at) for at in (0, 59)] == [12, 71]
    assert [frame_shown(first["Slowed"], at) for at in (0, 10, 49)] == [10, 15, Fraction(69, 2)]
    assert [frame_shown(first["Over it"], at) for at in (0, 19)] == [5, 24]
    assert frame_shown(saved.timeline.scenes[5], 0) == 30
    assert [frame_shown(first["Leaving"], at) for at in (0, 34)] == [0, 34]
    assert frame_shown(first["Coming"], 0) == 25
    assert [frame_shown(first["Retimed"], at) for at in (0, 10, 28)] == [0, 5, 14]
    assert [frame_shown(first["In a meta strip"], at) for at in (0, 6)] == [13, 19]
    assert [frame_shown(first["Backwards"], at) for at in (0, 14)] == [79, 65]
    assert all(scene.media is None or scene.media.path for scene in saved.timeline.scenes)


def test_what_is_read_is_what_blender_renders(saved: Saved) -> None:
    rendered = {int(frame): level for frame, level in saved.answer["rendered"].items()}
    assert len(rendered) > 20
    for frame, level in rendered.items():
        scene = saved.timeline.scene_at((frame - 1) / RATE)
        if scene.media is None:
            assert level < 2, frame
        elif scene.name == "Still":
            assert level > 250
        else:
            number = frame_shown(scene, frame - 1 - scene.record_in.frame)
            assert abs((level - 10) / 2 - number) <= 1, (frame, scene.name)


def test_markers_inside_the_edit_are_kept_and_sound_lies_on_the_track_of_its_channel(saved: Saved) -> None:
    assert [(marker.name, marker.at.frame) for marker in saved.timeline.markers] == [("!Door", 60), ("Last look", 249)]
    (voice,) = saved.timeline.audio
    assert (voice.name, voice.track, voice.role, voice.enabled) == ("Voice", "DX", "dialogue", True)
    assert (voice.record_in.frame, voice.record_out.frame) == (24, 64)
    assert voice.source_in_s * RATE == 24


def test_the_file_is_written_on_save_unless_that_is_off_and_when_the_button_is_pressed(saved: Saved) -> None:
    assert saved.answer["version"][:2] == [4, 5]
    assert saved.answer["said"] == "Written: edit.otio"
    assert saved.answer["kept_while_off"]
    assert saved.answer["pressed"] == ["FINISHED"]
    assert "Later" in [marker.name for marker in saved.by_hand.markers]
    assert "Later" not in [marker.name for marker in saved.timeline.markers]


def test_the_cross_dissolve_is_a_transition_at_its_cut(saved: Saved) -> None:
    written = json.loads(Path(saved.timeline.source_path).read_text(encoding="utf-8"))
    row = written["tracks"]["children"][0]["children"]
    kinds = [item["OTIO_SCHEMA"].split(".")[0] for item in row]
    at = kinds.index("Transition")
    assert [row[at + step]["name"] for step in (-1, 1)] == ["Leaving", "Coming"]
    assert [row[at][key]["value"] for key in ("in_offset", "out_offset")] == [5, 5]
    assert kinds.count("Transition") == 1


def test_nothing_is_left_behind_in_blender(saved: Saved) -> None:
    assert saved.answer["clips_left"] == 0
    assert saved.answer["handlers_left"] == 0

"""A project that a real Kdenlive edited and saved: what our reader says of it is what melt renders, frame by frame."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.footage import ROOT
from tests.timeline.dialects.kdenlive_seed import MEDIA_FRAMES, write
from tests.videos import write_pictures
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.jobs import read_timeline

pytestmark = pytest.mark.long

RATE: Final = Fraction(25)
WIDTH, HEIGHT = 160, 90
CANNOT_INSTALL: Final = 3
SET_BY_CV2: Final = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")
"""Importing cv2 points the environment at a Qt of its own, with which Kdenlive shows no window."""
MIX: Final = range(50, 76)


@dataclass(frozen=True)
class Saved:
    """What Kdenlive saved, as our reader reads it, and how bright melt renders each frame, as numbers of frames."""

    timeline: Timeline
    text: str
    rendered: NDArray[np.float64]


def brightening() -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
    """Yield grey pictures, each two levels brighter than the one before, so that a picture tells its number."""
    for number in range(MEDIA_FRAMES):
        yield number / RATE, np.full((HEIGHT, WIDTH, 3), 10 + 2 * number, np.uint8)


def render(project: Path, n_frames: int) -> NDArray[np.float64]:
    """Return the number of the source frame in the middle of each picture; black gives less than nothing."""
    raw = ("f=rawvideo", "vcodec=rawvideo", "pix_fmt=gray", f"s={WIDTH}x{HEIGHT}", "an=1", "real_time=-1")
    run = subprocess.run(
        ["melt", "-silent", str(project), "in=0", f"out={n_frames - 1}", "-consumer", "avformat:pipe:1", *raw],
        check=True,
        capture_output=True,
        timeout=240,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    luma = np.frombuffer(run.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)[:, HEIGHT // 2, WIDTH // 2]
    return ((luma.astype(np.float64) - 16) * 255 / 219 - 10) / 2


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    made = subprocess.run([str(ROOT / ".ci" / "kdenlive.sh")], check=False, capture_output=True, text=True)
    if made.returncode == CANNOT_INSTALL:
        pytest.skip(f"Kdenlive is not here: {made.stderr.strip()}")
    assert made.returncode == 0, f"Kdenlive could not be installed: {made.stderr[-2000:]}"
    folder = tmp_path_factory.mktemp("kdenlive")
    for name in ("first", "second"):
        write_pictures(folder / f"{name}.mp4", brightening(), rate=RATE, with_audio=name == "first")
    project = write(folder / "film.kdenlive")
    config = folder / "home" / ".config"
    config.mkdir(parents=True)
    (folder / "run").mkdir(mode=0o700)
    (config / "kdenliverc").write_text("[version]\nversion=22.12.3\n[misc]\nfirstRun=false\n", encoding="utf-8")
    homes = {"HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(config), "XDG_RUNTIME_DIR": str(folder / "run")}
    session = [sys.executable, str(Path(__file__).with_name("kdenlive_session.py")), str(project)]
    clean = {name: value for name, value in os.environ.items() if name not in SET_BY_CV2}
    run = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1600x900x24", "dbus-run-session", "--", *session],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        env=clean | homes | {"LC_ALL": "C.UTF-8", "SDL_AUDIODRIVER": "dummy"},
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    timeline = read_timeline(project)
    assert isinstance(timeline, Timeline)
    return Saved(timeline, project.read_text(encoding="utf-8"), render(project, timeline.end.frame))


def test_kdenlive_saved_the_project_in_its_own_words(saved: Saved) -> None:
    assert saved.text.count("kdenlive:mixcut") == 1
    assert 'out="00:00:01.560"' in saved.text


def test_scenes_are_those_of_the_edit(saved: Saved) -> None:
    found = [
        (scene.media.name if scene.media else scene.name, scene.record_in.frame, scene.record_out.frame)
        for scene in saved.timeline.scenes
    ]
    assert found == [
        ("first.mp4", 0, 28),
        ("first.mp4", 28, 63),
        ("second.mp4", 63, 80),
        ("first.mp4", 80, 95),
        ("second.mp4", 95, 103),
        ("Black", 103, 130),
        ("first.mp4", 130, 180),
        ("second.mp4", 180, 230),
        ("second.mp4", 230, 270),
    ]
    assert saved.timeline.rate == RATE


def test_every_frame_is_the_source_frame_that_melt_renders(saved: Saved) -> None:
    assert len(saved.rendered) == saved.timeline.end.frame == 270
    for frame, shown in enumerate(saved.rendered):
        scene = saved.timeline.scene_at(frame / RATE)
        if scene.media is None:
            assert shown < -3, frame
        elif frame not in MIX:
            said = scene.source_s((frame - scene.record_in.frame) / RATE) * RATE
            assert abs(shown - float(said)) <= 1, frame


def test_the_cut_of_the_dissolve_lies_where_half_of_each_shot_is_seen(saved: Saved) -> None:
    cut = saved.timeline.scenes[2].record_in.frame
    leaving, coming = (saved.timeline.scenes[index] for index in (1, 2))
    last = float(leaving.source_s(leaving.n_frames / RATE) * RATE)
    first = float(coming.source_in_s * RATE)
    assert abs(saved.rendered[cut] - (last + first) / 2) < 3


def test_guides_and_sound_are_read(saved: Saved) -> None:
    marks = [(marker.at.frame, marker.name, marker.colour) for marker in saved.timeline.markers]
    assert [(at, colour) for at, _, colour in marks] == [(53, "purple"), (60, "purple"), (150, "cyan")]
    assert [name for _, name, _ in marks][1:] == ["!Door", "Last"]
    sounds = [(clip.track, clip.role, clip.record_in.frame, clip.record_out.frame) for clip in saved.timeline.audio]
    assert sounds == [("DX", "dialogue", 0, 28), ("DX", "dialogue", 28, 60)]
    assert [clip.source_in_s * RATE for clip in saved.timeline.audio] == [12, 40]

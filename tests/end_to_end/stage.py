"""A small edit on disk and a way to run the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.timeline.edits import clip
from tests.videos import write_video

SHOTS = (("day", 0, 150), ("night", 0, 125), ("day", 150, 175), ("night", 125, 100), ("day", 50, 200))
"""Media, first source frame and length of the scenes, at 25 frames per second: 30 s."""
DELIVERED = ("score.json", "score.mid", "cues.csv", "markers.csv", "report.json", "report.svg")


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with an edit and its media."""

    folder: Path

    @property
    def edit(self) -> Path:
        return self.folder / "cut.otio"

    def v2m(self, *arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line with a cache of its own."""
        return subprocess.run(
            [sys.executable, "-m", "v2m_bridge", *map(str, arguments)],
            env=os.environ | {"V2M_CACHE": str(self.folder / "cache"), "COLUMNS": "160"} | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def scored(self, out: Path, *arguments: object, env: dict[str, str] | None = None) -> Path:
        """Compose the edit into a folder."""
        done = self.v2m("score", self.edit, "-o", out, *arguments, env=env)
        assert done.returncode == 0, done.stderr
        return out


def write_stage(folder: Path, *, n_times: int = 1) -> Stage:
    """Write two media with several pictures each, and an edit of five scenes of them, `n_times` over."""
    import opentimelineio as otio

    folder.mkdir(parents=True, exist_ok=True)
    write_video(folder / "day.mp4", [(6, "bars"), (7, (240, 220, 120))], rate=Fraction(25))
    write_video(folder / "night.mp4", [(5, "noise"), (4, (10, 10, 40))], rate=Fraction(25))
    edit = otio.schema.Timeline("Cut", global_start_time=otio.opentime.RationalTime(90_000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    edit.tracks.append(track)
    for name, start, frames in SHOTS * n_times:
        track.append(clip(name, start, frames, url=f"{name}.mp4"))
    stage = Stage(folder)
    stage.edit.write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")
    return stage

"""The demo's picture edit: shots of two real clips, some of them slowed down, and a marker that the music must meet.

It holds only what .otio, .edl and .fcpxml can all say: cuts, constant speeds and markers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import opentimelineio as otio

RATE: Final = 25.0
START_FRAME: Final = 90_000
"""01:00:00:00"""


class Shot(NamedTuple):
    """A shot: what it is called, and which frames of which clip it shows at what speed."""

    name: str
    clip: str
    first_frame: int
    end_frame: int
    speed: float = 1.0

    @property
    def n_frames(self) -> int:
        """Length in the edit."""
        return round((self.end_frame - self.first_frame) / self.speed)


SHOTS: Final = (
    Shot("Morning", "bigbuckbunny.mp4", 0, 132, 0.5),
    Shot("The ride begins", "bikes.mp4", 0, 30),
    Shot("On the road", "bikes.mp4", 30, 76, 0.5),
    Shot("Faster", "bikes.mp4", 76, 137),
    Shot("In the air", "bikes.mp4", 137, 187, 0.5),
    Shot("Down again", "bikes.mp4", 187, 242),
    Shot("Meanwhile", "bigbuckbunny.mp4", 32, 132),
    Shot("Remembered", "bikes.mp4", 76, 137, 0.5),
    Shot("Still", "bigbuckbunny.mp4", 60, 132, 0.5),
    Shot("Listening", "bigbuckbunny.mp4", 0, 60, 0.5),
    Shot("One more ride", "bikes.mp4", 30, 76, 0.5),
    Shot("Evening", "bigbuckbunny.mp4", 0, 132, 0.5),
    Shot("Night", "bikes.mp4", 137, 187, 0.5),
)
MUST_MEET: Final = "In the air"
CLIP_FRAMES: Final = {"bikes.mp4": 250, "bigbuckbunny.mp4": 132}


def write_edit(footage: Path, path: Path) -> None:
    """Write the edit to `path`; it names its media in the folder `footage` by file URL."""
    edit = otio.schema.Timeline("Demo", global_start_time=_time(START_FRAME))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    edit.tracks.append(track)
    at = 0
    for shot in SHOTS:
        track.append(_clip(shot, footage))
        if shot.name == MUST_MEET:
            edit.tracks.markers.append(otio.schema.Marker(f"!{shot.name}", _range(at, 1), otio.schema.MarkerColor.RED))
        at += shot.n_frames
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")


def _clip(shot: Shot, footage: Path) -> otio.schema.Clip:
    effects = [] if shot.speed == 1 else [otio.schema.LinearTimeWarp("Speed", shot.speed)]
    return otio.schema.Clip(
        name=shot.name,
        media_reference=otio.schema.ExternalReference(
            (footage / shot.clip).resolve().as_uri(), _range(0, CLIP_FRAMES[shot.clip])
        ),
        source_range=_range(shot.first_frame, shot.n_frames),
        effects=effects,
    )


def _range(first_frame: int, n_frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(first_frame), _time(n_frames))


def _time(frame: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, RATE)

"""Writes a small edit and its medium; run by name, because decoders and Qt never meet in one process."""

from __future__ import annotations

import sys
from pathlib import Path

import opentimelineio as otio

from tests.videos import write_video

RATE = 25
SHOTS = (("Blue", 5.0, (40, 60, 160)), ("Bars", 4.0, "bars"), ("Rush", 4.0, "moving"), ("Dark", 5.0, (18, 14, 20)))


def main(folder: Path) -> None:
    """Write shots.mp4 and cut.otio."""
    medium = write_video(folder / "shots.mp4", [(seconds, look) for _, seconds, look in SHOTS], size=(320, 180))
    edit = otio.schema.Timeline("Four shots", global_start_time=otio.opentime.RationalTime(RATE * 3600, RATE))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    edit.tracks.append(track)
    whole = _range(0, sum(seconds for _, seconds, _ in SHOTS))
    at_s = 0.0
    for name, seconds, _ in SHOTS:
        reference = otio.schema.ExternalReference(medium.resolve().as_uri(), whole)
        track.append(otio.schema.Clip(name, reference, _range(at_s, seconds)))
        at_s += seconds
    otio.adapters.write_to_file(edit, str(folder / "cut.otio"))


def _range(start_s: float, seconds: float) -> otio.opentime.TimeRange:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(round(start_s * RATE), RATE), time(round(seconds * RATE), RATE))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Edits written with OpenTimelineIO itself, to be read back."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.timeline import read

RATES = {
    23.976: Fraction(24000, 1001),
    24000 / 1001: Fraction(24000, 1001),
    24.0: Fraction(24),
    25.0: Fraction(25),
    29.97: Fraction(30000, 1001),
    30000 / 1001: Fraction(30000, 1001),
    50.0: Fraction(50),
    60000 / 1001: Fraction(60000, 1001),
}
"""What editors write, and what it means."""


def span(start: float, frames: float, rate: float = 25.0) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(frames, rate))


def clip(
    name: str,
    start: float,
    frames: float,
    *,
    rate: float = 25.0,
    medium_from: float | None = None,
    speed: float | None = None,
    url: str | None = None,
) -> Any:
    """Return a clip of `frames` frames of NAME.mov from source frame `start` on."""
    available = None if medium_from is None else span(medium_from, 1_000_000, rate)
    reference = otio.schema.ExternalReference(url if url is not None else f"file:///nowhere/{name}.mov", available)
    made = otio.schema.Clip(name, media_reference=reference, source_range=span(start, frames, rate))
    if speed is not None:
        warp = otio.schema.FreezeFrame() if speed == 0 else otio.schema.LinearTimeWarp(time_scalar=speed)
        made.effects.append(warp)
    return made


def gap(frames: float, rate: float = 25.0) -> Any:
    return otio.schema.Gap(source_range=span(0, frames, rate))


def dissolve(before: float, after: float, rate: float = 25.0) -> Any:
    return otio.schema.Transition(
        "Dissolve",
        transition_type="SMPTE_Dissolve",
        in_offset=RationalTime(before, rate),
        out_offset=RationalTime(after, rate),
    )


def track(*items: Any, name: str = "V1", kind: str = "Video") -> Any:
    return otio.schema.Track(name, children=list(items), kind=kind)


def stack(*items: Any, name: str = "Nest") -> Any:
    return otio.schema.Stack(name, children=list(items))


def edit(*tracks: Any, start: RationalTime | None = None, name: str = "Edit") -> Any:
    return otio.schema.Timeline(name, tracks=list(tracks), global_start_time=start)


def mark(name: str, start: float, frames: float = 0, rate: float = 25.0, **more: str) -> Any:
    return otio.schema.Marker(name, marked_range=span(start, frames, rate), **more)


def reread(made: Any, folder: Path, rate: Fraction | None = None) -> Timeline:
    """Write an edit and read it."""
    path = folder / "edit.otio"
    path.write_text(made.to_json_string(), encoding="utf-8")
    timeline = read(path, rate=rate)
    assert isinstance(timeline, Timeline)
    return timeline


def shown(timeline: Timeline) -> list[tuple[str, int, Any]]:
    """Return name, length in frames and source start in frames of the timeline, of every scene."""
    return [
        (scene.name, scene.n_frames, scene.source_in_s * timeline.rate if scene.media else None)
        for scene in timeline.scenes
    ]

"""Markers of an OpenTimelineIO timeline, its tracks and clips, at the frames where they stand in the edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker
from v2m_bridge.timeline.otio_times import lay_out, length_s, seconds, warp_of

_LONGEST_NOTE: Final = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item plays in the edit: from `at_s` on, `pace` seconds for each of its own, seen in a window."""

    at_s: Fraction
    pace: Fraction
    start_s: Fraction
    end_s: Fraction


def markers_of(tracks: Any, n_frames: int, rate: Fraction, start_s: Fraction) -> tuple[Marker, ...]:
    """Return the markers inside the edit in order, each once (linked picture and sound carry the same one).

    Parameters
    ----------
    tracks : opentimelineio.schema.Stack
        The top stack.  Markers of disabled items, and of parts of clips that are trimmed away, are left out.
    n_frames : int
        Length of the edit.
    rate : Fraction
        Frames per second of the edit.
    start_s : Fraction
        Timecode of the first frame: a marker of the timeline that lies behind the end is taken to count from there.

    Returns
    -------
    tuple of Marker
        Lengths up to one frame are points.
    """
    end_s = n_frames / rate
    whole = Place(Fraction(0), Fraction(1), Fraction(0), end_s)
    found: dict[Marker, None] = {}
    for marker, at_s, long_s in _walk(tracks, whole, 1 / rate, start_s):
        frames = FrameTime.nearest(long_s, rate).frame
        at = FrameTime.nearest(at_s, rate)
        if 0 <= at.frame <= n_frames:
            found[
                Marker(
                    at=at,
                    name=marker.name,
                    comment=marker.comment or _note(marker.metadata.get("Resolve_OTIO")),
                    colour=(marker.color or "").lower(),
                    n_frames=frames if frames > 1 else 0,
                )
            ] = None
    return tuple(sorted(found, key=lambda m: (m.at.frame, m.n_frames, m.name, m.comment, m.colour)))


def _walk(
    item: Any, place: Place, frame_s: Fraction, start_s: Fraction | None = None
) -> Iterator[tuple[Any, Fraction, Fraction]]:
    """Yield the markers of an item and of all within, with their place and length in seconds of the edit."""
    if not item.enabled or (isinstance(item, otio.schema.Clip | otio.schema.Gap) and not item.markers):
        return
    warp = warp_of(item)
    pace = place.pace / warp.speed if warp.speed else Fraction(0)
    # The inside's time u plays at `zero_s + pace * u`; backwards, the end of the inside plays first.
    first_s = warp.at_s if warp.speed >= 0 else warp.at_s - warp.speed * warp.length_s
    zero_s = place.at_s - pace * first_s
    for marker in item.markers:
        at_s = zero_s + pace * seconds(marker.marked_range.start_time)
        long_s = seconds(marker.marked_range.duration) if marker.marked_range.duration.value > 1 else Fraction(0)
        if start_s and at_s > place.end_s and place.start_s <= at_s - start_s <= place.end_s:
            at_s -= start_s
        if place.start_s <= at_s < place.end_s or (start_s is not None and at_s == place.end_s):
            yield marker, at_s, long_s * abs(pace)
    if isinstance(item, otio.core.Composition) and pace > 0:
        for child, at_s in _children(item, frame_s):
            child_at_s = zero_s + pace * at_s
            window = max(place.start_s, child_at_s), min(place.end_s, child_at_s + pace * length_s(child))
            if window[0] < window[1]:
                yield from _walk(child, Place(child_at_s, pace, *window), frame_s)


def _note(metadata: Any) -> str:
    """Return the note of a marker, which Resolve hides in its metadata."""
    note = metadata.get("Note") if hasattr(metadata, "get") else None
    return note[:_LONGEST_NOTE] if isinstance(note, str) else ""


def _children(item: Any, frame_s: Fraction) -> Iterator[tuple[Any, Fraction]]:
    if isinstance(item, otio.schema.Track):
        for placed in lay_out(item, frame_s):
            yield placed.item, placed.at_s
    else:
        for child in item:
            if isinstance(child, otio.core.Item):
                yield child, Fraction(0)

"""What is put right in the objects that the AAF adapter of OpenTimelineIO returns: media of clips, and markers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import opentimelineio as otio

from v2m_bridge.timeline.media import MediaFinder

_DRIVE: Final = re.compile(r"file://(?=[A-Za-z](?::|%3A)/)", re.IGNORECASE)
"""The adapter puts two slashes before the drive, so that it would be the name of a machine."""


def repair(found: Any, finder: MediaFinder) -> None:
    """Let every clip name the medium that can be found, and let markers stand where they stood, in place.

    A clip of an AAF names the same medium several times: as the file that was imported, as the copy that the editor
    made of it, as the tape.  The first that is found counts, else the first that is a file; the one
    that the adapter chose stands before the others.  The adapter hangs markers
    on clips as if none were retimed; those of retimed ones go back to their track.
    """
    items = list(_items(found))
    for item in items:
        _free_markers(item)
    for clip in items:
        if not isinstance(clip, otio.schema.Clip):
            continue
        references = clip.media_references()
        active = clip.active_media_reference_key
        references = {key: references[key] for key in sorted(references, key=lambda key: (key != active, key))}
        files = {key: one for key, one in references.items() if isinstance(one, otio.schema.ExternalReference)}
        for reference in files.values():
            reference.target_url = _DRIVE.sub("file:///", reference.target_url or "")
        there = [key for key, one in files.items() if one.target_url and finder.find(one.target_url).path]
        chosen = next(iter((*there, *files)), None)
        if chosen is not None and chosen != active:
            clip.active_media_reference_key = chosen


def _free_markers(item: Any) -> None:
    """Move the markers of a retimed item to its track, whose time runs evenly."""
    track = item.parent()
    warped = any(isinstance(effect, otio.schema.LinearTimeWarp) for effect in item.effects)
    if not warped or not len(item.markers) or not isinstance(track, otio.schema.Track):
        return
    first, place = item.trimmed_range().start_time, item.range_in_parent().start_time
    for marker in list(item.markers):
        moved = marker.deepcopy()
        moved.marked_range = otio.opentime.TimeRange(
            marker.marked_range.start_time - first + place, marker.marked_range.duration
        )
        track.markers.append(moved)
    del item.markers[:]


def _items(found: Any) -> Iterator[Any]:
    if isinstance(found, otio.schema.Timeline):
        yield from _items(found.tracks)
        return
    if isinstance(found, otio.core.Item):
        yield found
    if isinstance(found, otio.core.Composition | otio.schema.SerializableCollection):
        for child in found:
            yield from _items(child)

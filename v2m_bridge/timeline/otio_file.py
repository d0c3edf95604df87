"""OpenTimelineIO files (.otio): the edit as data, the one format that says everything."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import opentimelineio as otio

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import AudioClip, Timeline, name_scenes
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.files import MAX_DEPTH, json_depth, read_text
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.otio_flatten import Flattener, carries
from v2m_bridge.timeline.otio_json import check_json
from v2m_bridge.timeline.otio_markers import markers_of
from v2m_bridge.timeline.otio_times import (
    LONGEST_S,
    available_range,
    clock_rate,
    is_frame_rate,
    length_s,
    seconds,
    warp_of,
)
from v2m_bridge.timeline.roles import role_in, role_of
from v2m_bridge.timeline.segments import scenes_of

_FAULTS: Final = (otio.exceptions.OTIOError, ValueError, LookupError, TypeError, RuntimeError, ArithmeticError)
"""What the library raises on files that are not as they should be."""


def read_otio(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read what is seen and heard of an .otio file.

    Parameters
    ----------
    path : Path
        The file.
    finder : MediaFinder
        Finds its media.
    rate : Fraction, optional
        Frames per second to count in, instead of what the file says.

    Raises
    ------
    TimelineError
        When it is no .otio file, or shows no pictures.
    """
    return timeline_of(read_text(path), path, finder, rate)


def timeline_of(text: str, path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read the text of an .otio file; `path` is what it is called.

    Raises
    ------
    TimelineError
        As `read_otio`.
    """
    if json_depth(text) > MAX_DEPTH:
        raise TimelineError(
            f"{path.name[:80]!r} is nested more than {MAX_DEPTH} deep, which no edit is",
            hint="Export the timeline again; if it holds sequences within sequences, flatten them first.",
        )
    try:
        check_json(text)
        found = otio.core.deserialize_json_from_string(text)
    except otio.exceptions.UnsupportedSchemaError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} is written in a newer OpenTimelineIO than can be read here",
            hint="Export it for an older version, or update opentimelineio.",
        ) from exc
    except _FAULTS as exc:
        raise TimelineError(f"{path.name[:80]!r} is not a sound .otio file: {_reason(exc)}") from exc
    return timeline_of_object(found, path, finder, rate)


def timeline_of_object(found: Any, path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read an OpenTimelineIO object, whatever it was read from; `path` is what that is called.

    Raises
    ------
    TimelineError
        When it holds no timeline, an unsound one, or shows no pictures.
    """
    try:
        return _timeline(_root(found, path), path, finder, rate)
    except otio.exceptions.UnsupportedSchemaError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} is written in a newer OpenTimelineIO than can be read here",
            hint="Export it for an older version, or update opentimelineio.",
        ) from exc
    except RecursionError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} holds itself, or sequences within sequences deeper than can be followed",
            hint="Flatten the nested sequences in the editor, then export the timeline again.",
        ) from exc
    except _FAULTS as exc:
        raise TimelineError(f"{path.name[:80]!r} is not a sound {path.suffix.lower()} file: {_reason(exc)}") from exc


def _root(found: Any, path: Path) -> Any:
    """Return the first timeline in what a file holds."""
    if isinstance(found, otio.schema.Timeline):
        return found
    if isinstance(found, otio.schema.SerializableCollection):
        for child in found:
            if isinstance(child, otio.schema.Timeline | otio.schema.SerializableCollection):
                return _root(child, path)
    if isinstance(found, otio.schema.Stack):
        return otio.schema.Timeline(found.name, tracks=found.deepcopy())
    if isinstance(found, otio.schema.Track):
        return otio.schema.Timeline(found.name, tracks=[found.deepcopy()])
    raise TimelineError(f"{path.name[:80]!r} holds no timeline")


def _timeline(edit: Any, path: Path, finder: MediaFinder, wanted_rate: Fraction | None) -> Timeline:
    name = edit.name or path.stem
    said_rate = wanted_rate or _rate(edit)
    rate = said_rate or Fraction(24)
    whole_s = _picture_length_s(edit.tracks)
    if whole_s > LONGEST_S:
        raise TimelineError(f"{name[:80]!r} is longer than {LONGEST_S // 3600} hours, which no edit is")
    n_frames = FrameTime.nearest(whole_s, rate).frame
    segments = Flattener(1 / rate, finder).segments(edit.tracks, Fraction(0), whole_s)
    scenes = scenes_of(segments, n_frames, rate)
    audio = tuple(_audio(edit.tracks, finder, rate))
    if not any(scene.media for scene in scenes):
        what = "it holds titles alone" if segments else "it holds sound alone" if audio else "it is empty"
        raise TimelineError(f"{name[:80]!r} shows no pictures: {what}", hint="Export a timeline with video clips.")
    if said_rate is None:
        raise TimelineError(
            f"{name[:80]!r} does not say its frame rate", hint="Give it with --rate, such as --rate 25."
        )
    start = _start(edit.global_start_time, rate)
    return Timeline(
        name=name,
        rate=rate,
        scenes=name_scenes(scenes),
        start=start,
        audio=audio,
        markers=markers_of(edit.tracks, n_frames, rate, start.exact_s),
        source_path=str(path),
    )


def _picture_length_s(tracks: Any) -> Fraction:
    if tracks.source_range is not None:
        return length_s(tracks)
    items = (child for child in tracks if isinstance(child, otio.core.Item))
    shown = (length_s(item) for item in items if item.enabled and carries(item, sound=False))
    return max(shown, default=Fraction(0))


def _rate(edit: Any) -> Fraction | None:
    """Return the rate of the start timecode, else the one at which most of the picture is counted, if any is."""
    start = edit.global_start_time
    if start is not None and is_frame_rate(start.rate):
        return clock_rate(start.rate)
    lengths_s: dict[Fraction, Fraction] = {}
    for clip in _picture_clips(edit.tracks):
        counted = clip.source_range or available_range(clip)
        if counted is not None and is_frame_rate(counted.duration.rate):
            rate = clock_rate(counted.duration.rate)
            lengths_s[rate] = lengths_s.get(rate, Fraction(0)) + seconds(counted.duration)
    return max(lengths_s, key=lambda rate: lengths_s[rate], default=None)


def _picture_clips(item: Any) -> Iterator[Any]:
    if isinstance(item, otio.schema.Clip):
        yield item
    elif isinstance(item, otio.core.Composition) and carries(item, sound=False):
        for child in item:
            yield from _picture_clips(child)


def _start(time: otio.opentime.RationalTime | None, rate: Fraction) -> FrameTime:
    if time is None:
        return FrameTime(0, rate)
    if time.rate > 0 and round(time.rate) == round(rate):
        seconds(time)
        return FrameTime(round(time.value), rate)
    return FrameTime.nearest(seconds(time), rate)


def _audio(tracks: Any, finder: MediaFinder, rate: Fraction) -> Iterator[AudioClip]:
    """Yield the clips of every audio track, track by track."""
    frame_s = 1 / rate
    flattener = Flattener(frame_s, finder, sound=True)
    warp = warp_of(tracks)
    whole = Fraction(0), warp.length_s
    sounds = [child for child in tracks if isinstance(child, otio.schema.Track) and carries(child, sound=True)]
    for number, track in enumerate(sounds, start=1):
        first, last = warp.inside(*whole, frame_s)
        inside = flattener.segments(track, max(first, Fraction(0)), min(last, length_s(track)))
        role = role_in(track.metadata) or role_of(track.name)
        for segment in warp.played(inside, *whole, frame_s):
            start, end = (FrameTime.nearest(at_s, rate) for at_s in (segment.start_s, segment.end_s))
            if start < end:
                yield AudioClip(
                    name=segment.name,
                    track=track.name or f"A{number}",
                    record_in=start,
                    record_out=end,
                    media=segment.media,
                    source_in_s=max(Fraction(0), segment.source_s),
                    role=segment.role or role,
                    enabled=segment.enabled,
                )


def _reason(exc: BaseException) -> str:
    """Return what the library says, without the places in its own code."""
    text = str(exc).strip("'\" ").rsplit("on input string: ", 1)[-1].split(": While reading", 1)[0]
    line = next(iter(text.splitlines()), "").rstrip(".") or type(exc).__name__
    return line if len(line) <= 120 else f"{line[:117]}..."

# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as the JSON of OpenTimelineIO, which Blender does not bring along, in schemas that every version reads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from .edit import Dissolve, Edit, Marker, Medium, Shot

MARK = "v2m_bridge_blender"
"""Stands in the metadata of every file that the extension writes, which is how it knows its own files again."""

Json = dict[str, Any]


def otio_text(edit: Edit) -> str:
    """Return the .otio file of an edit; equal edits give equal text."""
    return json.dumps(timeline(edit), indent=1, ensure_ascii=False) + "\n"


def timeline(edit: Edit) -> Json:
    """Return an edit as a tree of OpenTimelineIO objects.

    One video track holds the shots and gaps; each channel with sound is an audio track.  Where two sounds of a track
    overlap, the later one moves to a further track of the same name.
    """
    rate = float(edit.rate)
    tracks = [_track("Picture", "Video", _picture(edit))]
    for name, sounds in _audio_tracks(edit):
        tracks.append(_track(name, "Audio", _in_a_row(sounds, edit.n_frames, edit.rate, ())))
    stack = _object("Stack.1", "tracks") | _item() | {"children": tracks}
    stack["markers"] = [_marker(marker, rate) for marker in edit.markers]
    return _object("Timeline.1", edit.name, {MARK: {"schema": 0}}) | {
        "global_start_time": _time(edit.start, rate),
        "tracks": stack,
    }


def _picture(edit: Edit) -> list[Json]:
    shots = [(shot, True) for shot in edit.shots]
    return _in_a_row(shots, edit.n_frames, edit.rate, edit.dissolves)


def _audio_tracks(edit: Edit) -> list[tuple[str, list[tuple[Shot, bool]]]]:
    lanes: dict[str, list[list[tuple[Shot, bool]]]] = defaultdict(list)
    for sound in sorted(edit.sounds, key=lambda sound: (sound.shot.start, sound.shot.name)):
        free = next((lane for lane in lanes[sound.track] if lane[-1][0].end <= sound.shot.start), None)
        if free is None:
            free = []
            lanes[sound.track].append(free)
        free.append((sound.shot, sound.is_on))
    return [(name, lane) for name in sorted(lanes) for lane in lanes[name]]


def _in_a_row(
    shots: Iterable[tuple[Shot, bool]], n_frames: int, rate: Fraction, dissolves: tuple[Dissolve, ...]
) -> list[Json]:
    """Return clips, the gaps between and after them, and the transitions at their cuts."""
    at_cut = {dissolve.middle: dissolve for dissolve in dissolves}
    row: list[Json] = []
    end = 0
    before: Shot | None = None
    for shot, is_on in shots:
        if shot.start > end:
            row.append(_gap(int(shot.start) - end, rate))
            before = None
        if before is not None and (dissolve := at_cut.get(end)):
            row += _transition(dissolve, before, shot, rate)
        row.append(_clip(shot, is_on, rate))
        before, end = shot, int(shot.end)
    if end < n_frames:
        row.append(_gap(n_frames - end, rate))
    return row


def _transition(dissolve: Dissolve, before: Shot, after: Shot, rate: Fraction) -> list[Json]:
    """Return a transition whose middle, rounded to frames, is the cut; none where a shot is too short for it."""
    out = min(dissolve.end - dissolve.middle, int(after.end - after.start), int(before.end - before.start))
    into = min(dissolve.middle - dissolve.start, out + 1, int(before.end - before.start))
    if out <= 0 or into <= 0:
        return []
    offsets = {"in_offset": _time(into, float(rate)), "out_offset": _time(out, float(rate))}
    return [_object("Transition.1", "Cross dissolve") | offsets | {"transition_type": "SMPTE_Dissolve"}]


def _clip(shot: Shot, is_on: bool, rate: Fraction) -> Json:
    n_frames = int(shot.end - shot.start)
    at = shot.source_s * rate
    if shot.speed < 0:  # a clip that runs backwards names the earliest frame that it shows
        at += shot.speed * (n_frames - 1)
    clip = _object("Clip.1", shot.name) | _item(_range(max(Fraction(0), at), n_frames, rate), is_on)
    if shot.speed != 1:
        clip["effects"] = [_warp(shot.speed)]
    return clip | {"media_reference": _reference(shot.medium, shot.name, rate)}


def _warp(speed: Fraction) -> Json:
    schema, name = ("FreezeFrame.1", "FreezeFrame") if speed == 0 else ("LinearTimeWarp.1", "LinearTimeWarp")
    return _object(schema, "Speed") | {"effect_name": name, "time_scalar": float(speed)}


def _reference(medium: Medium, name: str, rate: Fraction) -> Json:
    if medium.generator:
        reference = _object("GeneratorReference.1", name)
        return reference | {"available_range": None, "generator_kind": medium.generator, "parameters": {}}
    if not medium.path:
        return _object("MissingReference.1", name) | {"available_range": None}
    if medium.numbering is None:
        return _object("ExternalReference.1", "") | {"available_range": None, "target_url": file_url(medium.path)}
    return _object("ImageSequenceReference.1", "") | {
        "available_range": None,
        "target_url_base": file_url(medium.path).rstrip("/") + "/",
        "name_prefix": medium.numbering.prefix,
        "name_suffix": medium.numbering.suffix,
        "start_frame": medium.numbering.first,
        "frame_step": 1,
        "rate": float(rate),
        "frame_zero_padding": medium.numbering.digits,
        "missing_frame_policy": "error",
    }


def file_url(path: str) -> str:
    """Return the file URL of an absolute path of this or the other kind of system."""
    is_windows = PureWindowsPath(path).drive != ""
    return (PureWindowsPath(path) if is_windows else PurePosixPath(path)).as_uri()


def _track(name: str, kind: str, children: list[Json]) -> Json:
    return _object("Track.1", name) | _item() | {"kind": kind, "children": children}


def _gap(n_frames: int, rate: Fraction) -> Json:
    return _object("Gap.1", "") | _item(_range(Fraction(0), n_frames, rate))


def _marker(marker: Marker, rate: float) -> Json:
    marked = {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(marker.frame, rate), "duration": _time(0, rate)}
    return _object("Marker.2", marker.name) | {"color": "", "marked_range": marked}


def _item(source_range: Json | None = None, is_on: bool = True) -> Json:
    return {"source_range": source_range, "effects": [], "markers": [], "enabled": is_on}


def _range(start: Fraction, n_frames: int, rate: Fraction) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, float(rate)),
        "duration": _time(n_frames, float(rate)),
    }


def _time(value: Fraction | int, rate: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": rate}


def _object(schema: str, name: str, metadata: Json | None = None) -> Json:
    return {"OTIO_SCHEMA": schema, "name": name, "metadata": metadata or {}}

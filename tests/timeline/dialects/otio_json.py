"""The reference edit as .otio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from tests.timeline.reference_edit import MARKS, PROGRAMME, SOUND_FRAMES, SOUNDS, EditRate, Mark, Nest, Shot, Sound
from v2m_bridge.core.timebase import parse_timecode

SUFFIX = ".otio"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(timeline(at).to_json_string(), encoding="utf-8")
    return path


def timeline(at: EditRate) -> Any:
    start = RationalTime(at.start.frame, float(at.rate))
    tracks = [_picture(at), *(_sound_track(name, at) for name in dict.fromkeys(sound.track for sound in SOUNDS))]
    made = otio.schema.Timeline("Reference", tracks=tracks, global_start_time=start)
    made.tracks.markers.extend(_marker(mark, mark.at, at) for mark in MARKS if not mark.on_clip)
    return made


def _picture(at: EditRate) -> Any:
    track = otio.schema.Track("V1", kind="Video")
    record = 0
    for item in PROGRAMME:
        if isinstance(item, Shot) and item.dissolve_in:
            half = RationalTime(item.dissolve_in // 2, float(at.rate))
            track.append(
                otio.schema.Transition("Dissolve", transition_type="SMPTE_Dissolve", in_offset=half, out_offset=half)
            )
        made = _nest(item, at) if isinstance(item, Nest) else _clip(item, at)
        inside = made.source_range.start_time.value - record
        on_clip = [mark for mark in MARKS if mark.on_clip and record <= mark.at < record + item.n_frames]
        made.markers.extend(_marker(mark, mark.at + inside, at) for mark in on_clip)
        track.append(made)
        record += item.n_frames
    return track


def _nest(nest: Nest, at: EditRate) -> Any:
    inside = otio.schema.Track("V1", kind="Video", children=[_clip(shot, at) for shot in nest.shots])
    return otio.schema.Stack(nest.name, children=[inside], source_range=_span(nest.trimmed_in, nest.n_frames, at))


def _clip(shot: Shot, at: EditRate) -> Any:
    if shot.source is None:
        return otio.schema.Gap(source_range=_span(0, shot.n_frames, at))
    first = parse_timecode(shot.source.start_label, at.rate).frame
    reference = otio.schema.ExternalReference(
        f"file:///rushes/{shot.source.file}", _span(first, shot.source.n_frames, at)
    )
    made = otio.schema.Clip(
        shot.name, media_reference=reference, source_range=_span(first + shot.source_in, shot.n_frames, at)
    )
    if shot.speed == 0:
        made.effects.append(otio.schema.FreezeFrame())
    elif shot.speed != 1:
        made.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(shot.speed)))
    return made


def _sound_track(name: str, at: EditRate) -> Any:
    track = otio.schema.Track(name, kind="Audio")
    end = 0
    for sound in sorted((sound for sound in SOUNDS if sound.track == name), key=lambda sound: sound.record_in):
        if sound.record_in > end:
            track.append(otio.schema.Gap(source_range=_span(0, sound.record_in - end, at)))
        track.append(_sound(sound, at))
        end = sound.record_out
    return track


def _sound(sound: Sound, at: EditRate) -> Any:
    reference = otio.schema.ExternalReference(f"file:///sound/{sound.file}", _span(0, SOUND_FRAMES, at))
    made = otio.schema.Clip(
        sound.name,
        media_reference=reference,
        source_range=_span(sound.source_in, sound.record_out - sound.record_in, at),
    )
    made.enabled = sound.enabled
    return made


def _marker(mark: Mark, place: float, at: EditRate) -> Any:
    return otio.schema.Marker(
        mark.name, marked_range=_span(place, mark.n_frames, at), color=mark.colour.upper(), comment=mark.comment
    )


def _span(start: float, frames: float, at: EditRate) -> TimeRange:
    return TimeRange(RationalTime(start, float(at.rate)), RationalTime(frames, float(at.rate)))

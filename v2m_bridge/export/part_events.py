"""The events of every part over all cues, on one axis: file ticks for MIDI, samples for sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from v2m_bridge.core.score import Part, Score
from v2m_bridge.core.song_map import cues_in_order

Place = Callable[[int, int], int]
"""From (index of the cue, tick in the cue) to a position on the axis."""


class Kind(IntEnum):
    """What an event does, in the order in which events of one instant are sent."""

    NOTE_OFF = 0
    CONTROL = 1
    PROGRAM = 2
    NOTE_ON = 3


class PartEvent(NamedTuple):
    """One channel event of a part."""

    at: int
    kind: Kind
    data1: int
    """Pitch, controller or program."""
    data2: int
    """Velocity or value; 0 for a program."""
    channel: int
    """Counts from 1."""


# Value to which a controller returns when the next cue of its part says nothing of it.
# Source: MIDI RP-015 (reset all controllers) and General MIDI defaults for volume and pan.
CONTROLLER_DEFAULTS: Final = {1: 0, 7: 100, 10: 64, 11: 127, 64: 0, 66: 0, 67: 0}
_PEDALS: Final = (64, 66, 67)


@dataclass(slots=True)
class _Sounding:
    """A note on the axis while it may still be shortened."""

    on: int
    off: int
    pitch: int
    velocity: int
    channel: int


def part_events(score: Score, place: Place) -> dict[str, list[PartEvent]]:
    """Return the events of each part over all cues, by part name in order of first appearance.

    A note that is struck again while it sounds ends where it is struck.  At the start of each cue its program is sent,
    and controllers that the earlier cue left elsewhere return to their defaults; pedals are released at a cue's end.

    Parameters
    ----------
    score : Score
        Its cues in order of time.
    place : callable
        Rising in the tick within each cue.
    """
    names = dict.fromkeys(part.name for cue in score.cues for part in cue.parts)
    return {name: _events_of(score, name, place) for name in names}


def _events_of(score: Score, name: str, place: Place) -> list[PartEvent]:
    events: list[PartEvent] = []
    notes: list[_Sounding] = []
    left: dict[tuple[int, int], int] = {}
    for index in cues_in_order(score):
        for part in score.cues[index].parts:
            if part.name == name:
                events += _setup(part, place(index, 0), left)
                events += _controls(part, index, score.cues[index].end_tick, place, left)
                notes += _notes(part, index, place)
    for note in _without_overlap(notes):
        events.append(PartEvent(note.on, Kind.NOTE_ON, note.pitch, note.velocity, note.channel))
        events.append(PartEvent(note.off, Kind.NOTE_OFF, note.pitch, 0, note.channel))
    return sorted(events, key=lambda event: (event.at, event.kind))


def _setup(part: Part, at: int, left: dict[tuple[int, int], int]) -> list[PartEvent]:
    """Program, and controllers that an earlier cue left elsewhere; `left` forgets what is put back."""
    said = {control.controller for control in part.controls if control.tick <= 0}
    events = [PartEvent(at, Kind.PROGRAM, part.program, 0, part.channel)]
    for (channel, controller), value in sorted(left.items()):
        default = CONTROLLER_DEFAULTS.get(controller, 0)
        if channel == part.channel and controller not in said and value != default:
            events.append(PartEvent(at, Kind.CONTROL, controller, default, channel))
            left[channel, controller] = default
    return events


def _controls(part: Part, index: int, end_tick: int, place: Place, left: dict[tuple[int, int], int]) -> list[PartEvent]:
    events = []
    for control in sorted(part.controls):
        at = place(index, max(0, control.tick))
        events.append(PartEvent(at, Kind.CONTROL, control.controller, control.value, part.channel))
        left[part.channel, control.controller] = control.value
    last_tick = max([end_tick, *(note.onset_tick + note.length_ticks for note in part.notes)])
    for pedal in _PEDALS:
        if left.get((part.channel, pedal), 0):
            events.append(PartEvent(place(index, last_tick), Kind.CONTROL, pedal, 0, part.channel))
            left[part.channel, pedal] = 0
    return events


def _notes(part: Part, index: int, place: Place) -> list[_Sounding]:
    return [
        _Sounding(
            place(index, note.onset_tick),
            place(index, note.onset_tick + note.length_ticks),
            note.pitch,
            note.velocity,
            part.channel,
        )
        for note in part.notes
    ]


def _without_overlap(notes: list[_Sounding]) -> list[_Sounding]:
    """End each note where its key is struck again; of two equal strikes the longer stays, at the louder velocity."""
    kept: dict[tuple[int, int], _Sounding] = {}
    done: list[_Sounding] = []
    for note in sorted(notes, key=lambda n: (n.on, n.off)):
        note.off = max(note.off, note.on + 1)
        before = kept.get((note.channel, note.pitch))
        if before is not None and before.on == note.on:
            before.off = max(before.off, note.off)
            before.velocity = max(before.velocity, note.velocity)
            continue
        if before is not None:
            before.off = min(before.off, note.on)
        kept[note.channel, note.pitch] = note
        done.append(note)
    return done

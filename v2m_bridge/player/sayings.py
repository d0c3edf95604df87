"""What is announced over OSC, laid out on the time of the edit.  The table of addresses is `core.osc_schema.OUT`."""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction
from typing import Final, NamedTuple

from v2m_bridge.core.edit_sheet import EditSheet, SpokenScene
from v2m_bridge.core.osc_schema import OUT
from v2m_bridge.core.programme import Programme, SpokenNote, SpokenSlot
from v2m_bridge.core.timebase import NS_PER_S, FrameTime, timecode

TYPES: Final = {address.path: address.types for address in OUT}
_CUE, _SCENE, _MARKER, _SLOT, _NOTE = range(5)


class Said(NamedTuple):
    """One OSC message: a path of the table and its arguments."""

    path: str
    args: tuple[int | float | str, ...]


class Saying(NamedTuple):
    """The messages of one musical event; they leave in one bundle."""

    at_ns: int
    rank: int
    messages: tuple[Said, ...]


def sayings_of(programme: Programme) -> list[Saying]:
    """Everything that is said of a cue, in order of time."""
    said = [_of_cue(programme, programme.start_ns)]
    said += [_of_slot(slot) for slot in programme.slots]
    said += [_of_note(note) for note in programme.notes]
    return sorted(said, key=lambda saying: saying[:2])


def sayings_at(programme: Programme, at_ns: int) -> list[Saying]:
    """Tell what is said when playing enters a cue at `at_ns`: the cue, the chord that lasts and the slot's dynamics."""
    said = [_of_cue(programme, at_ns)]
    under_way = [slot for slot in programme.slots if slot.at_ns < at_ns]
    starts_here = any(slot.at_ns == at_ns for slot in programme.slots)
    if under_way and not starts_here:
        said.append(_of_slot(under_way[-1])._replace(at_ns=at_ns))
    chord = next((slot for slot in reversed(under_way) if slot.chord), None)
    goes_on = chord is not None and chord.at_ns + chord.chord_duration_ns > at_ns
    if chord is not None and goes_on and (starts_here or chord is not under_way[-1]):
        said.append(Saying(at_ns, _SLOT, (_chord(chord),)))
    return sorted(said, key=lambda saying: saying[:2])


def transport_said(sheet: EditSheet | None, at_ns: int, bpm: float, *, playing: bool) -> Said:
    """Return the transport message; without an edit its timecode counts 25 frames per second from zero."""
    rate = Fraction(sheet.rate) if sheet else Fraction(25)
    frame = math.floor(Fraction(at_ns, NS_PER_S) * rate + Fraction(1, 1000))  # edit times of frames are rounded down
    start, drop = (sheet.start_frame, sheet.drop_frame) if sheet else (0, False)
    label = timecode(FrameTime(start + frame, rate), drop_frame=drop)
    return Said("/v2m/transport", (int(playing), at_ns / NS_PER_S, label, bpm))


class SheetReader:
    """The scenes and markers of the edit, ready to be read from anywhere."""

    def __init__(self, sheet: EditSheet) -> None:
        self.sheet = sheet
        said = [_of_scene(scene) for scene in sheet.scenes]
        said += [
            Saying(m.at_ns, _MARKER, (Said("/v2m/marker", (m.marker_id, m.scene_id, _s(m.at_ns), m.name, m.colour)),))
            for m in sheet.markers
        ]
        self._sayings = sorted(said, key=lambda saying: saying[:2])
        self._at_ns = [saying.at_ns for saying in self._sayings]

    def said_between(self, from_ns: int, to_ns: int) -> list[Saying]:
        """Scenes and markers that begin in ``[from, to)``."""
        return self._sayings[bisect_left(self._at_ns, from_ns) : bisect_left(self._at_ns, to_ns)]

    def said_at(self, at_ns: int) -> list[Saying]:
        """Return the scene that playing enters at `at_ns`, if it began before."""
        return [_of_scene(s)._replace(at_ns=at_ns) for s in self.sheet.scenes if s.at_ns < at_ns < s.end_ns]


def _s(ns: int) -> float:
    return ns / NS_PER_S


def _of_cue(programme: Programme, at_ns: int) -> Saying:
    span = (_s(programme.start_ns), _s(programme.end_ns))
    return Saying(at_ns, _CUE, (Said("/v2m/cue", (programme.cue, programme.cue, *span)),))


def _of_scene(scene: SpokenScene) -> Saying:
    begins = Said("/v2m/scene", (scene.scene_id, _s(scene.at_ns), _s(scene.end_ns), scene.name))
    return Saying(scene.at_ns, _SCENE, (begins, Said("/v2m/emotion", (scene.scene_id, *scene.emotions))))


def _chord(slot: SpokenSlot) -> Said:
    span = (_s(slot.at_ns), _s(slot.chord_duration_ns))
    return Said("/v2m/chord", (slot.scene_id, *span, slot.chord, slot.root, slot.bass, slot.quality))


def _of_slot(slot: SpokenSlot) -> Saying:
    dynamics = (
        Said("/v2m/velocity", (_s(slot.at_ns), slot.velocity)),
        Said("/v2m/density", (_s(slot.at_ns), slot.density_notes_per_s)),
    )
    return Saying(slot.at_ns, _SLOT, (_chord(slot), *dynamics) if slot.chord else dynamics)


def _of_note(note: SpokenNote) -> Saying:
    args = (note.part, _s(note.at_ns), note.note_id, note.pitch, note.velocity, _s(note.duration_ns))
    return Saying(note.at_ns, _NOTE, (Said("/v2m/note", args),))

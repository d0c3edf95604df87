"""What the player is given: per cue a sorted array of MIDI events and a table of what to say over OSC.

Times are nanoseconds from the first frame of the edit.  At one time, note-offs come first, then controllers, then
note-ons, so that a repeated pitch is never cut by its own predecessor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.harmony import parse_chord
from v2m_bridge.core.routing import Routing, routed_cue
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.wire import WireNote, keyswitches_of, wire_notes

EVENT: Final = np.dtype(
    [
        ("at_ns", "<i8"),
        ("tick", "<i4"),
        ("status", "u1"),
        ("data1", "u1"),
        ("data2", "u1"),
        ("part", "u1"),
        ("note_id", "<i4"),
    ]
)
NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL_CHANGE: Final = 0xB0
PROGRAM_CHANGE: Final = 0xC0
ORDER_AT_ONE_TIME: Final = {NOTE_OFF: 0, PROGRAM_CHANGE: 1, CONTROL_CHANGE: 2, NOTE_ON: 3}
SUSTAINED_PARTS: Final = frozenset({"pad"})
"""Parts that sound again when playing enters the middle of a note; every other part waits for its next onset."""

_AS_COMPOSED: Final = Routing()

Events = NDArray[np.void]


class SpokenNote(NamedTuple):
    """A note as it is announced over OSC."""

    at_ns: int
    part: str
    note_id: int
    pitch: int
    velocity: int
    duration_ns: int


class SpokenSlot(NamedTuple):
    """A slot as it is announced over OSC; `chord` is empty where the chord of the slot before goes on."""

    at_ns: int
    scene_id: str
    chord: str
    root: int
    bass: int
    quality: str
    chord_duration_ns: int
    density_notes_per_s: float
    velocity: int


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """One cue, ready to play."""

    cue: str
    generation: int
    start_ns: int
    end_ns: int
    bar_lines_ns: tuple[int, ...]
    bpm: tuple[tuple[int, float], ...]
    """(at_ns, quarter notes per minute) of each tempo change."""
    events: Events
    notes: tuple[SpokenNote, ...]
    slots: tuple[SpokenSlot, ...]
    parts: tuple[str, ...] = ()
    """Names of the parts that the events number."""
    ports: tuple[str, ...] = ()
    """Port of each part, empty for the ports of every part; without any, all parts go there."""
    delays_ns: tuple[int, ...] = ()
    """How much later than its time in the music each part's events are; without any, none is."""
    keyswitches: tuple[int, ...] = ()
    """Ids of the notes that are keyswitches."""

    def __post_init__(self) -> None:
        if self.events.dtype.names is None:  # a message carries the bytes of the rows without their field names
            object.__setattr__(self, "events", self.events.view(EVENT))
        self.events.setflags(write=False)


def programme_of(
    score: Score, cue: CueMusic, generation: int, *, with_programs: bool = False, routing: Routing = _AS_COMPOSED
) -> Programme:
    """Lay one cue of a score out on the time of the edit.

    Parameters
    ----------
    score : Score
        Gives the rate and the place of the cue.
    cue : CueMusic
        One of its cues.
    generation : int
        Rises with every programme of this cue.
    with_programs : bool
        Whether each part begins with its program change; a DAW keeps the instrument that the user chose, so the
        default is not to.
    routing : Routing
        Channels, registers, keyswitches, controllers, delays and ports of parts.  Events of a delayed part have the
        delay in their time, which may lie before the first frame of the edit; what is said over OSC has not.

    Returns
    -------
    Programme
        Every note-on of the score with its own later note-off; ids count from 1 within the cue, in order of onset.
        MIDI knows one note per channel and pitch: a note ends where the next of its pitch begins on its channel, and
        notes that begin together on one pitch of one channel are one note, as long and loud as the greatest.
    """
    start_ns = score.cue_start_ns(cue)
    end_ns = score.frame_time(cue.out_frame).ns
    cue = routed_cue(cue, routing)
    routes = [routing.of(part.name) for part in cue.parts]
    rows = list(_control_rows(cue, start_ns, with_programs=with_programs))
    notes: list[SpokenNote] = []
    wire = wire_notes(cue, start_ns, end_ns, [route.port for route in routes])
    for note_id, note in enumerate(wire, start=1):
        rows += _note_rows(note, note_id)
        name = cue.parts[note.part].name
        notes.append(SpokenNote(note.on_ns, name, note_id, note.pitch, note.velocity, note.off_ns - note.on_ns))
    switches = keyswitches_of(cue, wire, [route.keyswitch for route in routes])
    for note_id, note in enumerate(switches, start=len(wire) + 1):
        rows += _note_rows(note, note_id)
    delays = tuple(route.delay_ns for route in routes)
    rows = [(row[0] + delays[row[5]], *row[1:]) for row in rows]
    n_notes = len(wire)
    rows.sort(key=lambda row: (row[0], ORDER_AT_ONE_TIME[row[2] & 0xF0], row[6] <= n_notes, row[5], row[3], row[6]))
    return Programme(
        cue=cue.number,
        generation=generation,
        start_ns=start_ns,
        end_ns=end_ns,
        bar_lines_ns=tuple(start_ns + cue.tempo.ns_at(tick) for tick in cue.tempo.bar_lines(cue.end_tick)),
        bpm=tuple((start_ns + cue.tempo.ns_at(c.tick), 60e6 / c.us_per_quarter) for c in cue.tempo.tempi),
        events=np.array(rows, dtype=EVENT),
        notes=tuple(notes),
        slots=_spoken_slots(cue, start_ns, end_ns),
        parts=tuple(part.name for part in cue.parts),
        ports=tuple(route.port for route in routes),
        delays_ns=delays,
        keyswitches=tuple(range(n_notes + 1, n_notes + 1 + len(switches))),
    )


_Row = tuple[int, int, int, int, int, int, int]


def _control_rows(cue: CueMusic, start_ns: int, *, with_programs: bool) -> Iterator[_Row]:
    for index, part in enumerate(cue.parts):
        channel = part.channel - 1
        if with_programs:
            yield (start_ns, 0, PROGRAM_CHANGE | channel, part.program, 0, index, 0)
        for control in part.controls:
            at_ns = start_ns + cue.tempo.ns_at(control.tick)
            yield (at_ns, control.tick, CONTROL_CHANGE | channel, control.controller, control.value, index, 0)


def _note_rows(note: WireNote, note_id: int) -> tuple[_Row, _Row]:
    on, off = NOTE_ON | note.channel, NOTE_OFF | note.channel
    return (
        (note.on_ns, note.on_tick, on, note.pitch, note.velocity, note.part, note_id),
        (note.off_ns, note.off_tick, off, note.pitch, 0, note.part, note_id),
    )


def _spoken_slots(cue: CueMusic, start_ns: int, end_ns: int) -> tuple[SpokenSlot, ...]:
    velocities = _slot_velocities(cue)
    spoken: list[SpokenSlot] = []
    ends = [start_ns + cue.tempo.ns_at(slot.onset_tick) for slot in cue.slots[1:]] + [end_ns]
    chord_end = end_ns
    for index in range(len(cue.slots) - 1, -1, -1):
        slot = cue.slots[index]
        at_ns = start_ns + cue.tempo.ns_at(slot.onset_tick)
        if index + 1 < len(cue.slots) and cue.slots[index + 1].chord != slot.chord:
            chord_end = ends[index]
        begins = index == 0 or cue.slots[index - 1].chord != slot.chord
        chord = parse_chord(slot.chord)
        bass = chord.bass_pitch_class
        spoken.append(
            SpokenSlot(
                at_ns,
                slot.scene_id,
                slot.chord if begins else "",
                -1 if chord.root is None else chord.root,
                -1 if bass is None else bass,
                "N" if chord.root is None else chord.quality,
                chord_end - at_ns if begins else 0,
                slot.density_notes_per_s,
                velocities[index],
            )
        )
    return tuple(reversed(spoken))


def _slot_velocities(cue: CueMusic) -> list[int]:
    """Mean velocity of the notes that begin in each slot, rounded; 0 where none does."""
    onsets = np.array([slot.onset_tick for slot in cue.slots])
    sums, counts = np.zeros(len(onsets)), np.zeros(len(onsets))
    for part in cue.parts:
        for note in part.notes:
            index = int(np.searchsorted(onsets, note.onset_tick, side="right")) - 1
            sums[index] += note.velocity
            counts[index] += 1
    return [round(total / count) if count else 0 for total, count in zip(sums, counts, strict=True)]

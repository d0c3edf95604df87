"""How a cue goes over into the next one: a tone that both chords hold sounds on over the join.

Cues overlap nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from v2m_bridge.arrange.splice import until
from v2m_bridge.core.harmony import parse_chord
from v2m_bridge.core.programme import SUSTAINED_PARTS
from v2m_bridge.core.score import CueMusic

SEGUE = "segue"


class _Held(NamedTuple):
    """A note that sounds at the out; the best one to hold on is the greatest."""

    is_struck_next: bool
    """Whether the next cue begins with this very pitch, in another part or channel."""
    is_sustained: bool
    pitch: int
    part: int
    note: int


def over_joins(cues: Sequence[CueMusic], endings: Mapping[str, str | None]) -> tuple[CueMusic, ...]:
    """Let each cue that ends in a segue sound on into a cue that follows it at once.

    One note that sounds to the out, of a pitch class that the first chord of the next cue holds, lasts a beat longer,
    or as long as that chord where it is shorter.  Where the two share no tone, or every one of them is struck anew on
    its own channel, nothing sounds on.

    Parameters
    ----------
    cues : sequence of CueMusic
        In order of time.
    endings : mapping of str to str or None
        By the number of the cue.
    """
    joined = [without_tail(cue) for cue in cues]
    for index, (cue, after) in enumerate(pairwise(joined)):
        if endings.get(cue.number) == SEGUE and after.in_frame == cue.out_frame:
            joined[index] = _sounding_on(cue, after)
    return tuple(joined)


def without_tail(cue: CueMusic) -> CueMusic:
    """Return a cue of which nothing lasts past its end."""
    if all(note.onset_tick + note.length_ticks <= cue.end_tick for part in cue.parts for note in part.notes):
        return cue
    return replace(cue, parts=until(cue.parts, cue.end_tick))


def _sounding_on(cue: CueMusic, after: CueMusic) -> CueMusic:
    chord = parse_chord(after.slots[0].chord)
    if chord.root is None:
        return cue
    beat = cue.tempo.meter_at(cue.end_tick - 1).ticks_per_beat
    room_ns = after.tempo.ns_at(after.slots[0].onset_tick + after.slots[0].length_ticks)
    tail = min(beat, cue.tempo.tick_at_ns(cue.tempo.ns_at(cue.end_tick) + room_ns) - cue.end_tick)
    best = max(_candidates(cue, after, {*chord.pitch_classes}), default=None)
    if best is None or tail <= 0:
        return cue
    part = cue.parts[best.part]
    held = part.notes[best.note]
    longer = held._replace(length_ticks=cue.end_tick + tail - held.onset_tick)
    notes = (*part.notes[: best.note], longer, *part.notes[best.note + 1 :])
    parts = (*cue.parts[: best.part], replace(part, notes=notes), *cue.parts[best.part + 1 :])
    return replace(cue, parts=parts)


def _candidates(cue: CueMusic, after: CueMusic, shared: set[int]) -> Iterator[_Held]:
    """Yield what may sound on: on its channel the next cue strikes no such pitch in its first slot."""
    first_slot_end = after.slots[0].onset_tick + after.slots[0].length_ticks
    begun = {(p.channel, n.pitch) for p in after.parts for n in p.notes if n.onset_tick < first_slot_end}
    pitches = {pitch for _, pitch in begun}
    for index, part in enumerate(cue.parts):
        for place, note in enumerate(part.notes):
            ends_on_out = note.onset_tick + note.length_ticks == cue.end_tick
            if ends_on_out and note.pitch % 12 in shared and (part.channel, note.pitch) not in begun:
                yield _Held(note.pitch in pitches, part.name in SUSTAINED_PARTS, note.pitch, index, place)

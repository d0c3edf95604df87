"""The notes of a cue as MIDI can say them: one at a time on each pitch of each channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from v2m_bridge.core.routing import KEYSWITCH_AHEAD_NS, KEYSWITCH_NS, KEYSWITCH_VELOCITY
from v2m_bridge.core.score import CueMusic

SHORTEST_NOTE_NS: Final = 1_000_000


class WireNote(NamedTuple):
    """A note as it goes over the wire, in the order of onset."""

    on_ns: int
    on_tick: int
    part: int
    pitch: int
    off_ns: int
    off_tick: int
    channel: int
    velocity: int


def wire_notes(cue: CueMusic, start_ns: int, end_ns: int, ports: Sequence[str]) -> list[WireNote]:
    """Every note as MIDI can say it: one at a time on each pitch of each channel, none past the end but a tail.

    Parameters
    ----------
    cue : CueMusic
    start_ns, end_ns : int
        Of the cue, from the first frame of the edit.
    ports : sequence of str
        Port of each part; each has channels of its own.
    """
    wire: list[WireNote] = []
    open_at: dict[tuple[str, int, int], int] = {}
    for note in sorted(_written_notes(cue, start_ns, end_ns)):
        key = (ports[note.part], note.channel, note.pitch)
        earlier = open_at.get(key)
        if earlier is not None and wire[earlier].on_ns == note.on_ns:
            off_ns, off_tick = max(wire[earlier][4:6], note[4:6])
            velocity = max(wire[earlier].velocity, note.velocity)
            wire[earlier] = wire[earlier]._replace(off_ns=off_ns, off_tick=off_tick, velocity=velocity)
            continue
        if earlier is not None and wire[earlier].off_ns > note.on_ns:
            wire[earlier] = wire[earlier]._replace(off_ns=note.on_ns, off_tick=note.on_tick)
        open_at[key] = len(wire)
        wire.append(note)
    return wire


def keyswitches_of(cue: CueMusic, notes: list[WireNote], keys: list[int | None]) -> list[WireNote]:
    """Strike the keyswitch of each part that plays a little before its first note."""
    found = []
    for index, key in enumerate(keys):
        first = min((note for note in notes if note.part == index), default=None)
        if key is not None and first is not None:
            on_ns = first.on_ns - KEYSWITCH_AHEAD_NS
            channel = cue.parts[index].channel - 1
            place = (first.on_tick, index, key, on_ns + KEYSWITCH_NS, first.on_tick)
            found.append(WireNote(on_ns, *place, channel, KEYSWITCH_VELOCITY))
    return found


def _written_notes(cue: CueMusic, start_ns: int, end_ns: int) -> Iterator[WireNote]:
    for index, part in enumerate(cue.parts):
        for note in part.notes:
            off_tick = note.onset_tick + note.length_ticks
            on_ns = start_ns + cue.tempo.ns_at(note.onset_tick)
            off_ns = start_ns + cue.tempo.ns_at(off_tick)
            if off_tick <= cue.end_tick or note.onset_tick >= cue.end_tick:
                off_ns = min(end_ns, off_ns)
            off_ns = max(on_ns + SHORTEST_NOTE_NS, off_ns)
            yield WireNote(on_ns, note.onset_tick, index, note.pitch, off_ns, off_tick, part.channel - 1, note.velocity)

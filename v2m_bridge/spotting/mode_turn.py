"""Where a cue turns from minor to major or back by itself: once at most, at the start of a phrase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from v2m_bridge.core.affect import CONFIDENT
from v2m_bridge.core.cue import Cue, HitKind, Need
from v2m_bridge.core.harmony import Key, Mode
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.timebase import NS_PER_S, TempoMap
from v2m_bridge.spotting.affect import affect_between
from v2m_bridge.spotting.grid import hits_by_slot
from v2m_bridge.spotting.resample import Picture

LEAST_PART_NS: Final = 16 * NS_PER_S
"""Both parts of a cue that turns last at least this long."""
LEAST_STEP: Final = 0.5
"""Least distance between the valences of the two parts, which lie on both sides of 0."""
PHRASE_BARS: Final = 4
_RELATIVE: Final = 3
"""Semitones from the tonic of a minor key up to that of the major key with the same notes."""


class ValenceStep(NamedTuple):
    """The phrase start that parts a cue best: a slot, and the valence before and from it on."""

    slot: int
    before: float
    after: float


def phrase_slots(slots: Sequence[Slot], hits: Sequence[PlannedHit]) -> tuple[int, ...]:
    """Return the first slot of each phrase: four bars, begun anew in a bar where a change must be met and is."""
    changes = [each for each in hits if each.met and each.hit.need is Need.MUST and each.hit.kind is HitKind.CHANGE]
    begun = {slots[index].bar for index in hits_by_slot(slots, changes)}
    found: list[int] = []
    count, last_bar = -1, -1
    for index, slot in enumerate(slots):
        if slot.bar == last_bar:
            continue
        last_bar = slot.bar
        count = 0 if slot.bar in begun else count + 1
        if count % PHRASE_BARS == 0:
            found.append(index)
    return tuple(found)


def valence_step(
    picture: Picture, cue: Cue, slots: Sequence[Slot], tempo: TempoMap, hits: Sequence[PlannedHit], first_slot: int = 0
) -> ValenceStep | None:
    """Find where valence changes sides for good, or None.

    Each part lasts 16 s, is as sure as a word of emotion must be (0.3), and their pooled valences lie on both sides of
    0 and half the way from the middle to an extreme apart.  Of several such phrase starts the one with the largest step
    wins, the earliest of equals.

    Parameters
    ----------
    picture : Picture
    cue : Cue
    slots, tempo, hits
        The grid of the cue.
    first_slot : int
        No phrase start before this slot is looked at.
    """
    best: ValenceStep | None = None
    for index in phrase_slots(slots, hits):
        at_ns = cue.start.ns + tempo.ns_at(slots[index].onset_tick)
        if index < first_slot or min(at_ns - cue.start.ns, cue.end.ns - at_ns) < LEAST_PART_NS:
            continue
        (before, sure, _), (after, sure_after, _) = (
            affect_between(picture, *span) for span in ((cue.start.ns, at_ns), (at_ns, cue.end.ns))
        )
        step = round(abs(after.valence - before.valence), 6)
        turns = before.valence * after.valence < 0 and step >= LEAST_STEP and min(sure, sure_after) >= CONFIDENT
        if turns and (best is None or step > abs(best.after - best.before)):
            best = ValenceStep(index, before.valence, after.valence)
    return best


def relative_key(key: Key) -> Key:
    """Return the key of the other mode with the same notes: C major for A minor."""
    mode: Mode = "major" if key.mode == "minor" else "minor"
    return Key((key.tonic + (_RELATIVE if key.mode == "minor" else -_RELATIVE)) % 12, mode)

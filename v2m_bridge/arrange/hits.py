"""Hit points as the players read them: where they must strike, where they rest, what is accented."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from v2m_bridge.core.cue import HitKind, Need
from v2m_bridge.core.plan import CuePlan, PlannedHit

_ACCENT_SHARE: Final = {Need.MUST: 1.0, Need.MAY: 0.5, Need.SKIP: 0.0}
_ACCENTED: Final = frozenset({HitKind.ACCENT, HitKind.CHANGE, HitKind.STOP})


@dataclass(frozen=True, slots=True)
class SlotHits:
    """What the hits of a bar ask of one of its slots."""

    must_strike: tuple[int, ...]
    """Ticks inside the slot at which something must be struck."""
    rests_after: int | None
    """The music stops at this tick of the bar: after it nothing is struck until the bar ends or the chord changes."""


def met_hits(plan: CuePlan) -> tuple[PlannedHit, ...]:
    """Return the hits that the music meets inside the cue, in order of time."""
    hits = (hit for hit in plan.hits if hit.met and hit.hit.need is not Need.SKIP and 0 <= hit.tick < plan.end_tick)
    return tuple(sorted(hits, key=lambda hit: hit.tick))


def hits_by_slot(plan: CuePlan) -> tuple[SlotHits, ...]:
    """Return what the hits that must be met ask of each slot, (T,)."""
    must = [hit for hit in met_hits(plan) if hit.hit.need is Need.MUST]
    rows: list[SlotHits] = []
    for _, group in groupby(plan.slots, key=lambda slot: slot.bar):
        members = list(group)
        inside = [hit for hit in must if members[0].onset_tick <= hit.tick < members[-1].end_tick]
        stop = next((hit.tick for hit in inside if hit.hit.kind is HitKind.STOP), None)
        for slot in members:
            ticks = sorted({hit.tick for hit in inside if slot.onset_tick <= hit.tick < slot.end_tick})
            rows.append(SlotHits(tuple(ticks), stop))
    return tuple(rows)


def phrase_starts(plan: CuePlan) -> frozenset[int]:
    """Return the bars in which a phrase begins because a change must be met there."""
    changes = [hit.tick for hit in met_hits(plan) if hit.hit.need is Need.MUST and hit.hit.kind is HitKind.CHANGE]
    return frozenset(slot.bar for slot in plan.slots for tick in changes if slot.onset_tick <= tick < slot.end_tick)


def accents(plan: CuePlan, strongest: float) -> dict[int, float]:
    """Return the velocity added at the ticks of accents, changes and stops; half of it where the hit is a `may`.

    While somebody speaks nothing is accented.
    """
    found: dict[int, float] = {}
    spoken = [plan.slots[index] for index in sorted(plan.spoken)]
    for hit in met_hits(plan):
        is_spoken = any(slot.onset_tick <= hit.tick < slot.end_tick for slot in spoken)
        if hit.hit.kind in _ACCENTED and not is_spoken:
            found[hit.tick] = max(found.get(hit.tick, 0.0), strongest * _ACCENT_SHARE[hit.hit.need])
    return found

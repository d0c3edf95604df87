"""The grid of a cue: where it ends in ticks, its slots, and the scene that owns each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import Need
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.slots import Slot, slots_of
from v2m_bridge.core.timebase import TempoMap, Ticks


def last_tick(tempo: TempoMap, length_ns: int) -> Ticks:
    """Return the last tick at or before a time from the start of the cue."""
    tick = int(tempo.tick_at_ns(length_ns))
    while tempo.ns_at(tick) > length_ns:
        tick -= 1
    while tempo.ns_at(tick + 1) <= length_ns:
        tick += 1
    return Ticks(tick)


def end_of(tempo: TempoMap, length_ns: int) -> Ticks:
    """Return the end of the cue in ticks: its last tick, or the bar line less than a quarter of a beat before that."""
    end_tick = last_tick(tempo, length_ns)
    lines = [line for line in tempo.bar_lines(end_tick) if line > 0]
    return lines[-1] if lines and end_tick - lines[-1] < _shortest(tempo, end_tick) else end_tick


def grid_of(tempo: TempoMap, length_ns: int) -> tuple[Ticks, tuple[Slot, ...]]:
    """Return the end of the cue in ticks and the slots that tile it.

    A last fragment shorter than a quarter of a beat makes the slot before it longer.  Where a bar line parts the two,
    the music ends on the bar line instead, so that every bar line stays the start of a slot.
    """
    end_tick = end_of(tempo, length_ns)
    return end_tick, slots_of(tempo, end_tick, shortest_ticks=_shortest(tempo, end_tick))


def _shortest(tempo: TempoMap, end_tick: int) -> int:
    return tempo.meter_at(end_tick - 1).ticks_per_beat // 4


def spans_of(slots: tuple[Slot, ...], tempo: TempoMap, start_ns: int) -> I64:
    """(T, 2) start and end of each slot in nanoseconds from the first frame of the edit."""
    return np.array(
        [(start_ns + tempo.ns_at(slot.onset_tick), start_ns + tempo.ns_at(slot.end_tick)) for slot in slots],
        dtype=np.int64,
    )


def hits_by_slot(slots: Sequence[Slot], hits: Sequence[PlannedHit]) -> dict[int, list[PlannedHit]]:
    """Return the hits on the beats of each slot that has any, by index; those beyond the slots are left out."""
    onsets = [slot.onset_tick for slot in slots]
    found: dict[int, list[PlannedHit]] = {}
    for each in hits:
        index = bisect_right(onsets, each.tick) - 1
        if index >= 0 and each.tick < slots[index].end_tick:
            found.setdefault(index, []).append(each)
    return found


def struck_slots(slots: Sequence[Slot], hits: Sequence[PlannedHit]) -> frozenset[int]:
    """Return the slots that begin with a must that is met."""
    met = {each.tick for each in hits if each.met and each.hit.need is Need.MUST}
    return frozenset(index for index, slot in enumerate(slots) if slot.onset_tick in met)


def owners_of(spans_ns: I64, scene_edges_ns: I64) -> I64:
    """Return the scene on screen for the larger part of each slot, the earlier of equals.

    Parameters
    ----------
    spans_ns : (T, 2) int64
    scene_edges_ns : (S + 1,) int64
        First frame of each scene, and the end of the edit.

    Returns
    -------
    (T,) int64
        Index of a scene.  A scene that lasts at least as long as the longest slot owns a slot.
    """
    last = len(scene_edges_ns) - 2
    first = np.clip(np.searchsorted(scene_edges_ns, spans_ns[:, 0], side="right") - 1, 0, last)
    stop = np.clip(np.searchsorted(scene_edges_ns, spans_ns[:, 1], side="left"), first + 1, last + 1)
    owners = first.copy()
    for slot in np.flatnonzero(stop > first + 1):
        a, b = first[slot], stop[slot]
        inside = np.clip(scene_edges_ns[a : b + 1], spans_ns[slot, 0], spans_ns[slot, 1])
        owners[slot] = a + int(np.argmax(np.diff(inside)))
    return owners

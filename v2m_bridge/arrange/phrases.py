"""Phrases: bars counted from the start of a cue, and anew where a change must be met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from v2m_bridge.arrange.hits import met_hits, phrase_starts
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import NS_PER_S

_PHRASE_BARS: Final = (4, 2, 1)
_LONGEST_PHRASE_NS: Final = 8 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as the layout of parts sees it."""

    first_slot: int
    end_slot: int
    start_ns: int
    end_ns: int
    opens_phrase: bool
    """Whether parts may come and go here: every four bars, every two or each where four last longer than 8 s."""
    is_hit: bool
    """Whether a hit is met in it."""


def in_phrase(plan: CuePlan, curve: Sequence[float], bars: int = 1) -> list[float]:
    """Return each slot's value of a curve over the bars of a phrase, (T,); each value lasts for some `bars`."""
    starts = phrase_starts(plan)
    found: list[float] = []
    count = -1
    for bar, group in groupby(plan.slots, key=lambda slot: slot.bar):
        count = 0 if bar in starts else count + 1
        found += [curve[count // bars % len(curve)]] * len(list(group))
    return found


def phrase_bars(plan: CuePlan) -> tuple[Bar, ...]:
    """Return the bars of a cue; each depends on itself and earlier ones only."""
    starts, hits = phrase_starts(plan), [hit.tick for hit in met_hits(plan)]
    found: list[Bar] = []
    count, length = -1, 1
    for bar, group in groupby(enumerate(plan.slots), key=lambda pair: pair[1].bar):
        members = list(group)
        first, last = members[0][1], members[-1][1]
        start_ns, end_ns = plan.tempo.ns_at(first.onset_tick), plan.tempo.ns_at(last.end_tick)
        count = 0 if bar in starts else count + 1
        if count % length == 0:
            bar_ns = plan.tempo.ns_at(first.onset_tick + plan.tempo.meter_at(first.onset_tick).ticks_per_bar) - start_ns
            count = 0
            length = next((bars for bars in _PHRASE_BARS if bars * bar_ns <= _LONGEST_PHRASE_NS), 1)
        is_hit = any(first.onset_tick <= tick < last.end_tick for tick in hits)
        found.append(Bar(members[0][0], members[-1][0] + 1, start_ns, end_ns, count == 0, is_hit))
    return tuple(found)

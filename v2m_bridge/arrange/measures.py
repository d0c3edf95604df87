"""Bars as a melody counts them: in phrases of four, anew where a change must be met, a pickup before the first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from v2m_bridge.arrange.hits import phrase_starts
from v2m_bridge.core.plan import CuePlan

PHRASE_BARS: Final = 4


@dataclass(frozen=True, slots=True)
class SungBar:
    """A bar of a cue."""

    index: int
    """0-based; a pickup is -1."""
    in_phrase: int
    """Bars since a phrase began; -1 in a pickup."""
    first_slot: int
    end_slot: int
    start_tick: int
    end_tick: int

    @property
    def opens_phrase(self) -> bool:
        """Whether a phrase of four bars begins here."""
        return self.in_phrase >= 0 and self.in_phrase % PHRASE_BARS == 0

    @property
    def ends_phrase(self) -> bool:
        """Whether a phrase of four bars ends with this one, as far as one knows before the next."""
        return self.in_phrase % PHRASE_BARS == PHRASE_BARS - 1


def sung_bars(plan: CuePlan) -> tuple[SungBar, ...]:
    """Return the bars of a cue; each depends on its own hits and on earlier ones."""
    starts = phrase_starts(plan)
    found: list[SungBar] = []
    index = count = -1
    for bar, group in groupby(enumerate(plan.slots), key=lambda pair: pair[1].bar):
        members = list(group)
        first, last = members[0], members[-1]
        if found or not plan.tempo.pickup_ticks:
            count = 0 if bar in starts else count + 1
            index += 1
        found.append(SungBar(index, count, first[0], last[0] + 1, first[1].onset_tick, last[1].end_tick))
    return tuple(found)

"""Breaths: at the end of a phrase of four bars everybody stops for a moment, also the pad.

Which phrases end so is drawn from the seed.  Nobody breathes under speech, in a statement of a theme, or in the ending.
"""

from __future__ import annotations

from typing import Final

from v2m_bridge.arrange.draws import BREATHS, drawn
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.measures import sung_bars
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.arrange.theme import statements_of
from v2m_bridge.core.plan import CuePlan

_LONGEST_NS: Final = 600_000_000


def breaths_of(plan: CuePlan, style: Style, ending: Ending) -> tuple[int | None, ...]:
    """Return for each slot the tick from which its bar is silent, (T,), None where it is not.

    A breath lasts for a beat, 0.6 s or half of the last slot of its bar, whichever is least.  Row t depends on the
    bars up to its own and on the draws of its bar only.
    """
    found: list[int | None] = [None] * len(plan.slots)
    if style.breaths == 0:
        return tuple(found)
    stated = [(each.start_tick, each.end_tick) for each in statements_of(plan)]
    bars = sung_bars(plan)
    for bar, chance in zip(bars, drawn(plan, BREATHS, len(bars)).tolist(), strict=True):
        slots = range(bar.first_slot, bar.end_slot)
        is_sung = any(start < bar.end_tick and bar.start_tick < end for start, end in stated)
        if not bar.ends_phrase or chance >= style.breaths or is_sung or slots[-1] >= ending.first_slot:
            continue
        if not plan.spoken.isdisjoint(slots):
            continue
        beat = plan.tempo.meter_at(bar.start_tick).ticks_per_beat
        latest = plan.tempo.tick_at_ns(plan.tempo.ns_at(bar.end_tick) - _LONGEST_NS) + 1
        start = max(bar.end_tick - beat, latest, bar.end_tick - plan.slots[slots[-1]].length_ticks // 2)
        for index in slots:
            found[index] = start
    return tuple(found)

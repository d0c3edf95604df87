"""Controller curves: the dynamics of parts whose notes are held."""

from __future__ import annotations

from typing import Final

from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.sheet import Sheet
from v2m_bridge.core.score import ControlChange

_LOW: Final = 44
_HIGH: Final = 112
_STEPS_PER_SLOT: Final = 4
_RING_END_SHARE: Final = 0.4


def controls(part_index: int, sheet: Sheet) -> tuple[ControlChange, ...]:
    """Return the controller curve of a part: in each slot from the loudness before it to its own, in four steps.

    Every slot in which the part plays begins with a value of its own, so that passages can be exchanged.  Under the
    last chord the curve falls.
    """
    part = sheet.style.parts[part_index]
    if part.controller is None:
        return ()
    found: list[ControlChange] = []
    before = sheet.performance.loudness_share[0]
    for index, slot in enumerate(sheet.plan.slots):
        target = sheet.performance.loudness_share[index]
        if sheet.tones(part_index, index):
            last = None
            for step in range(min(_STEPS_PER_SLOT, slot.length_ticks)):
                tick = slot.onset_tick + slot.length_ticks * step // _STEPS_PER_SLOT
                share = before + (target - before) * (step + 1) / _STEPS_PER_SLOT
                value = round(_LOW + (_HIGH - _LOW) * share * _ring_share(tick, sheet.ending))
                value = round(value * sheet.entry.fade_share(tick) * sheet.ending.fade_share(tick))
                if value != last:
                    found.append(ControlChange(tick, part.controller, value))
                last = value
        before = target
    return tuple(found)


def _ring_share(tick: int, ending: Ending) -> float:
    if tick <= ending.start_tick or not ending.falls:
        return 1.0
    rung = (tick - ending.start_tick) / (ending.end_tick - ending.start_tick)
    return 1 - (1 - _RING_END_SHARE) * rung

"""How a cue begins.

``downbeat``
    The default: everybody who plays begins with the first beat.
``pickup``
    The first bar is silent up to its last beat, in which the leading part leads into the second bar.  Where the grid
    has a pickup of its own, the leading part plays it alone.
``fade``
    From nothing, over the first four bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from v2m_bridge.arrange.style_data import Style
from v2m_bridge.core.direction import ENTRIES
from v2m_bridge.core.plan import CuePlan

_FADE_BARS: Final = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """Where and how a cue begins."""

    kind: str
    end_tick: int
    """End of the first bar, or of the fade."""
    leader: int
    """Part that leads in: the one that plays at any intensity."""
    upbeat_tick: int
    """Last beat of the first bar."""

    def is_waiting(self, part_index: int, tick: int) -> bool:
        """Whether a part has not begun yet."""
        waits = self.kind == "pickup" and tick < self.end_tick
        return waits and (part_index != self.leader or tick < self.upbeat_tick)

    def fade_share(self, tick: int) -> float:
        """Return how much of its strength the music has at a tick, 0..1."""
        return min(1.0, tick / self.end_tick) if self.kind == "fade" else 1.0


def entry_of(plan: CuePlan, style: Style) -> Entry:
    """Return the entry of a cue; it depends on the grid of its first bars only."""
    kind = plan.wishes.entry or ENTRIES[0]
    bars = sorted({slot.bar for slot in plan.slots})[: _FADE_BARS if kind == "fade" else 1]
    inside = [slot for slot in plan.slots if slot.bar in bars]
    end = inside[-1].end_tick
    leader = min(range(len(style.parts)), key=lambda index: (style.parts[index].enters_at, index))
    upbeat = 0 if plan.tempo.pickup_ticks else max(0, end - plan.tempo.meter_at(0).ticks_per_beat)
    return Entry(kind if len(plan.slots) > len(inside) else ENTRIES[0], end, leader, upbeat)

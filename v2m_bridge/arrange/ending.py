"""How a cue ends: its last chord is struck about a bar before the end and rings out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from v2m_bridge.core.plan import CuePlan

_RING_BEATS: Final = 3
_RING_NS: Final = 1_500_000_000
_FALL_BARS: Final = 2


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a cue ends; it depends on the grid of the cue only, never on chords or affect."""

    first_slot: int
    """Slot at whose start the last chord is struck."""
    start_tick: int
    fall_tick: int
    """From here the music becomes softer towards `start_tick`."""
    last_onset_tick: int
    """No chord is struck from here on: the last beat rings."""
    end_tick: int


def ending_of(plan: CuePlan) -> Ending:
    """Return the ending of a cue: its last bar, or its last two where one is shorter than three beats or 1.5 seconds.

    Two bars at most, so that a passage of the last bar and the one before it always holds the whole ending.  A caller
    that composes chords does well to keep one chord from `first_slot` to the end of the cue.
    """
    starts = [i for i, slot in enumerate(plan.slots) if i == 0 or slot.bar != plan.slots[i - 1].bar]
    end = plan.end_tick
    beat = plan.tempo.meter_at(end - 1).ticks_per_beat
    first = starts[-1] if _rings_long_enough(plan, plan.slots[starts[-1]].onset_tick, beat) else starts[-2:][0]
    start = plan.slots[first].onset_tick
    fall = start - _FALL_BARS * plan.tempo.meter_at(start).ticks_per_bar
    return Ending(first, start, max(0, fall), end - beat, end)


def _rings_long_enough(plan: CuePlan, start: int, beat: int) -> bool:
    ring_ns = plan.tempo.ns_at(plan.end_tick) - plan.tempo.ns_at(start)
    return plan.end_tick - start >= _RING_BEATS * beat and ring_ns >= _RING_NS

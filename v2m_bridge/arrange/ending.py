"""How a cue ends: by default its last chord is struck about a bar before the end and rings out.

``ring``
    The default.
``open``
    The same on the dominant: nothing is resolved.
``fade``
    The figures go on until a beat before the end, and become softer to nothing over the last four bars.
``cut``
    The figures go on until a beat before the end, and everything stops on the out.
``segue``
    The same on the dominant, without becoming softer: it leads into what comes next.
``button``
    The figures go on, everything stops a beat before the out, and one chord is struck on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from v2m_bridge.core.cue import EARLIEST_HIT_NS
from v2m_bridge.core.direction import ENDINGS
from v2m_bridge.core.plan import CuePlan

_RING_BEATS: Final = 3
_RING_NS: Final = 1_500_000_000
_FALL_BARS: Final = 2
_FADE_BARS: Final = 4


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
    kind: str = ENDINGS[0]
    button_tick: int | None = None
    """Where the chord of a button is struck: in the last 10 ms, so that it meets a hit on the frame of the out."""
    fade_tick: int = 0
    """From here a fade goes to nothing."""

    @property
    def plays_on(self) -> bool:
        """Whether figures go on under the last chord."""
        return self.kind in ("fade", "cut", "segue", "button")

    @property
    def is_open(self) -> bool:
        """Whether the last chord is the dominant."""
        return self.kind in ("open", "segue")

    @property
    def falls(self) -> bool:
        """Whether the music becomes softer towards its last chord, and under it."""
        return self.kind in ("ring", "open")

    def fade_share(self, tick: int) -> float:
        """Return how much of its strength the music has at a tick, 0..1."""
        if self.kind != "fade" or tick <= self.fade_tick:
            return 1.0
        return max(0.0, (self.end_tick - tick) / (self.end_tick - self.fade_tick))


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
    kind = plan.wishes.ending or ENDINGS[0]
    fade = plan.slots[starts[-_FADE_BARS:][0]].onset_tick
    button = max(plan.tempo.tick_at_ns(plan.tempo.ns_at(end) + EARLIEST_HIT_NS) + 1, 0) if kind == "button" else None
    return Ending(first, start, max(0, fall), end - beat, end, kind, button, fade)


def _rings_long_enough(plan: CuePlan, start: int, beat: int) -> bool:
    ring_ns = plan.tempo.ns_at(plan.end_tick) - plan.tempo.ns_at(start)
    return plan.end_tick - start >= _RING_BEATS * beat and ring_ns >= _RING_NS

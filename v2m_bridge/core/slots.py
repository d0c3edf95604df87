"""The grid on which chords can change: steps of two beats where the bar allows, never across a bar line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from v2m_bridge.core.timebase import Meter, TempoMap, Ticks


@dataclass(frozen=True, slots=True)
class Slot:
    """One step of the model: onset and length in ticks from the start of the cue, and the bar that it lies in."""

    onset_tick: int
    length_ticks: int
    bar: int
    """0-based count of bars; a pickup is bar 0 where there is one."""

    @property
    def end_tick(self) -> Ticks:
        """First tick after the slot."""
        return Ticks(self.onset_tick + self.length_ticks)


def beats_per_slot(meter: Meter) -> tuple[int, ...]:
    """Split a bar into slots: 4/4 = 2+2, 3/4 = 3, 2/4 = 2, 5/4 = 3+2, 6/8 = 3+3, 1/4 = 1."""
    if meter.unit >= 8 and meter.beats % 3 == 0:
        return (3,) * (meter.beats // 3)
    if meter.beats % 2 == 0:
        return (2,) * (meter.beats // 2)
    if meter.beats == 1:
        return (1,)
    return (3, *(2,) * ((meter.beats - 3) // 2))


def slots_of(tempo: TempoMap, end_tick: int, *, shortest_ticks: int = 0) -> tuple[Slot, ...]:
    """Tile ``[0, end_tick)`` with slots.

    A pickup and a cue that ends off the bar give slots of one beat (and a shorter last one) where two beats do not fit.
    Every bar line is a slot start.  A last fragment of a beat that is shorter than `shortest_ticks` makes the slot
    before it longer, where both lie in one bar.
    """
    if end_tick <= 0:
        return ()
    lines = list(tempo.bar_lines(end_tick))
    edges = sorted({0, *lines, end_tick})
    slots: list[Slot] = []
    for bar, (start, stop) in enumerate(pairwise(edges)):
        meter = tempo.meter_at(start)
        if stop - start == meter.ticks_per_bar:
            lengths = [beats * meter.ticks_per_beat for beats in beats_per_slot(meter)]
        else:
            whole, rest = divmod(stop - start, meter.ticks_per_beat)
            lengths = [meter.ticks_per_beat] * whole + ([rest] if rest else [])
            if start == 0 and rest and tempo.pickup_ticks:
                lengths.reverse()
            elif whole and 0 < rest < shortest_ticks:
                lengths[-2:] = [lengths[-2] + rest]
        onset = start
        for length in lengths:
            slots.append(Slot(onset, length, bar))
            onset += length
    return tuple(slots)

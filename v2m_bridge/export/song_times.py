"""Where the tempo and the meter of a song map change, in ticks and in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from v2m_bridge.core.song_map import MeterAt, SongMap
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Turn:
    """From `tick` on this tempo holds; `meter` is None where it stays what it was."""

    tick: int
    at_s: Fraction
    """Exact."""
    bpm: float
    meter: MeterAt | None


def turns_of(song: SongMap) -> list[Turn]:
    """Return every place where tempo or meter change, in order; the first is at tick 0 and has both."""
    tempi = {change.tick: change.us_per_quarter for change in song.tempo.tempi}
    meters = {meter.tick: meter for meter in song.meters}
    turns: list[Turn] = []
    at_us, tick, us = Fraction(0), 0, tempi[0]
    for place in sorted(tempi.keys() | meters.keys()):
        at_us += Fraction((place - tick) * us, TICKS_PER_QUARTER)
        tick, us = place, tempi.get(place, us)
        turns.append(Turn(place, at_us * 60 / US_PER_MINUTE, US_PER_MINUTE / us, meters.get(place)))
    return turns

"""What a tempo fit answers: the map, how each hit is served, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.timebase import (
    NS_PER_S,
    TICKS_PER_QUARTER,
    US_PER_MINUTE,
    FrameTime,
    MeterChange,
    TempoChange,
    TempoMap,
)
from v2m_bridge.spotting.bar_search import Bar, Bars
from v2m_bridge.spotting.grid import grid_of, last_tick

_NEXT: Final = {"constant": "musical", "musical": "exact"}
_WHY: Final = {
    "constant": "one tempo serves the other hits better",
    "musical": "steps of 3 % from bar to bar and 8 % around the cue's tempo do not reach it",
    "exact": "no bar line can be put there",
}


@dataclass(frozen=True, slots=True)
class FittedHit:
    """A hit, the beat nearest to it, and why that beat does not meet it."""

    hit: Hit
    met: bool
    tick: int
    off_frames: float
    """How late the beat is; negative is early."""
    on_bar_line: bool
    reason: str
    """Empty where the hit is met."""


@dataclass(frozen=True, slots=True)
class TempoFit:
    """The tempo map of a cue as one way of fitting gives it."""

    way: str
    tempo: TempoMap
    hits: tuple[FittedHit, ...]
    n_bars: int
    """Bars that begin inside the cue, a pickup among them."""
    n_irregular_bars: int
    """Those of another meter than the cue's; a pickup counts."""
    largest_step: float
    """Between neighbouring bars: faster over slower, less 1."""
    largest_drift: float
    """Between any bar and the first: faster over slower, less 1."""
    slowest_bpm: float
    fastest_bpm: float
    cost: float
    """On the scale of the way, see `tempo_fit` (constant), `fit_cost` (musical) and `exact_fit`."""
    offers: str | None
    """The next way, where this one misses a must."""

    @property
    def misses_a_must(self) -> bool:
        """Whether a must is not met."""
        return any(each.hit.need is Need.MUST and not each.met for each in self.hits)


def map_of(found: Bars, length_ns: int) -> TempoMap:
    """Write bars as a tempo map; what would begin after the end of the cue is left out."""
    bars, end = found.bars, len(found.bars)
    tempo = _map(bars, found.pickup_beats)
    end_tick, _ = grid_of(tempo, length_ns)
    at = tempo.pickup_ticks
    for index, bar in enumerate(bars):
        if index and at >= end_tick:
            end = index
            break
        at += bar.meter.ticks_per_bar
    return tempo if end == len(bars) else _map(bars[:end], found.pickup_beats)


def _map(bars: Sequence[Bar], pickup_beats: int) -> TempoMap:
    pickup = pickup_beats * bars[0].meter.ticks_per_beat
    tempi, meters = [TempoChange(0, bars[0].us_per_quarter)], [MeterChange(0, bars[0].meter)]
    at = pickup + bars[0].meter.ticks_per_bar
    for before, bar in pairwise(bars):
        if bar.us_per_quarter != before.us_per_quarter:
            tempi.append(TempoChange(at, bar.us_per_quarter))
        if bar.meter != before.meter:
            meters.append(MeterChange(at, bar.meter))
        at += bar.meter.ticks_per_bar
    return TempoMap(tuple(tempi), tuple(meters), pickup)


def judged(
    way: str, tempo: TempoMap, hits: Sequence[Hit], start_ns: int, length_ns: int, *, beats: int, cost: float
) -> TempoFit:
    """Say how a tempo map serves hits; `beats` are those of the cue's own bar."""
    end_tick, slots = grid_of(tempo, length_ns)
    lines = frozenset(tempo.bar_lines(last_tick(tempo, length_ns) + 1))
    planned = nearest_beats(hits, tempo, start_ns, length_ns)
    inside = [line for line in sorted(lines) if line < end_tick]
    n_irregular = sum(tempo.meter_at(line).beats != beats for line in inside) + (tempo.pickup_ticks > 0)
    us = [change.us_per_quarter for change in tempo.tempi]
    fitted = tuple(_fitted(each, way, lines) for each in planned)
    misses = any(each.hit.need is Need.MUST and not each.met for each in fitted)
    return TempoFit(
        way=way,
        tempo=tempo,
        hits=fitted,
        n_bars=slots[-1].bar + 1 if slots else 0,
        n_irregular_bars=n_irregular,
        largest_step=max((_apart(a, b) for a, b in pairwise(us)), default=0.0),
        largest_drift=max(_apart(us[0], other) for other in us),
        slowest_bpm=US_PER_MINUTE / max(us),
        fastest_bpm=US_PER_MINUTE / min(us),
        cost=cost,
        offers=_NEXT.get(way) if misses else None,
    )


def nearest_beats(hits: Sequence[Hit], tempo: TempoMap, start_ns: int, length_ns: int) -> list[PlannedHit]:
    """Do what `plan_hits` does, for all hits at once: a map of many tempi is slow to ask beat by beat."""
    beats, at_ns = _beats(tempo, last_tick(tempo, length_ns))
    planned = []
    for hit in hits:
        middle_ns = hit.at.ns + (FrameTime(1, hit.at.rate).ns + EARLIEST_HIT_NS) // 2 - start_ns
        after = int(np.searchsorted(at_ns, middle_ns))
        near = [index for index in (after - 1, after) if 0 <= index < len(beats)]
        best = min(near, key=lambda index: abs(int(at_ns[index]) - middle_ns))
        onset_ns = start_ns + int(at_ns[best])
        off = Fraction(onset_ns - hit.at.ns, NS_PER_S) * hit.at.rate
        planned.append(PlannedHit(hit, int(beats[best]), round(float(off), 3), hit.is_met_by(onset_ns)))
    return planned


def _beats(tempo: TempoMap, end_tick: int) -> tuple[I64, I64]:
    """(B,) ticks of all beats up to the end of a cue, and (B,) their times in nanoseconds."""
    beats = np.arange(0, end_tick + 1, tempo.meters[0].meter.ticks_per_beat, dtype=np.int64)
    ticks = np.array([change.tick for change in tempo.tempi], dtype=np.int64)
    us = np.array([change.us_per_quarter for change in tempo.tempi], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(np.diff(ticks) * us[:-1])])
    index = np.searchsorted(ticks, beats, side="right") - 1
    at_ns: I64 = (starts[index] + (beats - ticks[index]) * us[index]) * 1000 // TICKS_PER_QUARTER
    return beats, at_ns


def _apart(a: int, b: int) -> float:
    return max(a, b) / min(a, b) - 1


def _fitted(each: PlannedHit, way: str, lines: frozenset[int]) -> FittedHit:
    late = f"{abs(each.off_frames):.1f} frames {'after' if each.off_frames > 0 else 'before'} it"
    return FittedHit(
        hit=each.hit,
        met=each.met,
        tick=each.tick,
        off_frames=each.off_frames,
        on_bar_line=each.met and each.tick in lines,
        reason="" if each.met else f"the nearest beat lies {late}: {_WHY[way]}",
    )

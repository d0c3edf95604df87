"""What a tempo fit answers: the map, how each hit is served, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from v2m_bridge.core.cue import Hit, Need
from v2m_bridge.core.fit_limits import broken_limits, spread_of
from v2m_bridge.core.miss_reasons import FittedCue
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.timebase import (
    US_PER_MINUTE,
    FrameTime,
    Meter,
    MeterChange,
    TempoChange,
    TempoMap,
)
from v2m_bridge.spotting.bars import Bar, Bars
from v2m_bridge.spotting.grid import end_of, grid_of, last_tick
from v2m_bridge.spotting.hit_beats import nearest_beats

NEXT_WAY: Final = {"constant": "musical", "musical": "exact"}


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
    """Between any bar and the cue's tempo: faster over slower, less 1."""
    cue_bpm: float
    """The cue's tempo: that of its first bar, with few exceptions in the way `musical`."""
    slowest_bpm: float
    fastest_bpm: float
    cost: float
    """On the scale of the way, see `tempo_fit` (constant), `fit_cost` (musical) and `exact_fit`."""
    offers: str | None
    """The next way, where this one misses a must."""
    broken: tuple[str, ...] = ()
    """By how much the musical limits are broken, in words; empty where they hold."""
    more_musts: int | None = None
    """How many more musts the next way meets; None where it was not tried."""

    @property
    def misses_a_must(self) -> bool:
        """Whether a must is not met."""
        return any(each.hit.need is Need.MUST and not each.met for each in self.hits)

    @property
    def n_musts_met(self) -> int:
        """Musts that a beat meets."""
        return sum(each.hit.need is Need.MUST and each.met for each in self.hits)


def map_of(found: Bars, length_ns: int) -> TempoMap:
    """Write bars as a tempo map; what would begin after the end of the cue is left out."""
    bars, end = found.bars, len(found.bars)
    tempo = _map(bars, found.pickup_beats)
    end_tick = end_of(tempo, length_ns)
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
    way: str,
    tempo: TempoMap,
    hits: Sequence[Hit],
    start_ns: int,
    length_ns: int,
    *,
    beats: int,
    cost: float,
    bpm: tuple[float, float] | None = None,
    cue_us: int | None = None,
) -> TempoFit:
    """Say how a tempo map serves hits; `beats` are those of the cue's own bar, `bpm` the range asked for.

    `cue_us` is the cue's tempo where the first bar lies off it.
    """
    end_tick, slots = grid_of(tempo, length_ns)
    lines = frozenset(tempo.bar_lines(last_tick(tempo, length_ns) + 1))
    planned = nearest_beats(hits, tempo, start_ns, length_ns)
    us = [change.us_per_quarter for change in tempo.tempi]
    cue_us = cue_us or us[0]
    cue_bpm, spread = US_PER_MINUTE / cue_us, spread_of(us, cue_us)
    reasons = miss_reasons(way, planned, cue_bpm, tempo.meters[0].meter, start_ns)
    misses = any(each.hit.need is Need.MUST and not each.met for each in planned)
    return TempoFit(
        way=way,
        tempo=tempo,
        hits=tuple(_fitted(each, lines, reason) for each, reason in zip(planned, reasons, strict=True)),
        n_bars=slots[-1].bar + 1 if slots else 0,
        n_irregular_bars=_n_irregular(tempo, end_tick, beats),
        largest_step=spread.step,
        largest_drift=spread.drift,
        cue_bpm=cue_bpm,
        slowest_bpm=US_PER_MINUTE / max(us),
        fastest_bpm=US_PER_MINUTE / min(us),
        cost=cost,
        offers=NEXT_WAY.get(way) if misses else None,
        broken=broken_limits(spread, cue_bpm, bpm),
    )


def constant_fit(
    way: str,
    us_per_quarter: int,
    hits: Sequence[Hit],
    meter: Meter,
    start_ns: int,
    length_ns: int,
    *,
    cost: float,
    bpm: tuple[float, float],
) -> TempoFit:
    """Judge one tempo throughout."""
    tempo = TempoMap((TempoChange(0, us_per_quarter),), (MeterChange(0, meter),))
    return judged(way, tempo, hits, start_ns, length_ns, beats=meter.beats, cost=cost, bpm=bpm)


def _n_irregular(tempo: TempoMap, end_tick: int, beats: int) -> int:
    """Count the bars of another length than the cue's; a pickup counts."""
    ends = [*(change.tick for change in tempo.meters[1:]), end_tick]
    n_irregular = int(tempo.pickup_ticks > 0)
    for change, end in zip(tempo.meters, ends, strict=True):
        first = max(change.tick, tempo.pickup_ticks)
        if change.meter.beats != beats and first < end_tick:
            n_irregular += -(-(min(end, end_tick) - first) // change.meter.ticks_per_bar)
    return n_irregular


def miss_reasons(
    way: str, planned: Sequence[PlannedHit], cue_bpm: float, meter: Meter, start_ns: int
) -> tuple[str, ...]:
    """Say why each hit is missed, and by how many frames; empty where it is met."""
    met_ns = tuple(sorted({each.hit.at.ns for each in planned if each.met and each.hit.need is Need.MUST}))
    frame_ns = FrameTime(1, planned[0].hit.at.rate).ns if planned else 0
    cue = FittedCue(way, cue_bpm, meter, start_ns, met_ns, frame_ns)
    return tuple("" if each.met else cue.why_missed(each.hit.at.ns, each.off_frames) for each in planned)


def _fitted(each: PlannedHit, lines: frozenset[int], reason: str) -> FittedHit:
    return FittedHit(
        hit=each.hit,
        met=each.met,
        tick=each.tick,
        off_frames=each.off_frames,
        on_bar_line=each.met and each.tick in lines,
        reason=reason,
    )

"""One constant tempo for a cue, searched so that its hits fall on beats, and its musts on bars.

The cost of a tempo is ``mean over musts + 0.3 * mean over mays + 0.35 * octaves(tempo / preferred) ** 2``, the means
weighted.  A hit that a beat meets costs what `_PLACE_COST` says of that beat's place in the bar.  A hit that none meets
costs 0.6, and 0.2 more for each frame by which the nearest beat misses the window, 1 at most.  A search over tempo
against hits is film practice (Auricle 1984; Digital Performer's Find Tempo).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import NS_PER_S, TICKS_PER_QUARTER, US_PER_MINUTE, FrameTime, Meter, TempoMap
from v2m_bridge.spotting.hit_beats import nearest_beats
from v2m_bridge.spotting.resample import F64

# Cost of a met hit by the place of its beat: on a bar line, where a slot starts, on another beat.
_PLACE_COST: Final = {Need.MUST: (0.0, 0.1, 0.25), Need.MAY: (0.0, 0.05, 0.15)}
_SHARE: Final = {Need.MUST: 1.0, Need.MAY: 0.3}
_MISSED: Final = 0.6
_MISSED_PER_FRAME: Final = 0.2
_NEAR_FRAMES: Final = 2
_PREFERENCE: Final = 0.35
_STEPS_BPM: Final = (0.025, 0.05, 0.125, 0.25)
_MOST_TEMPI: Final = 3_000
_N_REFINED: Final = 8
_N_FINER: Final = 10


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """A tempo and how it serves the hits."""

    us_per_quarter: int
    bpm: float
    n_met: int
    """Hits that a beat meets, those to be skipped left out."""
    n_near: int
    """Hits whose nearest beat misses the window by two frames at most."""
    met: tuple[bool, ...]
    """One for each hit."""
    off_frames: tuple[float, ...]
    """One for each hit: how late its beat is; negative is early."""
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class _Targets:
    """The hits as arrays of H columns, in nanoseconds from the start of the cue."""

    at_ns: I64
    frame_ns: I64
    frames_per_s: F64
    need: I64
    """0 must, 1 may, 2 skip"""
    share: F64
    """What the hit adds to the cost if it costs 1."""
    length_ns: int
    meter: Meter


def rank_tempi(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
    n_best: int = 12,
) -> tuple[TempoCandidate, ...]:
    """Rank constant tempi for a cue that starts on a downbeat at its first frame.

    Parameters
    ----------
    hits : sequence of Hit
    tempo_bpm : (float, float)
        Lowest and highest quarters per minute.
    meter : Meter
    length_ns : int
        Length of the cue.
    start_ns : int
        First frame of the cue, on the clock of the hits.
    preferred_bpm : float, optional
        What suits the cue where its hits do not decide; without it the (geometric) middle of the range.
    n_best : int
        Candidates wanted.

    Returns
    -------
    tuple of TempoCandidate
        Best first, equals from slow to fast; none worse than the best of all multiples of 0.25 bpm in the range.
    """
    preferred = preferred_bpm or suited_tempo(tempo_bpm, 0.0)
    targets = _targets(hits, meter, length_ns, start_ns)
    step = _step(tempo_bpm)
    tempi = _tempi(tempo_bpm, step)
    costs = _costs(tempi, targets, preferred)
    finer = _finer(tempi[np.argsort(costs, kind="stable")[:_N_REFINED]], tempo_bpm, step)
    finer = np.setdiff1d(finer, tempi)
    if len(finer):
        tempi, costs = np.concatenate([tempi, finer]), np.concatenate([costs, _costs(finer, targets, preferred)])
    best = np.lexsort((-tempi, costs))[:n_best]
    return _candidates(tempi[best], costs[best], targets)


def steadiest(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
) -> tuple[int, int]:
    """Return the constant tempo that meets most musts, in microseconds per quarter, and how many they are."""
    musts = [hit for hit in hits if hit.need is Need.MUST]
    preferred = preferred_bpm or suited_tempo(tempo_bpm, 0.0)
    tempi = _tempi(tempo_bpm, _step(tempo_bpm))
    targets = _targets(musts, meter, length_ns, start_ns)
    met, _ = _judge(_beats(tempi, targets)[1], targets)
    n_met = met.sum(axis=1)
    best = tempi[n_met == n_met.max()]
    return int(best[np.argmin(_costs(best, targets, preferred))]), int(n_met.max())


def suited_tempo(tempo_bpm: tuple[float, float], arousal: float) -> float:
    """Return the tempo of a range that suits an arousal of -1..1: tempo moves arousal (Husain et al. 2002)."""
    low, high = tempo_bpm
    return float(low * (high / low) ** ((1 + arousal) / 2))


def plan_hits(hits: Sequence[Hit], tempo: TempoMap, start_ns: int, length_ns: int) -> tuple[PlannedHit, ...]:
    """Find the beat that meets each hit best: the one nearest to the middle of the hit's window.

    If any beat of the cue meets a hit, this one does.
    """
    return tuple(nearest_beats(hits, tempo, start_ns, length_ns))


def _frame_ns(hit: Hit) -> int:
    return FrameTime(1, hit.at.rate).ns


def _step(tempo_bpm: tuple[float, float]) -> float:
    width = tempo_bpm[1] - tempo_bpm[0]
    return next((step for step in _STEPS_BPM if width / step <= _MOST_TEMPI), _STEPS_BPM[-1])


def _tempi(tempo_bpm: tuple[float, float], step: float) -> I64:
    """(N,) microseconds per quarter of all multiples of the step in the range, and of its two ends."""
    low, high = tempo_bpm
    bpm = np.arange(ceil(low / step), floor(high / step) + 1) * step
    return _us_per_quarter(np.concatenate([[low, high], bpm[(bpm >= low) & (bpm <= high)]]))


def _finer(best: I64, tempo_bpm: tuple[float, float], step: float) -> I64:
    """(M,) tempi around the best ones, ten to the step."""
    around = US_PER_MINUTE / best[:, None] + np.arange(-_N_FINER, _N_FINER + 1) * step / _N_FINER
    return _us_per_quarter(around[(around >= tempo_bpm[0]) & (around <= tempo_bpm[1])])


def _us_per_quarter(bpm: F64) -> I64:
    return np.unique(np.rint(US_PER_MINUTE / bpm).astype(np.int64))


def _targets(hits: Sequence[Hit], meter: Meter, length_ns: int, start_ns: int) -> _Targets:
    needs = tuple(Need)
    totals = {need: sum(hit.weight for hit in hits if hit.need is need) for need in needs}
    return _Targets(
        at_ns=np.array([hit.at.ns - start_ns for hit in hits], dtype=np.int64),
        frame_ns=np.array([_frame_ns(hit) for hit in hits], dtype=np.int64),
        frames_per_s=np.array([float(hit.at.rate) for hit in hits]),
        need=np.array([needs.index(hit.need) for hit in hits], dtype=np.int64),
        share=np.array([_SHARE.get(hit.need, 0.0) * hit.weight / (totals[hit.need] or 1.0) for hit in hits]),
        length_ns=length_ns,
        meter=meter,
    )


def _beats(us_per_quarter: I64, targets: _Targets) -> tuple[I64, I64]:
    """Nearest beat of each tempo to each hit: (N, H) its count from the start, and (N, H) how late it is in ns."""
    us = us_per_quarter[:, None]
    beat = int(targets.meter.ticks_per_beat)
    last = ((targets.length_ns + 1) * 24 - 1) // (us * 25) // beat  # a tick lasts us * 1000 / 960 ns
    middle_ns = targets.at_ns + (targets.frame_ns + EARLIEST_HIT_NS) // 2
    count = np.rint(middle_ns * (TICKS_PER_QUARTER / 1000 / beat / us)).astype(np.int64)
    np.clip(count, 0, last, out=count)
    late = count * (us * (25 * beat // 24))  # a beat has a multiple of 24 ticks
    late -= targets.at_ns
    return count, late


def _judge(late: I64, targets: _Targets) -> tuple[Bool, F64]:
    """Whether each hit is met, and by how many frames its beat lies outside the window: (N, H) each."""
    outside = np.maximum(EARLIEST_HIT_NS - late, late - targets.frame_ns)
    return outside <= 0, outside / targets.frame_ns


def _costs(us_per_quarter: I64, targets: _Targets, preferred_bpm: float) -> F64:
    """(N,) cost of each tempo, rounded to nine decimals."""
    count, late = _beats(us_per_quarter, targets)
    met, outside = _judge(late, targets)
    cost = np.minimum(_MISSED + _MISSED_PER_FRAME * outside, 1.0)
    place = _place_cost(targets.meter)
    n_beats = targets.meter.beats
    where = np.nonzero(met)
    cost[where] = place[targets.need[where[1]], count[where] % n_beats]
    octaves = np.log2(US_PER_MINUTE / us_per_quarter / preferred_bpm)
    total = (cost * targets.share).sum(axis=1) + _PREFERENCE * octaves**2
    rounded_cost: F64 = np.round(total, 9)
    return rounded_cost


def _place_cost(meter: Meter) -> F64:
    """(3, beats) cost of a met must, may and skip on each beat of the bar."""
    starts = set(accumulate(beats_per_slot(meter)[:-1], initial=0))
    places = [0 if beat == 0 else 1 if beat in starts else 2 for beat in range(meter.beats)]
    return np.array([[_PLACE_COST.get(need, (0.0,) * 3)[place] for place in places] for need in Need])


def _candidates(us_per_quarter: I64, costs: F64, targets: _Targets) -> tuple[TempoCandidate, ...]:
    _, late = _beats(us_per_quarter, targets)
    met, outside = _judge(late, targets)
    counts = targets.need < tuple(Need).index(Need.SKIP)
    near = ~met & counts & (outside <= _NEAR_FRAMES)
    off_frames = np.round(late * targets.frames_per_s / NS_PER_S, 3)
    rows = zip(us_per_quarter.tolist(), costs.tolist(), met, near, off_frames, strict=True)
    return tuple(
        TempoCandidate(
            us_per_quarter=us,
            bpm=US_PER_MINUTE / us,
            n_met=int((is_met & counts).sum()),
            n_near=int(is_near.sum()),
            met=tuple(is_met.tolist()),
            off_frames=tuple(off.tolist()),
            cost=cost,
        )
        for us, cost, is_met, is_near, off in rows
    )

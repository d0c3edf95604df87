"""The way `musical`: tempo steps at bar lines within limits, and irregular bars where a must needs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import Hit
from v2m_bridge.core.fit_limits import LARGEST_DRIFT
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.timebase import US_PER_MINUTE, Meter
from v2m_bridge.spotting.bar_search import Search, Span
from v2m_bridge.spotting.bar_trace import bars_of
from v2m_bridge.spotting.bars import Bars, beats_us
from v2m_bridge.spotting.fit_cost import HitColumns, hit_columns, irregular_meters
from v2m_bridge.spotting.fit_result import TempoFit, constant_fit, judged, map_of
from v2m_bridge.spotting.fixed_tempo import bars_through
from v2m_bridge.spotting.tempo_fit import steadiest, suited_tempo

_MINUTE_US: Final = 60_000_000
_N_REGULAR: Final = (4, 14)
"""Assumed tempi of the first pass, with regular bars only: for a long cue, and for one of a minute or less."""
_N_IRREGULAR: Final = (8, 26)
_DENSE: Final = 12
"""With more musts a minute than this, irregular bars are tried at once: regular ones never meet so many."""
_N_REFINED: Final = (4, 12)
_N_ROUNDS: Final = 6
_MOST_HITS: Final = 64
"""A cue of more hits than this is not refined: what is worth a tenth of a second to few hits is not to hundreds."""
_N_EVERYWHERE: Final = (24, 120)
_FEW_MUSTS: Final = 12
"""A cue of no more musts than this is searched everywhere before one of them is given up."""
_SPARSE: Final = 10
"""With no more musts a minute than this, the first bar may lie off the cue's tempo if that saves them all."""


def fit_bars(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
    fixed: Sequence[FixedTempo] = (),
) -> TempoFit:
    """Fit the bars of a cue to its hits by dynamic programming.

    Parameters
    ----------
    hits : sequence of Hit
    tempo_bpm : (float, float)
        The cue's tempo is no slower or faster.
    meter : Meter
        Of all bars but the few irregular ones.
    length_ns : int
        Length of the cue.
    start_ns : int
        First frame of the cue, on the clock of the hits.
    preferred_bpm : float, optional
        What suits the cue; without it the (geometric) middle of the range.
    fixed : sequence of FixedTempo
        Stretches whose tempo is given, on the clock of the hits.

    Returns
    -------
    TempoFit
        A step between bars is at most 3 %, no bar lies more than 8 % off the cue's tempo.  The first bar has that
        tempo; only where it would cost a cue of few musts one of them, the first bar lies off it too.
        A fixed tempo is obeyed, though it may break that: from its first bar on the limits count from it.
    """
    preferred = preferred_bpm or suited_tempo(tempo_bpm, 0.0)
    columns, length_us = hit_columns(hits, start_ns), max(1, length_ns // 1000)
    constant_us, n_met = steadiest(hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred)
    task = _Task(columns, meter, US_PER_MINUTE / preferred, tempo_bpm, constant_us)
    found = bars_through(fixed, start_ns, length_us, task.cheapest)
    cost = round(found.cost + float(columns.missed.sum()), 6)
    fit = judged(
        "musical",
        map_of(found, length_ns),
        hits,
        start_ns,
        length_ns,
        beats=meter.beats,
        cost=cost,
        bpm=tempo_bpm,
        cue_us=found.cue_us,
    )
    if fixed or fit.n_musts_met >= n_met:
        return fit
    return constant_fit("musical", constant_us, hits, meter, start_ns, length_ns, cost=cost, bpm=tempo_bpm)


class _Pass(NamedTuple):
    """One search: the assumed tempi, the meters of its bars, and whether the first bar may lie off the cue's tempo."""

    bases_us: I64
    meters: tuple[Meter, ...]
    is_first_free: bool = False


@dataclass(slots=True, eq=False)
class _Tried:
    """The assumed tempi of one span that were tried."""

    bases_us: I64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    costs: I64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, search: Search, costs: I64) -> None:
        self.bases_us = np.concatenate([self.bases_us, search.bases_us])
        self.costs = np.concatenate([self.costs, costs])

    def between(self, n_bases: int) -> I64:
        """Return tempi halfway between the best ones and their neighbours, the best first."""
        in_order = np.unique(self.bases_us)
        best = np.searchsorted(in_order, self.bases_us[np.argsort(self.costs, kind="stable")[: n_bases // 2]])
        sides = np.clip(best[:, None] + np.array([-1, 1]), 0, len(in_order) - 1)
        halfway = ((in_order[best][:, None] + in_order[sides]) // 2).ravel()
        new, first = np.unique(halfway, return_index=True)
        new = new[np.argsort(first)]
        fresh: I64 = new[~np.isin(new, in_order)][:n_bases]
        return fresh


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """Find the cheapest bars of a span."""

    columns: HitColumns
    meter: Meter
    preferred_us: float
    tempo_bpm: tuple[float, float]
    constant_us: int

    def cheapest(self, span: Span, base_us: int | None) -> Bars:
        """Search the span, longer while a must is missed; with `base_us` the first bar has that tempo."""
        best: Bars | None = None
        n_least = 0
        tried = _Tried()
        fastest_us = US_PER_MINUTE / self.tempo_bpm[1] if base_us is None else base_us
        n_hopeless = _n_hopeless(self.columns, fastest_us * 4 / self.meter.unit / (1 + LARGEST_DRIFT))
        for bases_us, meters, is_first_free in self._passes(span, base_us, tried):
            search = Search(bases_us, meters, self.columns, span, self.preferred_us, is_first_free=is_first_free)
            costs = search.run()
            if len(meters) > 1:
                tried.add(search, costs)
            found = bars_of(search, self._best(search, costs))
            n_missed = _n_missed(found, span, self.columns)
            if best is None or (found.cost < best.cost and (n_missed <= n_hopeless or not is_first_free)):
                best, n_least = found, n_missed
            if n_least <= n_hopeless:
                break
        assert best is not None  # noqa: S101 - there is at least one pass
        return best

    def _best(self, search: Search, costs: I64) -> int:
        """Return the cheapest row, of equals the one that suits best."""
        octaves = np.abs(np.log2(search.bases_us / self.preferred_us))
        return int(np.lexsort((octaves, costs))[0])

    def _passes(self, span: Span, base_us: int | None, tried: _Tried) -> Iterator[_Pass]:
        minutes = max(1.0, (span.end_us - span.start_us) / _MINUTE_US)
        n_regular, n_irregular, n_refined, n_everywhere = (
            max(least, round(most / minutes)) for least, most in (_N_REGULAR, _N_IRREGULAR, _N_REFINED, _N_EVERYWHERE)
        )
        meters = (self.meter, *irregular_meters(self.meter))
        if base_us is not None:
            only = np.array([base_us], dtype=np.int64)
            yield from (_Pass(only, (self.meter,)), _Pass(only, meters))
            return
        n_musts = int(self.columns.is_must.sum())
        if n_musts <= _DENSE * minutes:
            yield _Pass(self._series(n_regular), (self.meter,))
        yield _Pass(self._series(n_irregular), meters)
        for _ in range(_N_ROUNDS if len(self.columns.at_us) <= _MOST_HITS else 0):
            if len(between := tried.between(n_refined)):
                yield _Pass(between, meters)
        if n_musts <= _FEW_MUSTS:
            yield _Pass(self._series(n_everywhere), meters)
        if n_musts <= min(_FEW_MUSTS, _SPARSE * minutes):
            yield _Pass(self._series(n_everywhere), meters, is_first_free=True)

    def _series(self, n_bases: int) -> I64:
        """Assumed tempi: a geometric series from end to end of the range, the one that suits, and a constant one."""
        low, high = self.tempo_bpm
        series = US_PER_MINUTE / (low * (high / low) ** (np.arange(n_bases - 2) / (n_bases - 3)))
        us = np.clip(np.append(series, self.preferred_us), US_PER_MINUTE / high, US_PER_MINUTE / low)
        return np.unique(np.append(np.rint(us).astype(np.int64), self.constant_us))


def _n_missed(found: Bars, span: Span, columns: HitColumns) -> int:
    """Count the musts of a span that no beat meets."""
    at_us = beats_us(found.bars, found.pickup_beats) + span.start_us
    first_us, last_us = columns.windows_us
    if span.ends_cue:
        at_us = at_us[at_us <= span.end_us]
    inside = columns.is_must & (last_us >= span.start_us) & (first_us <= max(span.end_us, at_us[-1]))
    nearest = np.minimum(np.searchsorted(at_us, first_us), len(at_us) - 1)
    met = (at_us[nearest] >= first_us) & (at_us[nearest] <= last_us)
    return int((inside & ~met).sum())


def _n_hopeless(columns: HitColumns, shortest_us: float) -> int:
    """Count the musts too near to the one before them for one beat to meet both, or for two of the shortest."""
    first_us, last_us = (edges[columns.is_must] for edges in columns.windows_us)
    order = np.argsort(first_us, kind="stable")
    n_hopeless, before = 0, -1
    for each in order.tolist():
        if before >= 0 and first_us[each] > last_us[before] and last_us[each] - first_us[before] < shortest_us:
            n_hopeless += 1
        else:
            before = each
    return n_hopeless

"""The way `musical`: tempo steps at bar lines within limits, and irregular bars where a must needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import Hit
from v2m_bridge.core.timebase import US_PER_MINUTE, Meter
from v2m_bridge.spotting.bar_search import Bars, Ladder, Search, preferences
from v2m_bridge.spotting.fit_cost import PREFERENCE, hit_table, irregular_meters
from v2m_bridge.spotting.fit_result import TempoFit, judged, map_of
from v2m_bridge.spotting.tempo_fit import rank_tempi, suited_tempo

_BUDGET_US: Final = 60_000_000
"""Up to this length a search keeps all states of its pass; a longer cue shares them out."""


@dataclass(frozen=True, slots=True)
class _Pass:
    n_bases: int
    """Assumed tempi: a series over the range, or the best of the first pass."""
    n_states: int
    is_irregular: bool


_PASSES: Final = (
    _Pass(n_bases=24, n_states=200, is_irregular=False),
    _Pass(n_bases=10, n_states=450, is_irregular=True),
)
"""The next one is made only where a must is missed."""
_LEAST_STATES: Final = 20
_FASTEST_US, _SLOWEST_US = 200_000, 3_000_000
"""300 and 20 quarters a minute, which no bar leaves."""


def fit_bars(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
) -> TempoFit:
    """Fit the bars of a cue to its hits by dynamic programming.

    Parameters
    ----------
    hits : sequence of Hit
    tempo_bpm : (float, float)
        The cue's tempo, which its first bar has, is no slower or faster.
    meter : Meter
        Of all bars but the few irregular ones.
    length_ns : int
        Length of the cue.
    start_ns : int
        First frame of the cue, on the clock of the hits.
    preferred_bpm : float, optional
        What suits the cue; without it the (geometric) middle of the range.

    Returns
    -------
    TempoFit
        The cheapest that was found.  The first bar has the cue's tempo; a step between bars is at most 3 %, no bar lies
        more than 8 % off the first.
    """
    preferred = preferred_bpm or suited_tempo(tempo_bpm, 0.0)
    ranked = rank_tempi(hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred, n_best=1)
    table = hit_table(hits, start_ns, length_ns)
    length_us = max(1, length_ns // 1000)
    assumed = _assumed(tempo_bpm, _PASSES[0].n_bases, ranked[0].us_per_quarter, preferred)
    best: tuple[Bars, TempoFit] | None = None
    for each in _PASSES:
        ladder = _ladder(assumed, tempo_bpm)
        meters = (meter, *irregular_meters(meter)) if each.is_irregular else (meter,)
        n_states = max(_LEAST_STATES, min(each.n_states, each.n_states * _BUDGET_US // length_us))
        preference = preferences(ladder.bases_us, US_PER_MINUTE / preferred, PREFERENCE)
        found = Search(ladder, meters, table, length_us, n_states, preference, each.is_irregular).run()
        if best is None or found.cost < best[0].cost:
            tempo = map_of(found, length_ns)
            fit = judged("musical", tempo, hits, start_ns, length_ns, beats=meter.beats, cost=found.cost)
            best = found, fit
        if not best[1].misses_a_must:
            break
        assumed = np.array(found.assumed_us[: _PASSES[-1].n_bases], dtype=np.int64)
    assert best is not None  # noqa: S101 - there is at least one pass
    return best[1]


def _assumed(tempo_bpm: tuple[float, float], n_bases: int, constant_us: int, preferred_bpm: float) -> I64:
    """Assumed tempi: a geometric series over the range, the best constant one, and the one that suits."""
    low, high = tempo_bpm
    series = low * (high / low) ** ((np.arange(n_bases) + 0.5) / n_bases)
    us: I64 = np.rint(np.append(US_PER_MINUTE / np.append(series, preferred_bpm), constant_us)).astype(np.int64)
    return us


def _ladder(assumed_us: I64, tempo_bpm: tuple[float, float]) -> Ladder:
    """Round assumed tempi into the range, to multiples of four microseconds where the range is so wide."""
    longest, shortest = (US_PER_MINUTE / bpm for bpm in tempo_bpm)
    first = ceil(shortest / 4) * 4
    rounded = np.clip((assumed_us + 2) // 4 * 4, first, max(first, floor(longest / 4) * 4))
    return Ladder(np.unique(rounded), _FASTEST_US, _SLOWEST_US)

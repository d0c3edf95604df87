"""The three ways of fitting tempo to hits, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from v2m_bridge.core.cue import Hit
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.timebase import Meter
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.bar_fit import fit_bars
from v2m_bridge.spotting.exact_fit import fit_exactly
from v2m_bridge.spotting.fit_result import TempoFit, constant_fit
from v2m_bridge.spotting.tempo_fit import rank_tempi


def fit_constant(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
) -> TempoFit:
    """Fit one tempo, see `tempo_fit.rank_tempi`."""
    best = rank_tempi(hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred_bpm, n_best=1)[0]
    return constant_fit(
        "constant", best.us_per_quarter, hits, meter, start_ns, length_ns, cost=best.cost, bpm=tempo_bpm
    )


_WAYS = {"constant": fit_constant, "musical": fit_bars, "exact": fit_exactly}


def fit_tempo(
    way: str,
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
    fixed: Sequence[FixedTempo] = (),
    tries_next: bool = False,
) -> TempoFit:
    """Fit tempo and meter to hits in one of the ways ``constant``, ``musical`` and ``exact``.

    Parameters
    ----------
    way : str
    hits, tempo_bpm, meter, length_ns, start_ns, preferred_bpm
        As for `bar_fit.fit_bars`.
    fixed : sequence of FixedTempo
        Stretches whose tempo is given; for the way ``musical``.
    tries_next : bool
        Where a must is missed, fit in the next way too, so that `more_musts` says what that would gain.

    Raises
    ------
    DirectionError
        When another way than ``musical`` is asked to keep fixed tempi, or two of them hold at once.
    """
    if fixed and way != "musical":
        raise DirectionError(
            f"a cue with fixed tempi cannot be fitted in the way {way!r}", hint="Use --fit musical, or drop them."
        )
    if fixed:
        return fit_bars(hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred_bpm, fixed=fixed)
    found = _WAYS[way](hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred_bpm)
    if not tries_next or found.offers is None:
        return found
    freer = _WAYS[found.offers](hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred_bpm)
    return replace(found, more_musts=freer.n_musts_met - found.n_musts_met)

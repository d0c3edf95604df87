"""The three ways of fitting tempo to hits, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from v2m_bridge.core.cue import Hit
from v2m_bridge.core.timebase import Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.spotting.bar_fit import fit_bars
from v2m_bridge.spotting.exact_fit import fit_exactly
from v2m_bridge.spotting.fit_result import TempoFit, judged
from v2m_bridge.spotting.tempo_fit import rank_tempi


class _Fit(Protocol):
    def __call__(
        self,
        hits: Sequence[Hit],
        tempo_bpm: tuple[float, float],
        meter: Meter,
        length_ns: int,
        *,
        start_ns: int = 0,
        preferred_bpm: float | None = None,
    ) -> TempoFit: ...


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
    tempo = TempoMap((TempoChange(0, best.us_per_quarter),), (MeterChange(0, meter),))
    return judged("constant", tempo, hits, start_ns, length_ns, beats=meter.beats, cost=best.cost)


_WAYS: Final[dict[str, _Fit]] = {"constant": fit_constant, "musical": fit_bars, "exact": fit_exactly}


def fit_tempo(
    way: str,
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
) -> TempoFit:
    """Fit tempo and meter to hits in one of the ways ``constant``, ``musical`` and ``exact``.

    Parameters
    ----------
    way : str
    hits, tempo_bpm, meter, length_ns, start_ns, preferred_bpm
        As for `bar_fit.fit_bars`.
    """
    return _WAYS[way](hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred_bpm)

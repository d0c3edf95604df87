"""The way `exact`: every must on a bar line, whatever the tempo has to do for it.

Between two musts that one beat cannot serve together lies a whole number of beats at one tempo, and the last of its
bars may be irregular.  The assumed tempo of the cue and the numbers of beats are those with the least sum, over the
stretches between musts, of ``(octaves off the assumed tempo / 0.11) ** 2`` (0.11 octaves are 8 %) and 0.5 for an
irregular bar, and ``0.5 * octaves(assumed / suited) ** 2``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log2
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import Hit, Need
from v2m_bridge.core.timebase import US_PER_MINUTE, Meter
from v2m_bridge.spotting.bars import Bar, Bars
from v2m_bridge.spotting.fit_cost import PREFERENCE
from v2m_bridge.spotting.fit_result import TempoFit, judged, map_of
from v2m_bridge.spotting.resample import F64
from v2m_bridge.spotting.tempo_fit import suited_tempo

_OCTAVES: Final = log2(1.08)
_IRREGULAR: Final = 0.5
_TEMPI_PER_OCTAVE: Final = 100
_MOST_BEATS: Final = 32


def fit_exactly(
    hits: Sequence[Hit],
    tempo_bpm: tuple[float, float],
    meter: Meter,
    length_ns: int,
    *,
    start_ns: int = 0,
    preferred_bpm: float | None = None,
) -> TempoFit:
    """Put every must on a bar line by construction; parameters as for `bar_fit.fit_bars`.

    Returns
    -------
    TempoFit
        `broken` says by how much the limits are broken, in words.
    """
    preferred = preferred_bpm or suited_tempo(tempo_bpm, 0.0)
    ends_us = _ends_us(hits, start_ns, length_ns)
    gaps_us = np.array([b - a for a, b in pairwise((0, *ends_us))], dtype=np.int64)
    beat_us, counts, cost = _counts(gaps_us, tempo_bpm, meter, preferred)
    bars: list[Bar] = []
    at_us = 0
    for end_us, count in zip(ends_us, counts, strict=True):
        us = max(1, (end_us - at_us) * meter.unit // (4 * count))
        bars += [Bar(each, us) for each in _meters(count, meter)]
        at_us += us * 4 * count // meter.unit
    assumed_us = max(1, round(beat_us * meter.unit / 4))
    while at_us * 1000 < length_ns:
        bars.append(Bar(meter, assumed_us))
        at_us += assumed_us * 4 * meter.beats // meter.unit
    tempo = map_of(Bars(tuple(bars), 0, cost), length_ns)
    return judged("exact", tempo, hits, start_ns, length_ns, beats=meter.beats, cost=cost, bpm=tempo_bpm)


def _ends_us(hits: Sequence[Hit], start_ns: int, length_ns: int) -> list[int]:
    """Return the times of the bar lines that are asked for; musts that one time meets share it."""
    ends = [0]
    for hit in sorted((hit for hit in hits if hit.need is Need.MUST), key=lambda hit: hit.at.ns):
        at_ns = hit.at.ns - start_ns
        if 0 <= at_ns <= length_ns and not hit.is_met_by(start_ns + ends[-1] * 1000):
            ends.append(min(-(-at_ns // 1000), length_ns // 1000))
    return ends[1:]


def _counts(
    gaps_us: I64, tempo_bpm: tuple[float, float], meter: Meter, preferred_bpm: float
) -> tuple[float, list[int], float]:
    """Return the beat of the assumed tempo in microseconds, the beats of each stretch, and the cost."""
    low, high = tempo_bpm
    n_tempi = max(1, round(_TEMPI_PER_OCTAVE * log2(high / low))) + 1
    quarters = US_PER_MINUTE / np.append(np.geomspace(low, high, n_tempi), preferred_bpm)
    beats_us = quarters * 4 / meter.unit
    near = np.floor(gaps_us[None, :, None] / beats_us[:, None, None]) + np.arange(-1, 4)
    counts = np.maximum(1, near).astype(np.int64)
    octaves = np.log2(counts * beats_us[:, None, None] / gaps_us[None, :, None])
    costs: F64 = (octaves / _OCTAVES) ** 2 + _IRREGULAR * (counts % meter.beats != 0)
    totals = costs.min(axis=2).sum(axis=1) + PREFERENCE * np.log2(quarters * preferred_bpm / US_PER_MINUTE) ** 2
    best = int(np.argmin(np.round(totals, 9)))
    chosen = np.take_along_axis(counts[best], costs[best].argmin(axis=1)[:, None], axis=1)[:, 0]
    return float(beats_us[best]), chosen.tolist(), round(float(totals[best]), 6)


def _meters(n_beats: int, meter: Meter) -> list[Meter]:
    """Divide beats into bars, of which at most the last is irregular: one beat too many joins the bar before it."""
    n_bars, rest = divmod(n_beats, meter.beats)
    if rest == 1 and n_bars and meter.beats < _MOST_BEATS:
        return [meter] * (n_bars - 1) + [Meter(meter.beats + 1, meter.unit)]
    return [meter] * n_bars + ([Meter(rest, meter.unit)] if rest else [])

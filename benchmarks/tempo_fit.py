"""How many musts of random edits music lands on, by the way `musical`, and how long the fit takes.

Each rate (musts a minute, ``3pm`` to ``20pm``) has 300 edits of 60 s at 24, 25 and 29.97 frames per second.  The first
must and each next one come after the least gap (3, 2, 1 and 1 s) and an exponential time more.  Tempo range 70-140 bpm,
4/4, the cue starts on its first frame, with a downbeat or a pickup of whole beats.  Figures are shares of all musts, or
of all bars; a pickup counts as an irregular bar.  All figures of one rate come from one fit of each edit.
``V2M_TEMPO_FIT_SEED`` names the seed of other edits of the same kind.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from math import log2
from typing import Final

import numpy as np

from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.timebase import NS_PER_S, US_PER_MINUTE, FrameTime, Meter
from v2m_bridge.spotting.bar_fit import fit_bars
from v2m_bridge.spotting.fit_result import TempoFit
from v2m_bridge.spotting.tempo_fit import rank_tempi, suited_tempo

N_EDITS: Final = 300
LENGTH_S: Final = 60
TEMPO_BPM: Final = (70.0, 140.0)
METER: Final = Meter(4, 4)
_RATES: Final = (Fraction(24), Fraction(25), Fraction(30000, 1001))
_LEAST_GAP_S: Final = {3: 3.0, 6: 2.0, 10: 1.0, 20: 1.0}
_SEED: Final = int(os.environ.get("V2M_TEMPO_FIT_SEED", "20240607"))
_PROCESSES: Final = 2
_CHUNK: Final = 10
_RUNS: Final = 15


def measure(n_edits: int = N_EDITS) -> dict[str, float]:
    """Return the shares, the edits whose constant fit a plain search beats, and milliseconds for 200 hits.

    ``constant_worse_than_search`` looks at all the edits: the best of all tempi in steps of 0.25 bpm, by the documented
    cost of a constant tempo.  ``reference_grid_pct`` is the share of the musts at 6 a minute that a chord at each whole
    second meets, as in the published model.  ``ms_200_hits`` is one musical fit of a cue of three minutes with 40 musts
    and 160 mays, the least of fifteen, in time of the processor: a fit runs on one thread, so that other programs make
    it late but not longer.
    """
    ms_200_hits = _ms_200_hits()  # first, while nothing else runs
    found: dict[str, float] = {}
    edits = {pm: [_edit(pm, order) for order in range(n_edits)] for pm in _LEAST_GAP_S}
    with ProcessPoolExecutor(_PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for pm, hits_of_edits in edits.items():
            found |= _shares(pm, list(pool.map(_fit, hits_of_edits, chunksize=_CHUNK)))
        n_worse = sum(pool.map(_is_worse, [hits for same in edits.values() for hits in same], chunksize=_CHUNK))
    keys = [f"met_on_{place}_{pm}pm_pct" for pm in (3, 6) for place in ("bar", "beat")]
    keys += ["met_on_beat_10pm_pct", "met_on_beat_20pm_pct", "irregular_bars_3pm_pct", "irregular_bars_6pm_pct"]
    return {key: found[key] for key in keys} | {
        "constant_worse_than_search": n_worse,
        "ms_200_hits": ms_200_hits,
        "reference_grid_pct": _reference_pct(edits[6]),
    }


def _fit(hits: Sequence[Hit]) -> TempoFit:
    return fit_bars(hits, TEMPO_BPM, METER, LENGTH_S * NS_PER_S)


def _edit(per_minute: int, order: int) -> tuple[Hit, ...]:
    rng = np.random.Generator(np.random.Philox(key=[_SEED, per_minute * 10_000 + order]))
    rate, least_s = _RATES[order % len(_RATES)], _LEAST_GAP_S[per_minute]
    at_s, hits = 0.0, list[Hit]()
    while True:
        at_s += least_s + rng.exponential(60 / per_minute - least_s)
        at = FrameTime.nearest(at_s, rate)
        if at.exact_s >= LENGTH_S:
            return tuple(hits)
        hits.append(Hit(at, need=Need.MUST))


def _shares(per_minute: int, fits: Sequence[TempoFit]) -> dict[str, float]:
    hits = [hit for fit in fits for hit in fit.hits]
    n_bars, n_irregular = (sum(getattr(fit, name) for fit in fits) for name in ("n_bars", "n_irregular_bars"))
    return {
        f"met_on_bar_{per_minute}pm_pct": _percent(sum(hit.on_bar_line for hit in hits), len(hits)),
        f"met_on_beat_{per_minute}pm_pct": _percent(sum(hit.met for hit in hits), len(hits)),
        f"irregular_bars_{per_minute}pm_pct": _percent(n_irregular, n_bars),
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 3) if whole else 100.0


def _is_worse(hits: Sequence[Hit]) -> bool:
    """Whether the constant fit costs more than the best multiple of 0.25 bpm."""
    best = rank_tempi(hits, TEMPO_BPM, METER, LENGTH_S * NS_PER_S, n_best=1)[0]
    low, high = (round(4 * bpm) for bpm in TEMPO_BPM)
    least = min(_constant_cost(hits, round(US_PER_MINUTE * 4 / quarter)) for quarter in range(low, high + 1))
    return _constant_cost(hits, best.us_per_quarter) > least + 1e-6


def _constant_cost(hits: Sequence[Hit], us_per_quarter: int) -> float:
    """Return the cost of one tempo in 4/4 as docs/spotting.md states it, for musts of one weight."""
    total = 0.0
    for hit in hits:
        middle_ns = hit.at.ns + (FrameTime(1, hit.at.rate).ns + EARLIEST_HIT_NS) // 2
        beat = min(round(middle_ns / (us_per_quarter * 1000)), LENGTH_S * 1_000_000 // us_per_quarter)
        onset_ns = beat * us_per_quarter * 1000
        if hit.is_met_by(onset_ns):
            total += (0.0, 0.25, 0.1, 0.25)[beat % 4]
            continue
        frame_ns = FrameTime(1, hit.at.rate).ns
        late_ns = onset_ns - hit.at.ns
        total += min(1.0, 0.6 + 0.2 * max(EARLIEST_HIT_NS - late_ns, late_ns - frame_ns) / frame_ns)
    octaves = log2(US_PER_MINUTE / us_per_quarter / suited_tempo(TEMPO_BPM, 0.0))
    return total / max(1, len(hits)) + 0.35 * octaves**2


def _ms_200_hits() -> float:
    rng, rate = np.random.Generator(np.random.Philox(key=_SEED)), Fraction(25)
    frames = sorted(rng.choice(np.arange(25, 4475), 200, replace=False).tolist())
    hits = [Hit(FrameTime(at, rate), need=Need.MAY if order % 5 else Need.MUST) for order, at in enumerate(frames)]
    least = float("inf")
    for _ in range(_RUNS):
        start = time.process_time()
        fit_bars(hits, TEMPO_BPM, METER, 180 * NS_PER_S)
        least = min(least, time.process_time() - start)
    return round(least * 1000, 2)


def _reference_pct(edits: Sequence[Sequence[Hit]]) -> float:
    hits = [hit for edit in edits for hit in edit]
    met = sum(any(hit.is_met_by(s * NS_PER_S) for s in range(LENGTH_S + 1)) for hit in hits)
    return _percent(met, len(hits))

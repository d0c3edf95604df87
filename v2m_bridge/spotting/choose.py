"""The best set of cues for an edit, found by dynamic programming over where music may enter and leave.

A state is the moment of an out and how much music there has been until then, counted in steps of a share of the edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.spotting.resample import F64

SHORTEST_CUE_S: Final = 12.0
SHORTEST_SILENCE_S: Final = 8.0
"""Between two cues."""
TOLERANCE: Final = 0.05
FEWEST_PER_TEN_MINUTES: Final = 3
MOST_PER_TEN_MINUTES: Final = 8
_N_STEPS: Final = 800
_TEN_MINUTES_S: Final = 600.0
_WANT_WEIGHT: Final = 4.0
_LENGTH_WEIGHT: Final = 0.5
_LONGEST_CUE_S: Final = 240.0
_CUE_COST: Final = 1.5
"""An entry has to earn its place."""
_SHARE_WEIGHT: Final = 2.0
_DEAREST: Final = 8.0
_PRICES: Final = 8
_NEAR: Final = 1.25


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What there is to choose from; E entries and O outs, each in order of time."""

    length_s: float
    entry_s: F64
    """(E,)"""
    out_s: F64
    """(O,)"""
    entry_worth: F64
    """(E,)"""
    out_worth: F64
    """(O,)"""
    entry_want_s: F64
    """(E,) the want of music from the start of the edit to each entry"""
    out_want_s: F64
    """(O,)"""
    entry_taken_s: F64
    """(E,) seconds of source music from the start of the edit to each entry; no cue is laid over it"""
    out_taken_s: F64
    """(O,)"""


def usual_number(length_s: float, coverage: float) -> float:
    """Return how many cues an edit of that length and coverage usually has.

    ``(3 + 10 * coverage * (1 - coverage))`` in ten minutes: 5.5 at a half, 4.6 at a fifth and at four fifths.
    """
    return max(1.0, length_s / _TEN_MINUTES_S * (3 + 10 * coverage * (1 - coverage)))


def choose(ground: Ground, coverage: float) -> tuple[tuple[int, int], ...]:
    """Return the chosen cues as pairs (entry, out) of indices, in order; none where none would serve.

    What is maximised is the sum over cues of ``worth of entry + worth of out + 4 * want / usual length - 0.5 *
    log2(length / usual length)^2 - 1.5``, less ``2 * (off / 5 %)^2`` for a share of music that is off what is asked.
    Sets whose share is within 5 % of it come first, then those within five points, then the nearest.  A price for each
    cue brings their number to within a quarter of the usual.
    """
    if coverage <= 0 or ground.length_s < SHORTEST_CUE_S:
        return ()
    fewest, most = _numbers(ground.length_s, coverage)
    free = _Search(ground, coverage, 0.0).best()
    if fewest <= len(free) <= most or not free:
        return free
    return _priced(ground, coverage, free, (fewest, most))


def _priced(
    ground: Ground, coverage: float, free: tuple[tuple[int, int], ...], numbers: tuple[int, int]
) -> tuple[tuple[int, int], ...]:
    """Bring the number of cues into range by the price nearest to none that does so."""
    fewest, most = numbers
    is_scarce = len(free) < fewest
    best, near, far = free, 0.0, -_DEAREST if is_scarce else _DEAREST
    for _ in range(_PRICES):
        price = (near + far) / 2
        found = _Search(ground, coverage, price).best()
        if _outside(found, numbers) <= _outside(best, numbers):
            best = found
        is_still = len(found) < fewest if is_scarce else len(found) > most
        near, far = (price, far) if is_still else (near, price)
    return best


def _outside(cues: tuple[tuple[int, int], ...], numbers: tuple[int, int]) -> int:
    return max(numbers[0] - len(cues), len(cues) - numbers[1], 0)


def _numbers(length_s: float, coverage: float) -> tuple[int, int]:
    """Return the smallest and largest number of cues: near the usual one, and three to eight in ten minutes."""
    usual, tens = usual_number(length_s, coverage), length_s / _TEN_MINUTES_S
    fewest, most = floor(FEWEST_PER_TEN_MINUTES * tens), ceil(MOST_PER_TEN_MINUTES * tens)
    return max(1, fewest, floor(usual / _NEAR)), max(1, min(most, ceil(usual * _NEAR)))


class _Search:
    """One run over the edit, at one price for a cue."""

    def __init__(self, ground: Ground, coverage: float, price: float) -> None:
        self._ground, self._coverage, self._price = ground, coverage, price
        self._usual_s = max(1.5 * SHORTEST_CUE_S, coverage * ground.length_s / usual_number(ground.length_s, coverage))
        self._longest_s = max(_LONGEST_CUE_S, 4 * self._usual_s)
        n_outs, width = len(ground.out_s), _N_STEPS + 1
        self._step_s = ground.length_s / _N_STEPS
        self._ended = np.full((n_outs, width), -np.inf)
        self._entry_of = np.full((n_outs, width), -1, dtype=np.int32)
        self._begun = np.full((len(ground.entry_s), width), -np.inf)
        self._out_before = np.full((len(ground.entry_s), width), -1, dtype=np.int32)

    def best(self) -> tuple[tuple[int, int], ...]:
        """Return the best cues."""
        self._run()
        last = self._ended.argmax(axis=0)
        reached = np.flatnonzero(np.isfinite(self._ended.max(axis=0)))
        ways = [(float(self._ended[last[step], step]), self._way(int(last[step]), int(step))) for step in reached]
        ranked = [(*self._rank(score, way), way) for score, way in [*ways, (0.0, ())]]
        return min(ranked, key=lambda rank: rank[:3])[3]

    def _run(self) -> None:
        ground, width = self._ground, _N_STEPS + 1
        best, best_out = np.full(width, -np.inf), np.full(width, -1, dtype=np.int32)
        ready, columns = 0, np.arange(width)
        n_begun = 0
        for out, out_s in enumerate(ground.out_s):
            while n_begun < len(ground.entry_s) and ground.entry_s[n_begun] <= out_s - SHORTEST_CUE_S + 1e-9:
                while ready < out and ground.out_s[ready] <= ground.entry_s[n_begun] - SHORTEST_SILENCE_S + 1e-9:
                    is_better = self._ended[ready] > best
                    best, best_out = np.where(is_better, self._ended[ready], best), np.where(is_better, ready, best_out)
                    ready += 1
                self._begun[n_begun], self._out_before[n_begun] = best, best_out
                self._begun[n_begun, 0], self._out_before[n_begun, 0] = 0.0, -1
                n_begun += 1
            entries = self._entries_for(out, n_begun)
            if not len(entries):
                continue
            steps = np.rint((out_s - ground.entry_s[entries]) / self._step_s).astype(np.int64)
            source = columns[None, :] - steps[:, None]
            before = np.take_along_axis(self._begun[entries], np.maximum(source, 0), axis=1)
            scores = np.where(source >= 0, before, -np.inf) + self._gains(entries, out)[:, None]
            self._ended[out], self._entry_of[out] = scores.max(axis=0), entries[scores.argmax(axis=0)]

    def _entries_for(self, out: int, n_begun: int) -> I64:
        """Return the entries that with this out make a cue of a possible length, clear of source music."""
        ground = self._ground
        first = int(np.searchsorted(ground.entry_s, ground.out_s[out] - self._longest_s))
        entries = np.arange(first, n_begun, dtype=np.int64)
        clear: I64 = entries[ground.out_taken_s[out] - ground.entry_taken_s[entries] <= 1e-6]
        return clear

    def _gains(self, entries: I64, out: int) -> F64:
        ground = self._ground
        lengths_s = ground.out_s[out] - ground.entry_s[entries]
        want = (ground.out_want_s[out] - ground.entry_want_s[entries]) / self._usual_s
        unusual = np.log2(lengths_s / self._usual_s) ** 2
        worth = ground.entry_worth[entries] + ground.out_worth[out]
        gains: F64 = np.round(worth + _WANT_WEIGHT * want - _LENGTH_WEIGHT * unusual - _CUE_COST - self._price, 6)
        return gains

    def _way(self, out: int, step: int) -> tuple[tuple[int, int], ...]:
        """Trace the cues that led to a state."""
        cues = []
        while out >= 0:
            entry = int(self._entry_of[out, step])
            cues.append((entry, out))
            length_s = self._ground.out_s[out] - self._ground.entry_s[entry]
            step -= int(np.rint(length_s / self._step_s))
            out = int(self._out_before[entry, step])
        return tuple(reversed(cues))

    def _rank(self, score: float, way: tuple[tuple[int, int], ...]) -> tuple[int, float, float]:
        """Smaller is better: how near the share of music is to what is asked, then the score."""
        music_s = sum(float(self._ground.out_s[out] - self._ground.entry_s[entry]) for entry, out in way)
        off = round(abs(music_s / self._ground.length_s - self._coverage), 6)
        tier = 0 if off <= TOLERANCE * self._coverage else 1 if off <= TOLERANCE else 2
        if tier == 2:
            return tier, off, -score
        return tier, round(_SHARE_WEIGHT * (off / (TOLERANCE * self._coverage)) ** 2 - score, 6), off

"""Which beat is the first of a bar."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.listening.chroma import CHROMA_HOP
from v2m_bridge.listening.onsets import F64, RATE_HZ, STEPS_PER_S, Onsets
from v2m_bridge.listening.tempo import Beats

_METERS: Final = (4, 3)
_NEAR_S: Final = 0.05
_UNITS: Final = (6.0, 12.0, 0.3)
"""What accents a beat as much as the others: decibels of the whole, decibels of the bass, change of harmony."""
_BLUR_S: Final = 0.14
"""How far a row of the chroma reaches to both sides."""
_TELLS: Final = 1.0
"""How much the first beats must stand out before they are believed, in standard errors."""
_HEARD_BELOW_DB: Final = 40.0


class Bars(NamedTuple):
    """Beats in a bar, 0 where that is not known, and the first first beat that sounds, in seconds."""

    n_beats: int
    first_downbeat_s: float


def bars_of(beats: Beats, onsets: Onsets, chroma: F64) -> Bars:
    """Find how many beats a bar has, three or four, and where the first bar begins.

    Downbeats are louder, have more bass, and harmony changes on them; the count and place for which they stand out most
    wins.  Where none does, the first beat of all stands in.
    """
    length_s = 60 / beats.bpm
    start_s = _heard_from_s(onsets)
    first = int(np.ceil((start_s - _NEAR_S - beats.first_s) / length_s))
    last = int((len(onsets.strength) / STEPS_PER_S - beats.first_s) / length_s)
    number = np.arange(first, max(first + 1, last))
    at_s: F64 = np.asarray(beats.first_s + number * length_s, np.float64)
    accent = _accents(at_s, length_s, onsets, chroma)
    best, n_beats, phase = _TELLS, 0, 0
    for meter in _METERS:
        for shift in range(meter):
            stands_out = _stands_out(accent, number % meter == (first + shift) % meter)
            if stands_out > best:
                best, n_beats, phase = stands_out, meter, shift
    return Bars(n_beats, max(0.0, float(at_s[min(phase, len(at_s) - 1)])))


def _heard_from_s(onsets: Onsets) -> float:
    """Return when the music begins to sound."""
    loud = onsets.level_db > onsets.level_db.max() - _HEARD_BELOW_DB
    return float(np.argmax(loud) / STEPS_PER_S)


def _accents(at_s: F64, length_s: float, onsets: Onsets, chroma: F64) -> F64:
    """(B,) how much each beat is accented."""
    low_db = np.maximum(onsets.low_db, onsets.level_db.max() - _HEARD_BELOW_DB)
    columns = (_near(onsets.level_db, at_s), _near(low_db, at_s), _changes(at_s, length_s, chroma))
    accent = np.zeros(len(at_s))
    for column, unit in zip(columns, _UNITS, strict=True):
        accent += np.clip((column - column.mean()) / unit, -3, 3)
    return accent


def _near(values: F64, at_s: F64) -> F64:
    """Return the strongest value within 50 ms of each beat."""
    reach = round(_NEAR_S * STEPS_PER_S)
    steps = np.round(at_s * STEPS_PER_S).astype(int)[:, None] + np.arange(-reach, reach + 1)
    near: F64 = values[np.clip(steps, 0, len(values) - 1)].max(axis=1)
    return near


def _changes(at_s: F64, length_s: float, chroma: F64) -> F64:
    """Return how different the pitch classes of a beat are from those of the beat before, 0..1."""
    row_s = CHROMA_HOP / RATE_HZ
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(np.sqrt(chroma), axis=0)])
    reach_s = min(_BLUR_S, 0.4 * length_s)
    first = np.clip(np.round((at_s + reach_s) / row_s).astype(int), 0, len(chroma))
    last = np.clip(np.maximum(np.round((at_s + length_s - reach_s) / row_s).astype(int), first + 1), 0, len(chroma))
    beats = sums[last] - sums[first]  # (B, 12)
    size = np.linalg.norm(beats, axis=1)
    alike = (beats[1:] * beats[:-1]).sum(axis=1) / np.maximum(size[1:] * size[:-1], 1e-9)
    return np.concatenate([[0.0], np.where(size[1:] > 0, 1 - alike, 0)])


def _stands_out(accent: F64, is_first: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """Return the difference of means of first and other beats, in standard errors."""
    n_first, n_other = int(is_first.sum()), int((~is_first).sum())
    if min(n_first, n_other) < 2:
        return 0.0
    spread = np.sqrt(accent[is_first].var() / n_first + accent[~is_first].var() / n_other)
    return float((accent[is_first].mean() - accent[~is_first].mean()) / max(float(spread), 1e-3))

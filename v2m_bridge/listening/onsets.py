"""How strongly notes begin, moment by moment: what tempo and bars are found from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32

F64: TypeAlias = NDArray[np.float64]

RATE_HZ: Final = 22_050
HOP: Final = 256
STEPS_PER_S: Final = RATE_HZ / HOP
"""86.1 moments a second."""
_WINDOW: Final = 1024
_LATE_STEPS: Final = 0.45
"""How much earlier than the attack the spectrum changes most, measured on clicks, in moments."""
_N_BANDS: Final = 40
_RANGE_HZ: Final = (30.0, 10_000.0)
_LOW_BELOW_HZ: Final = 160.0
_FLOOR_DB: Final = 50.0
"""What is weaker than the loudest moment by more than this changes nothing: reverb and hiss."""
_SILENCE_DB: Final = -70.0
_FRAMES_AT_ONCE: Final = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """One row per moment of 11.6 ms."""

    strength: F64
    """(T,) >= 0, mean growth over all bands less its mean over a second, in standard deviations."""
    level_db: F64
    """(T,) loudness of the whole."""
    low_db: F64
    """(T,) loudness below 160 Hz: bass and drum."""

    def time_s(self, step: F64) -> F64:
        """Return the seconds at which attacks sound whose growth is strongest at these moments."""
        return np.maximum(0.0, (step + _LATE_STEPS) / STEPS_PER_S)


def onsets_of(sound: F32) -> Onsets:
    """Measure how the spectrum grows: half-wave rectified difference of decibels in mel bands.

    Parameters
    ----------
    sound : (N,) float32
        At 22,050 Hz.

    Source: Böck and Widmer 2013 (SuperFlux), without its maximum filter; bands after O'Shaughnessy 1987.
    """
    bands = _bands_db(sound)
    low = _centres_hz() < _LOW_BELOW_HZ
    floored = np.maximum(bands, max(_SILENCE_DB, float(bands.max(initial=_SILENCE_DB)) - _FLOOR_DB))
    growth = np.zeros_like(floored)
    growth[1:] = np.maximum(0, np.diff(floored, axis=0))
    return Onsets(_relative(growth.mean(axis=1)), _loudness_db(bands), _loudness_db(bands[:, low]))


def _loudness_db(bands: F64) -> F64:
    loudness: F64 = 10 * np.log10((10 ** (bands / 10)).sum(axis=1))
    return loudness


def _bands_db(sound: F32) -> F64:
    """(T, B) decibels; moment t is centred on sample t * 256."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, _WINDOW // 2), _WINDOW)[::HOP]
    weights, window = _mel(), np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    bands = np.empty((len(frames), len(weights)))
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        piece = slice(start, start + _FRAMES_AT_ONCE)
        power = np.abs(np.fft.rfft(frames[piece] * window)) ** 2 / _WINDOW
        bands[piece] = power @ weights.T
    return 10 * np.log10(np.maximum(bands, 1e-12))


def _relative(growth: F64) -> F64:
    above = np.maximum(0, growth - smoothed(growth, round(STEPS_PER_S)))
    spread = float(above.std())
    return above / spread if spread > 0 else above


def smoothed(values: F64, n_steps: int) -> F64:
    """Return the running mean over an odd number of moments, of the same length."""
    half = n_steps // 2
    sums = np.concatenate([[0.0], np.cumsum(np.pad(values, half, mode="edge"))])
    mean: F64 = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    return mean


@cache
def _edges_hz() -> F64:
    low, high = (2595 * np.log10(1 + hz / 700) for hz in _RANGE_HZ)
    edges: F64 = 700 * (10 ** (np.linspace(low, high, _N_BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    inside = np.searchsorted(bins, edges[2:]) > np.searchsorted(bins, edges[:-2], side="right")
    edges = np.concatenate([edges[:1], edges[1:-1][inside], edges[-1:]])
    edges.setflags(write=False)
    return edges


def _centres_hz() -> F64:
    return _edges_hz()[1:-1]


@cache
def _mel() -> F64:
    """(B, 513) triangles of equal area."""
    edges, bins = _edges_hz(), np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    up = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(up, down))
    weights: F64 = triangles / np.maximum(triangles.sum(axis=1, keepdims=True), 1e-9)
    weights.setflags(write=False)
    return weights

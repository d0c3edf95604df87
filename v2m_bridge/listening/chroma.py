"""Which pitch classes sound, and the key that they make."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import KEY_PROFILES, Key
from v2m_bridge.listening.onsets import F64, RATE_HZ

CHROMA_HOP: Final = 2048
"""93 ms."""
_WINDOW: Final = 8192
_RANGE_HZ: Final = (55.0, 1760.0)
_STANDS_OUT: Final = 4.0
"""A tone is this many times stronger than the mean around it; noise, drums and clicks hold none."""
_AROUND_BINS: Final = 16
_PARTIALS: Final = (3, 5)
_OVERTONE: Final = 0.2
"""Share of a tone that is taken from what sounds at three and five times its frequency, a fifth and a major third."""
_EVEN_OUT: Final = 0.7
"""Power by which a key sees loud moments and loud tones less loud."""
_FRAMES_AT_ONCE: Final = 512
_CLEAR: Final = 0.55
"""Correlation with the best key below which music, or what is no music, has none."""
_TONAL: Final = 0.3
"""Share of the time in which tones must sound."""
_UNEVEN: Final = 0.25
"""Share of the pitch classes' mean by which they must differ: noise holds all of them alike."""


def chroma_of(sound: F32) -> F64:
    """Return how much of each pitch class sounds.

    Parameters
    ----------
    sound : (N,) float32
        At 22,050 Hz.

    Returns
    -------
    (T, 12) float64
        One row in 93 ms, C first; magnitudes of tones less likely overtones, not scaled.
    """
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, _WINDOW // 2), _WINDOW)[::CHROMA_HOP]
    window, classes = np.hanning(_WINDOW + 1)[:-1].astype(np.float32), _classes()
    rows = np.empty((len(frames), 12))
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        piece = slice(start, start + _FRAMES_AT_ONCE)
        size = np.abs(np.fft.rfft(frames[piece] * window)).astype(np.float64)
        below = np.maximum(size, np.maximum(np.roll(size, 1, axis=1), np.roll(size, -1, axis=1)))
        overtones = np.maximum(*(below[:, np.round(np.arange(size.shape[1]) / part).astype(int)] for part in _PARTIALS))
        peak = (size >= np.roll(size, 1, axis=1)) & (size > np.roll(size, -1, axis=1))
        tone = peak & (size > _STANDS_OUT * _surroundings(size))
        rows[piece] = np.where(tone, np.maximum(0, size - _OVERTONE * overtones), 0) @ classes.T
    return rows


def key_of(chroma: F64) -> Key | None:
    """Return the key whose profile is most like the pitch classes (T, 12); None where none is.

    Source: Krumhansl and Schmuckler (Krumhansl 1990): the highest of 24 correlations.
    """
    total = (chroma**_EVEN_OUT).sum(axis=0)
    tonal = np.count_nonzero(chroma.any(axis=1))
    if not tonal or tonal < _TONAL * len(chroma) or total.std() < _UNEVEN * total.mean():
        return None
    likeness = {
        (tonic, mode): float(np.corrcoef(total, np.roll(profile, tonic))[0, 1])
        for mode, profile in KEY_PROFILES.items()
        for tonic in range(12)
    }
    tonic, mode = max(likeness, key=lambda key: likeness[key])
    return Key(tonic, mode) if likeness[tonic, mode] >= _CLEAR else None


def _surroundings(size: F64) -> F64:
    """(T, F) mean over 43 Hz to both sides."""
    padded = np.pad(size, ((0, 0), (_AROUND_BINS + 1, _AROUND_BINS)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    mean: F64 = (sums[:, 2 * _AROUND_BINS + 1 :] - sums[:, : -2 * _AROUND_BINS - 1]) / (2 * _AROUND_BINS + 1)
    return mean


@cache
def _classes() -> F64:
    """(12, 4097) which bins belong to each pitch class, weighted down towards the top."""
    hz = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    inside = (hz >= _RANGE_HZ[0]) & (hz <= _RANGE_HZ[1])
    pitch = 69 + 12 * np.log2(np.maximum(hz, 1.0) / 440)
    classes = np.zeros((12, len(hz)))
    weight = np.where(inside, (440 / np.maximum(hz, _RANGE_HZ[0])) ** 0.5, 0)
    classes[np.round(pitch).astype(int) % 12, np.arange(len(hz))] = weight
    classes.setflags(write=False)
    return classes

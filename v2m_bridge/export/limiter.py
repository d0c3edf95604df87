"""A true-peak limiter without memory: its gain at a sample depends on what stands 60 ms around it, and on nothing else.

Where nothing passes the ceiling, samples come out as they went in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32

F64: TypeAlias = NDArray[np.float64]

_REACH: Final = 1_440
"""30 ms at 48 kHz: how far before and after a peak the gain moves."""
_TAPS: Final = 12
_OVERSAMPLING: Final = 4
_MARGIN: Final = 2 * _REACH + _TAPS


def limited(blocks: Iterable[F32], ceiling: float) -> Iterator[F32]:
    """Keep the true peak of sound below a ceiling.

    Parameters
    ----------
    blocks : iterable of (n, 2) float32
        At 48 kHz.
    ceiling : float
        Highest true peak, linear, 1 is full scale.

    Yields
    ------
    (m, 2) float32
        As many samples in all, at the same places.
    """
    held = np.zeros((_MARGIN, 2), np.float32)  # what stands before the first sample that is not out yet
    for block in _and_silence(blocks):
        held = np.concatenate([held, block])
        n_ready = len(held) - 2 * _MARGIN
        if n_ready > 0:
            gain = _gain(_true_peaks(held, ceiling), ceiling)[_MARGIN : _MARGIN + n_ready]
            yield (held[_MARGIN : _MARGIN + n_ready] * gain[:, None]).astype(np.float32)
            held = held[n_ready:]


def _and_silence(blocks: Iterable[F32]) -> Iterator[F32]:
    yield from blocks
    yield np.zeros((_MARGIN, 2), np.float32)


def _gain(peaks: F64, ceiling: float) -> F64:
    """Return the gain (N,) in 0..1: of what each sample needs the least over 60 ms, of that the mean over 60 ms.

    The mean at a peak is over values that are no greater than the peak needs, so that no peak passes.
    """
    needed: F64 = np.minimum(1.0, ceiling / np.maximum(peaks, ceiling))
    if needed.min() >= 1.0:
        return needed
    width = 2 * _REACH + 1
    least = _sliding_min(np.pad(needed, 2 * _REACH, constant_values=1.0), width)
    sums = np.cumsum(np.concatenate([[0.0], least]))
    return np.asarray(np.minimum((sums[width:] - sums[:-width]) / width, 1.0))


def _sliding_min(values: F64, width: int) -> F64:
    """Return the minimum of each window of `width` values, (N - width + 1,).  Source: van Herk 1992."""
    n_windows = len(values) - width + 1
    rows = np.pad(values, (0, -len(values) % width), constant_values=1.0).reshape(-1, width)
    from_left = np.minimum.accumulate(rows, axis=1).ravel()
    from_right = np.minimum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(from_right[:n_windows], from_left[width - 1 : width - 1 + n_windows])


def _true_peaks(sound: F32, ceiling: float) -> F64:
    """Return (N,) absolute level at and between samples of (N, 2) sound, four times oversampled, the louder channel.

    Between samples it is looked at only where it could pass the ceiling.  Source: ITU-R BS.1770-4, annex 2; the
    interpolator is a windowed sinc of as many taps.
    """
    peaks: F64 = np.abs(sound).max(axis=1).astype(np.float64)
    is_loud = (peaks > ceiling / _MOST_BETWEEN).astype(np.float64)
    near = np.flatnonzero(np.convolve(is_loud, np.ones(_TAPS))[_TAPS // 2 :][: len(sound)] > 0.5)
    if len(near):
        padded = np.pad(sound, ((_TAPS // 2 - 1, _TAPS // 2), (0, 0)))
        around = np.lib.stride_tricks.sliding_window_view(padded, _TAPS, axis=0)[near]  # (n, 2, 12)
        between = np.abs(around @ _PHASES.T).max(axis=(1, 2))
        for at in (near, np.minimum(near + 1, len(peaks) - 1)):  # the value lies between the two
            peaks[at] = np.maximum(peaks[at], between)
    return peaks


def _phase(index: int) -> F64:
    """Taps (12,) that give the value `index` quarters of a sample after the sixth of twelve samples."""
    at = _TAPS // 2 - 1 - np.arange(_TAPS) + index / _OVERSAMPLING
    taps = np.sinc(at) * np.cos(np.pi * at / (_TAPS + 2)) ** 2
    return np.asarray(taps / taps.sum(), np.float64)


_PHASES: Final = np.stack([_phase(index) for index in range(1, _OVERSAMPLING)])
"""(3, 12)"""
_MOST_BETWEEN: Final = float(np.abs(_PHASES).sum(axis=1).max())
"""How much higher than its samples sound can be between them, as the interpolator sees it."""

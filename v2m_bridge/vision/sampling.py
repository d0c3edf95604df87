"""Which frame stands for each second, and which frames look so alike that one reading serves both."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from v2m_bridge.vision.frames import U8, Frame

_SIGNATURE_PX: Final = 24
_ALIKE_MEAN: Final = 1.5
_ALIKE_MOST: Final = 12.0


class SecondSampler:
    """Picks the frame on screen in the middle of each second of the medium's own clock.

    Parameters
    ----------
    expected_s : Fraction
        Length that the medium claims, for the middle of its last, partial second.
    first, stop : int
        Seconds to pick for, ``[first, stop)``; a `stop` of None is the end of the medium.
    """

    def __init__(self, expected_s: Fraction, *, first: int = 0, stop: int | None = None) -> None:
        self._expected_s = expected_s
        self._last: Frame | None = None
        self._second, self._stop = first, stop

    def see(self, frame: Frame) -> Iterator[tuple[int, Frame]]:
        """Take the next frame; yield (second, frame) for each second whose middle has passed before it."""
        while self._last is not None and not self._is_over() and self._middle_s() < frame.at_s:
            yield self._second, self._last
            self._second += 1
        self._last = frame

    def finish(self) -> Iterator[tuple[int, Frame]]:
        """Yield the seconds that are left after the last frame; the one on screen at the end stands for them."""
        while self._last is not None and not self._is_over() and self._second < n_seconds(self._last.end_s):
            yield self._second, self._last
            self._second += 1

    def _is_over(self) -> bool:
        return self._stop is not None and self._second >= self._stop

    def _middle_s(self) -> Fraction:
        start, end = Fraction(self._second), Fraction(self._second + 1)
        return (start + (self._expected_s if start < self._expected_s < end else end)) / 2


def n_seconds(end_s: Fraction) -> int:
    """Rows at 1 Hz of a medium that ends at `end_s`; the last second may be a partial one."""
    return max(1, ceil(end_s))


def signature(bgr: U8) -> NDArray[np.float32]:
    """Return a coarse copy (24, 24, 3) of a picture (H, W, 3) for `alike`."""
    return cv2.resize(bgr, (_SIGNATURE_PX, _SIGNATURE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)


def alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Whether two signatures differ by less than 1.5 of 255 on average and 12 anywhere."""
    change = np.abs(a - b)
    return bool(change.mean() < _ALIKE_MEAN and change.max() < _ALIKE_MOST)


def contrast(bgr: U8) -> float:
    """Return the standard deviation of brightness, 0..127.5: 0 for black, white or one colour."""
    return float(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY).std())

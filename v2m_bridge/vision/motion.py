"""Motion: how much the picture changes from one frame to the next, once a second."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

import cv2
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.vision.frames import Frame

_DECIMALS = 2


class MotionMeter:
    """Motion of frames that are shown one by one, in display order."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._of_second: dict[int, float] = {}

    def see(self, frame: Frame) -> None:
        """Take the next frame."""
        second = floor(frame.at_s)
        if self._last is not None and self._last.at_s < second:
            self._of_second[second] = float(cv2.absdiff(self._last.bgr, frame.bgr).mean())
        self._last = frame

    def rows(self, n_seconds: int) -> F32:
        """Return (T,) float32, 0..255, rounded to 2 decimals."""
        rows = np.zeros(n_seconds, np.float32)
        for second, change in self._of_second.items():
            if second < n_seconds:
                rows[second] = round(change, _DECIMALS)
        return rows


def motion(frames: Iterable[Frame], n_seconds: int) -> F32:
    """Mean absolute pixel change between the two frames that straddle each whole second.

    A second in which no new picture appears has 0: what stands still does not move.

    Parameters
    ----------
    frames : iterable of Frame
        Display order; ``bgr`` is (H, W, 3) uint8, ``at_s`` is seconds from the start of the medium.
    n_seconds : int
        T, rows wanted.

    Returns
    -------
    (T,) float32
        0..255; row 0 is 0 because nothing precedes it.  Source: Kang et al. 2024, motion feature.
    """
    meter = MotionMeter()
    for frame in frames:
        meter.see(frame)
    return meter.rows(n_seconds)

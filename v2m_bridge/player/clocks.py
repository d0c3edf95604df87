"""Clocks that drive playing, and the way from one to another."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from v2m_bridge.core.timebase import NS_PER_S

Clock = Callable[[], int]
"""Returns integer nanoseconds that never go back."""

MONOTONIC: Final[Clock] = time.monotonic_ns
_FRAME_COUNT: Final = 1 << 32
_TOLERANCE_NS: Final = 2_000_000


def unwrap_frames(near: int, frame: int) -> int:
    """Return the count of frames next to `near` whose low 32 bits are `frame`: JACK counts modulo 2**32."""
    ahead = (frame - near) % _FRAME_COUNT
    return near + (ahead if ahead < _FRAME_COUNT // 2 else ahead - _FRAME_COUNT)


def frames_to_ns(frames: int, rate: int) -> int:
    """Time of a frame in nanoseconds, rounded down."""
    return frames * NS_PER_S // rate


def ns_to_frames(ns: int, rate: int) -> int:
    """Return the frame nearest to a time."""
    return (ns * rate + NS_PER_S // 2) // NS_PER_S


class ClockOffset:
    """How far one clock is ahead of another: constant, so that intervals stay exact, until the two have drifted."""

    def __init__(self) -> None:
        self._offset_ns: int | None = None

    def between(self, from_ns: int, to_ns: int) -> int:
        """Return the offset, given what both clocks show now; drift beyond 2 ms moves it."""
        measured = to_ns - from_ns
        if self._offset_ns is None or abs(measured - self._offset_ns) > _TOLERANCE_NS:
            self._offset_ns = measured
        return self._offset_ns

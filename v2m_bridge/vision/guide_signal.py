"""How much the picture of a guide movie changes at each of its frames: what its cuts are read from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from v2m_bridge.core.arrays import F32, Bool, freeze
from v2m_bridge.core.video import MediaInfo
from v2m_bridge.vision.array_store import ArrayStore
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.frames import U8, Frame, Frames
from v2m_bridge.vision.probe import probe
from v2m_bridge.vision.sampling import signature

Progress = Callable[[str, int, int], None]

COARSE_PX: Final = 8
LONGEST_S: Final = 24 * 3600
_LASTS: Final = 2
"""A change counts as lasting when the picture differs from the one before it so many frames later."""
_NEAR, _FAR = 2, 8
_STEEP: Final = 3.0
_TALL: Final = 1.6
_LEAST: Final = 5.0
_KEPT_SHARE: Final = 0.5
_RAISED: Final = 1.6
_LEAST_RAISED: Final = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class GuideSignal:
    """Changes of N frames on an even grid of frames; differences are means over the picture, 0..255."""

    rate: Fraction
    step: F32
    """(N,) difference of frame n from the frame before it"""
    lasting: F32
    """(N,) difference of frame n + 2 from frame n - 1: small for a flash"""
    coarse: U8
    """(N, 8, 8, 3) the pictures, blurred"""

    def __post_init__(self) -> None:
        freeze(rows=len(self.step), step=self.step, lasting=self.lasting)

    def __len__(self) -> int:
        return len(self.step)

    def at_rate(self, rate: Fraction) -> GuideSignal:
        """Return the same changes on a grid of another rate: what changes between two frames is the larger."""
        if rate == self.rate:
            return self
        owner = np.array([ceil(n * rate / self.rate) for n in range(len(self))], np.int64)
        n_frames = int(owner[-1]) + 1
        step, lasting = np.zeros(n_frames, np.float32), np.zeros(n_frames, np.float32)
        np.maximum.at(step, owner, self.step)
        np.maximum.at(lasting, owner, self.lasting)
        latest = np.maximum(0, np.searchsorted(owner, np.arange(n_frames), side="right") - 1)
        return GuideSignal(rate, step, lasting, self.coarse[latest])

    def cuts(self) -> Bool:
        """(N,) where the picture changes at once.

        By at least 5, three times as much as in the two frames on either side, and 1.6 times as much as in all but two
        of the eight frames on either side, so that the steps of slow motion are no cuts.
        """
        beside = _mean_beside(self.step)
        padded = np.pad(self.step, _FAR)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _FAR + 1).copy()
        windows[:, _FAR] = 0
        third = np.sort(windows, axis=1)[:, -3]
        found: Bool = (self.step >= _LEAST) & (self.step >= _STEEP * beside) & (self.step >= _TALL * third)
        return found

    def lasting_cuts(self) -> Bool:
        """(N,) cuts after which the picture stays another one: no flashes."""
        found: Bool = self.cuts() & (self.lasting >= _KEPT_SHARE * self.step)
        return found

    def raised(self) -> Bool:
        """(N,) where the picture changes more than beside, so that a cut of two pictures that look alike may be."""
        found: Bool = (self.step >= _LEAST_RAISED) & (self.step >= _RAISED * _mean_beside(self.step))
        return found


def _mean_beside(step: F32) -> F32:
    padded = np.pad(step, _NEAR, mode="edge")
    beside = sum(padded[_NEAR + by : len(step) + _NEAR + by] for by in (-2, -1, 1, 2)) / 4
    return np.asarray(beside, np.float32)


def read_signal(path: Path, store: ArrayStore, progress: Progress | None = None) -> tuple[MediaInfo, GuideSignal]:
    """Decode a guide once for its changes, or take them from the store.

    Raises
    ------
    MediaError
        When the file is missing, corrupt or no video.
    """
    info = probe(path)
    content = fingerprint_of(path)
    known = store.load(content, "signal")
    if known is not None:
        try:
            return info, GuideSignal(info.rate, known["step"], known["lasting"], known["coarse"])
        except (KeyError, ValueError, TypeError):
            pass
    meter = SignalMeter(info.rate)
    with Frames(path) as frames:
        told_s = -1
        for frame in frames:
            meter.see(frame)
            if progress is not None and int(frame.at_s) > told_s:
                told_s = int(frame.at_s)
                progress(f"Looking for the cuts of {path.name}", told_s, max(told_s, ceil(info.duration_s)))
    signal = meter.signal()
    store.store({"step": signal.step, "lasting": signal.lasting, "coarse": signal.coarse}, content, "signal")
    return info, signal


class SignalMeter:
    """Collects the changes of frames that are shown one by one, in display order."""

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self._seen: deque[tuple[int, F32]] = deque(maxlen=_LASTS + 2)
        self._step: dict[int, float] = {}
        self._lasting: dict[int, float] = {}
        self._coarse: dict[int, U8] = {}

    def see(self, frame: Frame) -> None:
        """Take the next frame."""
        if frame.at_s > LONGEST_S:
            return
        number, look = round(frame.at_s * self._rate), signature(frame.thumbnail)
        if self._seen:
            change = float(np.abs(look - self._seen[-1][1]).mean())
            self._step[number] = max(change, self._step.get(number, 0.0))
        self._seen.append((number, look))
        if len(self._seen) == _LASTS + 2:
            after_cut = self._seen[1][0]
            self._lasting[after_cut] = float(np.abs(look - self._seen[0][1]).mean())
        coarse = cv2.resize(look, (COARSE_PX, COARSE_PX), interpolation=cv2.INTER_AREA)
        self._coarse[number] = np.round(coarse).astype(np.uint8)

    def signal(self) -> GuideSignal:
        """Return what was collected; a frame without a new picture does not change."""
        numbers = np.array(sorted(self._coarse), np.int64)
        n_frames = int(numbers[-1]) + 1
        step, lasting = np.zeros(n_frames, np.float32), np.zeros(n_frames, np.float32)
        for column, values in ((step, self._step), (lasting, self._lasting)):
            for number, value in values.items():
                column[number] = round(value, 2)
        latest = np.maximum(0, np.searchsorted(numbers, np.arange(n_frames), side="right") - 1)
        coarse = np.stack([self._coarse[int(number)] for number in numbers])[latest]
        # The last frames have no frame after them to say whether a change lasts.
        lasting[max(0, n_frames - _LASTS) :] = step[max(0, n_frames - _LASTS) :]
        return GuideSignal(self._rate, step, lasting, coarse)

"""Bars of a cue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from v2m_bridge.core.timebase import Meter
from v2m_bridge.spotting.resample import F64

FASTEST_US, SLOWEST_US = 200_000, 3_000_000
"""300 and 20 quarters a minute, which no bar leaves."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its meter, and how long its quarters last."""

    meter: Meter
    us_per_quarter: int

    @property
    def beat_us(self) -> float:
        """Length of a beat."""
        return self.us_per_quarter * 4 / self.meter.unit


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from the first frame of a cue to its end or beyond, and what they cost."""

    bars: tuple[Bar, ...]
    pickup_beats: int
    cost: float
    cue_us: int | None = None
    """The cue's tempo in microseconds per quarter; without it that of the first bar."""


def beats_us(bars: Sequence[Bar], pickup_beats: int) -> F64:
    """(B + 1,) times of all beats of bars in microseconds, and of the bar line that ends them."""
    counts = [pickup_beats, *(bar.meter.beats for bar in bars)]
    lengths = np.repeat([bars[0].beat_us, *(bar.beat_us for bar in bars)], counts)
    at_us: F64 = np.concatenate([[0.0], np.cumsum(lengths)])
    return at_us

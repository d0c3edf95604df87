"""The tempi that would serve the hits of a cue, as a composer compares them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Final

SAME_TEMPO: Final = log2(1.004)
"""Tempi nearer to each other than this, in octaves, say the same."""


@dataclass(frozen=True, slots=True)
class RankedTempo:
    """One constant tempo and how it serves the hits of a cue."""

    bpm: float
    n_musts_met: int
    n_mays_met: int
    n_near: int
    """Hits that the nearest beat misses by two frames at most."""
    worst_must_frames: float
    """How late the beat of the must is that lies farthest off; negative is early, 0 where there is no must."""
    worst_frames: float
    """The same over musts and mays."""


@dataclass(frozen=True, slots=True)
class NextWay:
    """What the next freer way of fitting would give."""

    way: str
    n_musts_met: int
    n_irregular_bars: int
    largest_step: float
    """Between neighbouring bars: faster over slower, less 1."""
    slowest_bpm: float
    fastest_bpm: float


@dataclass(frozen=True, slots=True)
class CueTempi:
    """Tempi for one cue, best first."""

    number: str
    fit: str
    """How the tempo of the cue was fitted."""
    bpm: float
    """Its tempo at its first frame."""
    tempo_bpm: tuple[float, float]
    """The range that was searched."""
    n_musts: int
    n_mays: int
    n_musts_met: int
    """By the cue as it is."""
    n_mays_met: int
    ranked: tuple[RankedTempo, ...]
    next_way: NextWay | None = None
    """Where the cue misses a must and there is a freer way."""

    @property
    def others(self) -> tuple[RankedTempo, ...]:
        """The ranked tempi without the one that the cue has."""
        if self.fit != "constant":
            return self.ranked
        return tuple(each for each in self.ranked if abs(log2(each.bpm / self.bpm)) >= SAME_TEMPO)

    @property
    def offer(self) -> str:
        """What to do about musts that are missed, in words; empty where there is nothing to offer."""
        way = self.next_way
        if way is None or way.n_musts_met <= self.n_musts_met:
            return ""
        steps = f"tempo steps of {100 * way.largest_step:.1f} % at most" if way.largest_step else "no tempo step"
        bars = f" and {way.n_irregular_bars} irregular bar{'s' * (way.n_irregular_bars != 1)}"
        range_ = f"{way.slowest_bpm:.1f}-{way.fastest_bpm:.1f} bpm"
        return (
            f"--fit {way.way} meets {way.n_musts_met} of {self.n_musts} musts with {steps}"
            f"{bars if way.n_irregular_bars else ''} ({range_})"
        )

"""Harmonic rhythm: how often chords change, as a target with a strength."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.harmony import N_SYMBOLS

F64 = NDArray[np.float64]

SONGS_CHANGE_RATE: Final = 0.49
"""Share of the slots of the training songs whose chord differs from the one before."""
OWED_GAIN: Final = 2.0
"""Nats for each change that the last slots owe or have had too many."""
OWED_SLOTS: Final = 32
_LEAST_ODDS: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class HarmonicRhythm:
    """How often chords change, and among how many."""

    changes_per_slot: F64
    """(T,) share of slots whose chord differs from the one before, 0..1: 0 is a pedal, 1/16 a chord for 16 slots"""
    strength: float = 1.0
    """0 leaves the rhythm to the model, 1 leans on it, `math.inf` puts every change where the sum of the target
    reaches a whole number."""
    n_chords: int | None = None
    """Chords that take turns, such as 2 for a vamp; None for any number."""

    def __post_init__(self) -> None:
        if not (np.all(self.changes_per_slot >= 0) and np.all(self.changes_per_slot <= 1)):
            raise ValueError("chord changes per slot lie from 0 to 1")
        if not self.strength >= 0 or (self.n_chords is not None and self.n_chords < 1):
            raise ValueError("the strength of a rhythm is not negative, and it has a chord at least")

    @property
    def is_exact(self) -> bool:
        """Whether every change stands where the target says."""
        return math.isinf(self.strength)

    def longest_hold(self, slot: int) -> float:
        """Return the slots that a chord lasts at the rate of `slot`."""
        rate = float(self.changes_per_slot[slot])
        return math.inf if rate == 0 else math.ceil(1 / rate - 1e-9)

    def changes_at(self, slot: int) -> bool:
        """Whether an exact rhythm changes its chord in `slot`: where the sum from slot 1 on passes a whole number."""
        before = float(self.changes_per_slot[1:slot].sum())
        return math.floor(before + float(self.changes_per_slot[slot]) + 1e-9) > math.floor(before + 1e-9)


def hold_pull(before: I64, rhythm: HarmonicRhythm, slot: int) -> float:
    """Nats that holding the last chord gains in `slot`, given the symbols before it.

    The odds of a change are moved from those of the training songs to those of the target, and further by what the
    last slots owe, so that the rate is met whatever the model prefers; where changes fall is left to the model.
    """
    first = max(1, slot - OWED_SLOTS)
    changes = np.count_nonzero(before[first:slot] != before[first - 1 : slot - 1])
    owed = float(rhythm.changes_per_slot[first:slot].sum()) - changes
    shift = _log_odds(float(rhythm.changes_per_slot[slot])) - _log_odds(SONGS_CHANGE_RATE)
    return -rhythm.strength * (shift + OWED_GAIN * owed)


def obeyed(before: I64, rhythm: HarmonicRhythm, slot: int) -> Bool:
    """(157,) chords that an exact rhythm and the number of its chords allow in `slot` > 0."""
    last = int(before[slot - 1])
    allowed = np.ones(N_SYMBOLS, np.bool_)
    if rhythm.n_chords is not None:
        latest = list(dict.fromkeys(before[:slot][::-1].tolist()))[: rhythm.n_chords]
        if len(latest) == rhythm.n_chords:
            allowed = np.isin(np.arange(N_SYMBOLS), latest)
    if rhythm.is_exact:
        held = np.arange(N_SYMBOLS) == last
        allowed = allowed & ~held if rhythm.changes_at(slot) else held
    return allowed


def _log_odds(share: float) -> float:
    inside = min(max(share, _LEAST_ODDS), 1 - _LEAST_ODDS)
    return math.log(inside / (1 - inside))

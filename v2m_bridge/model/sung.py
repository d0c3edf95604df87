"""Chords under a melody that is given: a bias against those that lack its tone on a strong beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.harmony import N_SYMBOLS, chord_of_id
from v2m_bridge.model.rhythm import HarmonicRhythm
from v2m_bridge.model.steering import inside_key

LACK_PENALTY: Final = 100.0
"""Nats against a chord for each strong beat whose tone it lacks: more than rhythm, affect and key together pull."""
_IN_KEY: Final = inside_key("major")
_HOLDS: Final = np.array([[tone in chord_of_id(s).pitch_classes for s in range(N_SYMBOLS)] for tone in range(12)])
"""(12, 157) whether a chord holds a pitch class"""


def sung_bias(tones: Mapping[int, int], n_slots: int, rhythm: HarmonicRhythm) -> NDArray[np.float64]:
    """(T, 157) pull towards chords that hold what is sung.

    Parameters
    ----------
    tones : mapping of int to int
        By slot, the pitch class 0..11 in the model's key that is sung on its first beat.
    n_slots : int
        T
    rhythm : HarmonicRhythm
        Where it is exact, a chord answers for every slot that it is held in.
    """
    bias = np.zeros((n_slots, N_SYMBOLS))
    first = 0
    for slot in range(n_slots):
        if slot == 0 or not rhythm.is_exact or rhythm.changes_at(slot):
            first = slot
        if slot in tones:
            bias[first] -= LACK_PENALTY * ~_HOLDS[tones[slot]]
    return bias


def eased(rhythm: HarmonicRhythm, tones: Mapping[int, int]) -> HarmonicRhythm:
    """Return an exact rhythm that also changes its chord where no chord of the key holds all that it is held under.

    Parameters
    ----------
    rhythm : HarmonicRhythm
        One that is not exact is returned as it is: it gives way by itself.
    tones : mapping of int to int
        As for `sung_bias`.
    """
    if not rhythm.is_exact or not tones:
        return rhythm
    rates = rhythm.changes_per_slot.copy()
    fitting = np.ones(N_SYMBOLS, np.bool_)
    for slot in sorted(tones):
        fitting = fitting & _HOLDS[tones[slot]]
        rates[slot] = float(slot - 1 not in tones or not fitting.any())
        if rates[slot]:
            fitting = _IN_KEY & _HOLDS[tones[slot]]
    return replace(rhythm, changes_per_slot=rates, n_chords=None)

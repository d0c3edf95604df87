"""What a choice of chord obeys: how long chords are held and how often loops come round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.harmony import N_SYMBOLS

LOOP_ROUNDS: Final = 4
"""Times that a loop of two or three slots may be heard in a row."""
KEY_SLOTS: Final = 16
"""Slots over which chords outside the key are counted."""
_SHORT_LOOPS: Final = (2, 3)
_LOOP_SLOTS: Final = (2, 16)
_STALEST: Final = 4.0
_LOOP_MEMORY: Final = 96
"""Slots in which the longest loop is heard six times, which is as stale as can be."""


def narrowed(always: Bool, rules: Sequence[Bool]) -> Bool:
    """Return what all rules allow, the last of them given up first where nothing would be left.

    Parameters
    ----------
    always : (157,) bool
        What never gives way.
    rules : sequence of (157,) bool
        The strongest first.
    """
    for n_rules in range(len(rules), 0, -1):
        allowed = np.logical_and.reduce([always, *rules[:n_rules]])
        if allowed.any():
            return np.asarray(allowed)
    return always


def repeats_allowed(before: I64, after: I64, limit: float) -> Bool:
    """(157,) chords that make no run longer than `limit`, with the symbols right before and those fixed right after."""
    allowed = np.ones(N_SYMBOLS, np.bool_)
    n_before, n_after = run_length(before[::-1]), run_length(after)
    if n_before >= limit:
        allowed[before[-1]] = False
    if n_after:
        joined = n_before if n_before and before[-1] == after[0] else 0
        allowed[after[0]] &= joined + 1 + n_after <= limit
    return allowed


def near_key(before: I64, inside: Bool, slot: int, limit: float) -> Bool:
    """(157,) all chords, or those inside the key where the last slots hold `limit` chords outside it already.

    Parameters
    ----------
    before : (slot,) int64
    inside : (T, 157) bool
        Chords of the key of each slot.
    slot : int
    limit : float
        Chords outside the key among `KEY_SLOTS` slots; 0 keeps to the key.
    """
    first = max(0, slot - KEY_SLOTS + 1)
    n_outside = np.count_nonzero(~inside[np.arange(first, slot), before[first:]])
    return inside[slot] if n_outside >= limit else np.ones(N_SYMBOLS, np.bool_)


def loops_allowed(before: I64) -> Bool:
    """(157,) chords that do not bring a loop of two or three slots round more than `LOOP_ROUNDS` times."""
    allowed = np.ones(N_SYMBOLS, np.bool_)
    for period in _SHORT_LOOPS:
        recent = before[-(LOOP_ROUNDS + 1) * period + 1 :]
        if len(recent) == (LOOP_ROUNDS + 1) * period - 1 and (recent[period:] == recent[:-period]).all():
            allowed[recent[-period]] &= _is_one_chord(recent[-period:])
    return allowed


def staleness(before: I64) -> NDArray[np.float64]:
    """(157,) how often the loop was heard that a chord would go on with, beyond the second time.

    A loop has a period of 2 to 16 slots and more than one chord; the chord that stood one period ago is the one that
    goes on with it.
    """
    stale = np.zeros(N_SYMBOLS)
    before = before[-_LOOP_MEMORY:]
    for period in range(_LOOP_SLOTS[0], min(_LOOP_SLOTS[1], len(before) // 2) + 1):
        if _is_one_chord(before[-period:]):
            continue
        equal = before[period:][::-1] == before[:-period][::-1]
        n_equal = len(equal) if equal.all() else int(np.argmin(equal))
        again = min(n_equal / period - 1, _STALEST)
        stale[before[-period]] = max(stale[before[-period]], again)
    return stale


def run_length(symbols: I64) -> int:
    """How many symbols at the front are equal."""
    if not len(symbols):
        return 0
    other = np.flatnonzero(symbols != symbols[0])
    return int(other[0]) if len(other) else len(symbols)


def _is_one_chord(symbols: I64) -> bool:
    return bool((symbols == symbols[0]).all())

"""What predictors of chords score, song by song, and the figures that come of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import N_SYMBOLS, PAD
from v2m_bridge.training.metrics import RANKS, cross_entropy, hits_at, places
from v2m_bridge.training.statistics import bootstrap, paired_p

F64 = NDArray[np.float64]
Marks = dict[str, float]
"""What one predictor scored on one song, by name; not a number where a song has nothing to count."""
Figures = dict[str, float]
COMPARED: Final = (*(f"hits_at_{k}" for k in RANKS), "changes_hits_at_1", "cross_entropy")
"""Marks in which the model is compared with every other predictor."""
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What one predictor scored over the songs."""

    name: str
    """Empty for the model itself."""
    marks: dict[str, F64]
    """(N,) each, one value per song."""

    def of(self, songs: Sequence[int]) -> Scored:
        """Return the same for some of the songs."""
        index = list(songs)
        return Scored(self.name, {mark: values[index] for mark, values in self.marks.items()})


def scored(name: str, marks: Iterable[Marks]) -> Scored:
    """Put the marks of one predictor, song by song, side by side."""
    rows = list(marks)
    return Scored(name, {mark: np.array([row[mark] for row in rows]) for mark in (rows[0] if rows else ())})


def chord_marks(scores: F32 | F64, targets: I64, before: I64) -> Marks:
    """Score one song.

    Parameters
    ----------
    scores : (T, 159)
        Logits or log-probabilities.
    targets : (T,)
        PAD where nothing is to be predicted.
    before : (T,)
        The symbol before each target: where it differs from a chord that follows is a chord change.
    """
    place, counted = places(scores, targets), targets != PAD
    changes = (targets < N_SYMBOLS) & (targets != before)
    return {
        **{f"hits_at_{k}": hits_at(k, place, counted) for k in RANKS},
        **{f"changes_hits_at_{k}": hits_at(k, place, changes) for k in RANKS},
        "cross_entropy": cross_entropy(scores, targets),
    }


def figures_of(model: Scored, others: Sequence[Scored]) -> Figures:
    """Turn marks into flat figures.

    Returns
    -------
    dict of str to float
        For each predictor and mark the mean over songs (``repeat_last_hits_at_1``; nothing in front for the model)
        with ``_low`` and ``_high``, the ends of its 95 % interval; and ``p_repeat_last_hits_at_1``, the p value of the
        difference to the model.  What cannot be counted is left out.
    """
    figures: Figures = {}
    for one in (model, *others):
        front = f"{one.name}_" if one.name else ""
        for mark, values in one.marks.items():
            mean, low, high = bootstrap(values)
            figures |= {f"{front}{mark}": mean, f"{front}{mark}_low": low, f"{front}{mark}_high": high}
    for other in others:
        for mark in COMPARED:
            figures[f"p_{other.name}_{mark}"] = paired_p(model.marks[mark], other.marks[mark])
    return tidy(figures)


def tidy(figures: Figures) -> Figures:
    """Round figures and leave out those that are not numbers."""
    return {name: round(value, _DIGITS) for name, value in figures.items() if math.isfinite(value)}

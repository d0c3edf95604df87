"""How sure a mean over songs is, and whether one model is better than another: resampling, from a fixed seed."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
N_RESAMPLES: Final = 10_000
_SEED: Final = 20_241
_TAIL: Final = 2.5
"""Per cent that lie beyond each end of an interval."""
_ROUNDING: Final = 1e-12


class Interval(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: F64, n_resamples: int = N_RESAMPLES) -> Interval:
    """Mean over songs with a percentile interval: songs are drawn again with replacement.

    Parameters
    ----------
    values : (N,)
        One value per song; those that are not a number are left out.  Source: Efron and Tibshirani 1993, chapter 13.
    n_resamples : int
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = _random().integers(0, len(known), (n_resamples, len(known)))
    low, high = np.percentile(known[drawn].mean(1), (_TAIL, 100 - _TAIL))
    return Interval(float(known.mean()), float(low), float(high))


def paired_p(one: F64, other: F64, n_resamples: int = N_RESAMPLES) -> float:
    """Two-sided p of the difference of two means over the same songs, by flipping the signs of the differences.

    Parameters
    ----------
    one, other : (N,)
        Values per song; songs where either is not a number are left out.
    n_resamples : int
        Smallest p is 1 / (1 + n).  Source: Good 2005, paired comparisons; Phipson and Smyth 2010 for the 1.

    Returns
    -------
    float
        1 where there is nothing to compare.
    """
    difference = one - other
    difference = difference[np.isfinite(difference)]
    if not len(difference):
        return 1.0
    signs = _random().integers(0, 2, (n_resamples, len(difference))) * 2 - 1
    flipped = np.abs(signs @ difference)
    n_as_large = int((flipped >= abs(difference.sum()) - _ROUNDING).sum())
    return (1 + n_as_large) / (1 + n_resamples)


def _random() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=_SEED))

"""From what a regressor predicts to the spread of recorded music: its predictions alone collapse to the mean.

A prediction finds its place 0..1 among all predictions, and takes the value that stands at the same place in the
corpus.  Both maps rise strictly, so that the order of predictions stays.  Arousal and intensity move the place in
between, in deviations of a normal distribution: they say in which range of the corpus a piece is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError

F64 = NDArray[np.float64]
OUTPUTS: Final = ("density", "loudness")
"""What a regressor predicts, in its order."""

# Percentiles of density (notes/s) and loudness (linear RMS) over MuVi-Sync; the ends are their usual extremes.
_MARGINAL_PLACES: Final = (0.0, 0.05, 0.25, 0.50, 0.75, 0.95, 1.0)
_MARGINALS: Final = {
    "density": (0.25, 1.0, 6.0, 10.0, 14.0, 20.0, 28.0),
    "loudness": (0.005, 0.020, 0.098, 0.164, 0.246, 0.345, 0.470),
}
STEPS: Final = {"density": 1 / 16, "loudness": 1 / 1024}
"""What calibrated values are rounded to."""

PLACES: Final = np.array(
    [0.002, 0.005, 0.01, 0.02, *(k / 20 for k in range(1, 20)), 0.98, 0.99, 0.995, 0.998], np.float64
)
"""Where predictions and corpus are compared."""
_PREDICTED, _MEASURED = "predicted", "measured"
_FARTHEST_SCORE: Final = 6.0
_LEAST_RISE: Final = 1e-6
_SEED: Final = 0


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Quantiles of one output at `PLACES`, both strictly rising."""

    predicted: F64
    """(K,) of the predictions for videos that the model has not seen in training."""
    measured: F64
    """(K,) of the corpus."""

    def __post_init__(self) -> None:
        for name, values in ((_PREDICTED, self.predicted), (_MEASURED, self.measured)):
            if values.shape != PLACES.shape or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
                raise ValueError(f"quantiles {name} are {len(PLACES)} numbers that rise")
        if self.measured[0] <= 0:
            raise ValueError("quantiles measured begin above 0")

    def places(self, predictions: F32 | F64) -> F64:
        """(T,) place of each prediction among all, between 0 and 1; beyond the quantiles the places fall off evenly."""
        values = np.asarray(predictions, np.float64)
        low, high = self.predicted[0], self.predicted[-1]
        reach = (high - low) / 8
        inside = np.interp(values, self.predicted, PLACES)
        below = PLACES[0] * np.exp(np.minimum(0, values - low) / reach)
        above = 1 - (1 - PLACES[-1]) * np.exp(-np.maximum(0, values - high) / reach)
        return np.asarray(np.where(values < low, below, np.where(values > high, above, inside)))

    def values(self, places: F64) -> F64:
        """(T,) what stands at these places in the corpus; the ends are nothing and a tenth more than the last."""
        ends = np.concatenate([[0.0], PLACES, [1.0]])
        knots = np.concatenate([[0.0], self.measured, [self.measured[-1] * 1.1]])
        return np.asarray(np.interp(places, ends, knots), np.float64)

    def __call__(self, predictions: F32 | F64) -> F64:
        """(T,) predictions on the scale of the corpus, in the same order."""
        return self.values(self.places(predictions))


def fit_calibration(predicted: F64, measured: F64, step: float = 0.0) -> Calibration:
    """Match the quantiles of predictions (N,) with those of the corpus (M,), none of which is negative.

    Where the corpus counts in steps, each value stands for all that would be rounded to it.
    """
    random = np.random.Generator(np.random.Philox(key=_SEED))
    spread = np.abs(measured + step * (random.random(len(measured)) - 0.5))
    above_nought = _rising(np.concatenate([[0.0], np.quantile(spread, PLACES)]))[1:]
    return Calibration(_rising(np.quantile(predicted, PLACES)), above_nought)


def calibrations_of(standings: Mapping[str, Mapping[str, tuple[float, ...]]]) -> dict[str, Calibration]:
    """Read what `standings_of` wrote into the header of weights; empty where weights state none.

    Raises
    ------
    ModelError
        When the quantiles are not as they must be.
    """
    try:
        return {output: _read(standings[output]) for output in OUTPUTS if output in standings}
    except ValueError as exc:
        raise ModelError(f"weights state what cannot be: {exc}", hint="Train them again.") from exc


def standings_of(calibrations: Mapping[str, Calibration]) -> dict[str, dict[str, tuple[float, ...]]]:
    """Write calibrations the way a header keeps them."""
    return {
        output: {
            _PREDICTED: tuple(np.round(calibration.predicted, 7).tolist()),
            _MEASURED: tuple(np.round(calibration.measured, 7).tolist()),
        }
        for output, calibration in calibrations.items()
    }


def marginal_values(output: str, places: F64) -> F64:
    """(T,) what stands at these places in MuVi-Sync, by its published percentiles."""
    return np.interp(places, _MARGINAL_PLACES, _MARGINALS[output])


def scores_of(places: F64) -> F64:
    """Turn places 0..1 into scores of a normal distribution, element by element."""
    normal = NormalDist()
    least = normal.cdf(-_FARTHEST_SCORE)
    return np.array([normal.inv_cdf(min(1 - least, max(least, place))) for place in places.tolist()])


def places_of(scores: F64) -> F64:
    """Turn scores of a normal distribution into places 0..1, element by element."""
    normal = NormalDist()
    return np.array([normal.cdf(score) for score in scores.tolist()])


def in_steps(output: str, values: F64) -> F32:
    """Round values of an output, so that the last bits of a machine do not matter."""
    step = STEPS[output]
    return np.asarray(np.round(values / step) * step, np.float32)


def _read(quantiles: Mapping[str, tuple[float, ...]]) -> Calibration:
    predicted, measured = (np.asarray(quantiles.get(name, ()), np.float64) for name in (_PREDICTED, _MEASURED))
    return Calibration(predicted, measured)


def _rising(values: F64) -> F64:
    """(K,) the same values, each a little above the one before."""
    least = _LEAST_RISE * max(1.0, float(np.abs(values).max()))
    ramp = least * np.arange(len(values))
    return np.asarray(np.maximum.accumulate(values - ramp) + ramp)

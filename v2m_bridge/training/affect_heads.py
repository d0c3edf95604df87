"""Fit the valence and arousal heads of the compact vision backend on OASIS.

``python -m v2m_bridge.training.affect_heads OUT.safetensors`` reads ``data/oasis`` below the folder that V2M_SHARED
names and writes the heads with their attribution and cross-validated figures in the header.

Source of the ratings: Kurdi, Lozano, Banaji 2017, Introducing the Open Affective Standardized Image Set (OASIS),
Behavior Research Methods 49.  The features are EfficientNet-Lite0's; no image is read or kept.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import save

from v2m_bridge.errors import ModelError

N_FOLDS: Final = 10
_SEED: Final = 0
_PENALTIES: Final = (600.0, 1000.0, 1500.0, 2000.0, 3000.0)
_LEAST_SD: Final = 1e-3
_ATTRIBUTION: Final = (
    "Heads fitted on ratings of the Open Affective Standardized Image Set (OASIS): Kurdi, B., Lozano, S., Banaji, "
    "M. R. (2017), Behavior Research Methods 49, 457-470. Features: EfficientNet-Lite0 (Apache-2.0)."
)


@dataclass(frozen=True, slots=True, eq=False)
class RatedImages:
    """Features and ratings of N images."""

    features: np.ndarray
    """(N, 1280) pooled features, >= 0."""
    ratings: np.ndarray
    """(N, 2) mean valence and arousal, -1..1."""
    themes: tuple[str, ...]
    """What each image shows; images of one theme look alike and are never split between fit and test."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedHeads:
    """Two linear heads and how well they did on themes that they had not seen."""

    arrays: dict[str, np.ndarray]
    """weight (2, 1280), bias, centre, spread, residual_sd (2,)."""
    r2: tuple[float, float]
    """Cross-validated share of the variance explained, valence and arousal, before widening."""
    penalties: tuple[float, float]
    unseen: np.ndarray
    """(N, 2) predictions for each image from a fit without its fold, before widening."""


def load_oasis(path: Path) -> RatedImages:
    """Read ``oasis_features.npz``; ratings 1..7 become -1..1.

    Raises
    ------
    ModelError
        When the file is absent or not what it should be.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            ratings = np.stack([data["V"], data["A"]], axis=1)
            features, themes = data["F"].astype(np.float64), data["theme"]
    except (OSError, KeyError, ValueError) as exc:
        raise ModelError(f"cannot read the OASIS features {path}", hint="Set V2M_SHARED to their folder.") from exc
    return RatedImages(features, (ratings - 4) / 3, tuple(re.sub(r"\s*\d+$", "", str(theme)) for theme in themes))


def fit_heads(images: RatedImages) -> FittedHeads:
    """Fit both heads by ridge regression on the square roots of the features.

    The penalty is the one of `_PENALTIES` with the least cross-validated error; folds are whole themes.

    Returns
    -------
    FittedHeads
        ``spread`` is the ratings' standard deviation over that of the unseen predictions, since ridge regression
        shrinks; ``residual_sd`` is the standard deviation of the unseen errors.
    """
    roots = np.sqrt(images.features)
    trials = _unseen(roots, images.ratings, theme_folds(images.themes))  # (P, N, 2)
    squared = ((images.ratings - trials) ** 2).mean(axis=1)  # (P, 2)
    best = squared.argmin(axis=0)
    unseen = np.stack([trials[best[head], :, head] for head in range(2)], axis=1)
    fits = [_ridge(roots, images.ratings, _PENALTIES[best[head]]) for head in range(2)]
    errors = images.ratings - unseen
    arrays = {
        "weight": np.stack([weight[:, head] for head, (weight, _) in enumerate(fits)]),
        "bias": np.array([bias[head] for head, (_, bias) in enumerate(fits)]),
        "centre": images.ratings.mean(axis=0),
        "spread": images.ratings.std(axis=0) / unseen.std(axis=0),
        "residual_sd": errors.std(axis=0),
    }
    r2 = 1 - (errors**2).mean(axis=0) / images.ratings.var(axis=0)
    return FittedHeads(arrays, (float(r2[0]), float(r2[1])), (_PENALTIES[best[0]], _PENALTIES[best[1]]), unseen)


def save_heads(path: Path, heads: FittedHeads) -> None:
    """Write the heads as safetensors (float32), with attribution and figures in the header."""
    about = {
        "attribution": _ATTRIBUTION,
        "r2_valence": f"{heads.r2[0]:.3f}",
        "r2_arousal": f"{heads.r2[1]:.3f}",
        "penalty_valence": f"{heads.penalties[0]:g}",
        "penalty_arousal": f"{heads.penalties[1]:g}",
        "validation": f"{N_FOLDS} folds of whole themes",
    }
    tensors = {name: array.astype(np.float32) for name, array in heads.arrays.items()}
    # One key, because several would be written in any order.
    path.write_bytes(save(tensors, metadata={"about": json.dumps(about)}))


def theme_folds(themes: tuple[str, ...]) -> np.ndarray:
    """Deal themes to folds in a fixed random order; return the fold of each image, (N,) int."""
    names = sorted(set(themes))
    order = np.random.Generator(np.random.Philox(_SEED)).permutation(len(names))
    fold_of = {names[theme]: place % N_FOLDS for place, theme in enumerate(order)}
    return np.array([fold_of[theme] for theme in themes])


def _unseen(x: np.ndarray, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Predict each row from a fit without its fold, for every penalty: (N, D), (N, 2) -> (P, N, 2)."""
    predicted = np.zeros((len(_PENALTIES), *y.shape))
    for fold in range(N_FOLDS):
        out = folds == fold
        for place, penalty in enumerate(_PENALTIES):
            weight, bias = _ridge(x[~out], y[~out], penalty)
            predicted[place, out] = x[out] @ weight + bias
    return predicted


def _ridge(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Solve ridge regression on standardised columns in its dual form: (N, D), (N, K) -> weight (D, K), bias (K,)."""
    mean, sd, centre = x.mean(axis=0), x.std(axis=0) + _LEAST_SD, y.mean(axis=0)
    z = (x - mean) / sd
    dual = np.linalg.solve(z @ z.T + penalty * np.eye(len(z)), y - centre)  # (N, K)
    weight = (z.T @ dual) / sd[:, None]
    return weight, centre - mean @ weight


def main(arguments: list[str]) -> None:
    """Fit on the shared material and write the heads to the path given."""
    shared = Path(os.environ.get("V2M_SHARED", Path(__file__).parents[2].parent / "shared"))
    save_heads(Path(arguments[0]), fit_heads(load_oasis(shared / "data" / "oasis" / "oasis_features.npz")))


if __name__ == "__main__":
    main(sys.argv[1:])

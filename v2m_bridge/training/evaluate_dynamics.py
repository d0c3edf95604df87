"""How good a regressor of density and loudness is on music videos, and what calibration makes of its predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError
from v2m_bridge.model.calibration import OUTPUTS, Calibration, calibrations_of
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.dynamics_columns import place_columns
from v2m_bridge.model.dynamics_gru import DynamicsGru
from v2m_bridge.model.weights import load_dynamics
from v2m_bridge.training.evaluate_source import Source
from v2m_bridge.training.evaluate_videos import others, training_videos
from v2m_bridge.training.marks import F64, Figures, tidy
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo, open_muvi
from v2m_bridge.training.statistics import bootstrap, paired_p
from v2m_bridge.training.video_dynamics import example_rows, measured_targets

LEVELS_FROM: Final = (6.0, 12.0, 18.0, 24.0)
"""Notes per second above which the next of the five published levels of density begins."""
_RIDGE: Final = 1.0

Predictions = list[F64]
"""(T, 2) of each video."""


def evaluate_dynamics(weights: Path, source: Source) -> Figures:
    """Measure a regressor on a split of MuVi-Sync.

    Returns
    -------
    dict of str to float
        ``density_rmse`` and ``loudness_rmse`` as published (mean over videos of the root mean square over 300 seconds,
        padding 0 and included), with ends of their 95 % interval; the same with ``shuffled_`` of the model that is
        shown the pictures of another video, ``constant_`` of the training mean and, where there are training videos,
        ``place_`` of a straight fit to the nearness of start and end alone, each with the p value of the difference;
        and with ``calibrated_`` what arrangements receive, see `calibrated_figures`.

    Raises
    ------
    ModelError
        When the weights do not fit or there is no MuVi-Sync.
    MediaError
        When the split cannot be read.
    """
    model, header = load_dynamics(weights)
    muvi = open_muvi(source.data, source.cache)
    if muvi is None:
        raise ModelError(f"there is no MuVi-Sync in {source.data}", hint="Name the folder that holds it with --data.")
    videos, known = muvi.videos(source.split, source.progress), training_videos(muvi, source)
    figures = measure(model, header.inputs, calibrations_of(header.standings), videos, known)
    return {"n_songs": len(videos), "n_training_songs": len(known), **figures}


def measure(
    model: DynamicsGru,
    inputs: tuple[str, ...],
    calibrations: dict[str, Calibration],
    videos: Sequence[MusicVideo],
    known: Sequence[MusicVideo],
) -> Figures:
    """Measure a regressor on videos that were read already; see `evaluate_dynamics`."""
    rows = [example_rows(video, inputs) for video in videos]
    order, n_seen = others(len(videos)), len(set(inputs) & set(video_columns()))
    seen = predictions(model, rows)
    rivals = {
        "shuffled": predictions(model, [_seeing(own, rows[order[i]], n_seen) for i, own in enumerate(rows)]),
        "constant": [np.tile(np.array(model.config.mean), (len(own), 1)) for own in rows],
    }
    if known:
        rivals["place"] = _fitted_to_place(known, videos)
    raw = [model_scores(model, own) for own in rows] if calibrations else []
    return tidy(
        {
            **_compared(seen, rivals, videos),
            **(calibrated_figures(raw, calibrations, videos) if calibrations else {}),
        }
    )


def predictions(model: DynamicsGru, rows: Sequence[F32]) -> Predictions:
    """(T, 2) density and loudness of each video."""
    return [_run(model.measured, own) for own in rows]


def model_scores(model: DynamicsGru, rows: F32) -> F64:
    """(T, 2) what calibrations start from."""
    return _run(model.standard, rows)


def errors(predicted: Predictions, videos: Sequence[MusicVideo]) -> F64:
    """(N, 2) error of each video as published."""
    squared = [
        np.square(one - measured_targets(video)).sum(0) / LONGEST_S
        for one, video in zip(predicted, videos, strict=True)
    ]
    return np.asarray(np.sqrt(np.array(squared)), np.float64)


def calibrated_figures(raw: Predictions, calibrations: dict[str, Calibration], videos: Sequence[MusicVideo]) -> Figures:
    """Measure the calibrated predictions of one split.

    Returns
    -------
    dict of str to float
        For both outputs ``calibrated_density_rank_correlation`` (Spearman, with the raw prediction, over all seconds),
        ``_spread`` (standard deviation over all seconds, as a share of the data's), ``_spread_within`` (the same inside
        videos, on average) and ``_rmse``; and the share of seconds at each of the five levels of density, of the data,
        of the raw and of the calibrated prediction.
    """
    figures: Figures = {}
    final = [
        np.stack([calibrations[output](one[:, index]) for index, output in enumerate(OUTPUTS)], axis=1) for one in raw
    ]
    targets = [measured_targets(video).astype(np.float64) for video in videos]
    rmse = errors(final, videos).mean(0)
    for index, output in enumerate(OUTPUTS):
        mine, truth = ([one[:, index] for one in all_] for all_ in (final, targets))
        figures |= {
            f"calibrated_{output}_rank_correlation": rank_correlation(
                np.concatenate([one[:, index] for one in raw]), np.concatenate(mine)
            ),
            f"calibrated_{output}_spread": float(np.concatenate(mine).std() / np.concatenate(truth).std()),
            f"calibrated_{output}_spread_within": _mean_spread(mine) / _mean_spread(truth),
            f"calibrated_{output}_rmse": float(rmse[index]),
        }
    for name, parts in (("calibrated", final), ("data", targets)):
        figures |= level_shares(name, np.concatenate(parts)[:, 0])
    return figures


def level_shares(name: str, density_notes_per_s: F64) -> Figures:
    """Share of seconds at each of the five levels of density."""
    levels = np.searchsorted(LEVELS_FROM, density_notes_per_s, side="left")
    return {f"{name}_level_{level}": float((levels == level).mean()) for level in range(len(LEVELS_FROM) + 1)}


def rank_correlation(one: F64, other: F64) -> float:
    """Spearman's correlation; equal values share their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: F64) -> F64:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], np.float64)


def _mean_spread(parts: Sequence[F64]) -> float:
    return float(np.mean([part.std() for part in parts]))


def _compared(seen: Predictions, rivals: dict[str, Predictions], videos: Sequence[MusicVideo]) -> Figures:
    own, figures = errors(seen, videos), level_shares("raw", np.concatenate(seen)[:, 0])
    for index, output in enumerate(OUTPUTS):
        mean, low, high = bootstrap(own[:, index])
        figures |= {f"{output}_rmse": mean, f"{output}_rmse_low": low, f"{output}_rmse_high": high}
        for name, predicted in rivals.items():
            other = errors(predicted, videos)[:, index]
            figures[f"{name}_{output}_rmse"] = float(other.mean())
            figures[f"p_{name}_{output}_rmse"] = paired_p(own[:, index], other)
    return figures


def _fitted_to_place(known: Sequence[MusicVideo], videos: Sequence[MusicVideo]) -> Predictions:
    """Predict from the nearness of start and end by least squares over the training videos."""
    rows = np.concatenate([_place(video) for video in known])
    targets = np.concatenate([measured_targets(video) for video in known]).astype(np.float64)
    weights = np.linalg.solve(rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ targets)
    return [_place(video) @ weights for video in videos]


def _place(video: MusicVideo) -> F64:
    """(T, 11) nearness of start and end, and 1."""
    n = len(video.symbol_ids)
    columns = place_columns(n, ends=n < LONGEST_S)
    return np.stack([*columns.values(), np.ones(n)], axis=1, dtype=np.float64)


def _seeing(rows: F32, other: F32, n_seen: int) -> F32:
    """(T, columns) rows whose first columns, those of the picture, are another video's, round and round."""
    return np.concatenate([np.resize(other, (len(rows), other.shape[1]))[:, :n_seen], rows[:, n_seen:]], axis=1)


def _run(what: Callable[[torch.Tensor], torch.Tensor], rows: F32) -> NDArray[np.float64]:
    with torch.no_grad():
        return what(torch.from_numpy(np.ascontiguousarray(rows))[None])[0].double().numpy()

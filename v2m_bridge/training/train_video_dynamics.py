"""Training of a regressor of density and loudness on MuVi-Sync: minutes on one processor core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from torch import Tensor

from v2m_bridge.errors import ModelError
from v2m_bridge.model.calibration import F64, OUTPUTS, Calibration, fit_calibration, standings_of
from v2m_bridge.model.conditions import N_SEMANTIC
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.weights import Header, save_weights
from v2m_bridge.training.config import TrainConfig
from v2m_bridge.training.corpora import Progress, quiet
from v2m_bridge.training.dynamics_run import DynamicsRun, mean_errors
from v2m_bridge.training.muvi import MusicVideo, open_muvi
from v2m_bridge.training.video_dynamics import VideoExample, example_rows, inputs_of, measured_targets
from v2m_bridge.training.video_dynamics_config import LAYERS, VideoDynamicsTraining

CHECKPOINT: Final = "muvi-dynamics.checkpoint"
WEIGHTS: Final = "muvi-dynamics.safetensors"
_COUNTED_IN: Final = {"density": 1.0, "loudness": 0.0}
"""Steps in which the corpus counts; 0 where it does not."""


def train_video_dynamics(config: TrainConfig, out: Path, progress: Progress = quiet) -> Path:
    """Train on MuVi-Sync and write ``muvi-dynamics.safetensors``; a run that was broken off goes on.

    Raises
    ------
    ModelError
        When MuVi-Sync is not there, or the checkpoint does not fit.
    """
    muvi = open_muvi(Path(config.data), Path(config.cache) if config.cache else out / "corpora")
    if muvi is None:
        raise ModelError(f"there is no MuVi-Sync in {config.data}", hint="Name the folder that holds it with --data.")
    return train_on_videos(muvi.videos("train", progress), muvi.videos("val", progress), config, out, progress)


def train_on_videos(
    own: Sequence[MusicVideo],
    held_out: Sequence[MusicVideo],
    config: TrainConfig,
    out: Path,
    progress: Progress = quiet,
) -> Path:
    """Train on videos that were read already; see `train_video_dynamics`."""
    if not own or not held_out:
        raise ModelError("there are no videos to train on or none to validate with")
    how = config.video_dynamics or VideoDynamicsTraining()
    inputs = inputs_of(how.columns)
    model = _fitted_model(own, inputs, how, config.seed)
    examples, validation = ([_read(model, video, inputs) for video in videos] for videos in (own, held_out))
    run = DynamicsRun(model, how, config.seed)
    run.resume(out / CHECKPOINT)
    while run.epoch < how.n_epochs:
        run.train_epoch(examples)
        run.validate(validation)
        run.save(out / CHECKPOINT)
        progress(f"dynamics of videos, best validation error {run.best_error:.4f}", run.epoch, how.n_epochs)
    best = run.best_model()
    path = out / WEIGHTS
    header = Header(
        kind="dynamics",
        name=path.stem,
        inputs=inputs,
        sizes=asdict(best.config),
        standings=standings_of(_calibrations(best, examples, validation)),
        provenance=_provenance(best, config, examples, validation),
    )
    save_weights(best, header, path)
    return path


def _fitted_model(
    videos: Sequence[MusicVideo], inputs: tuple[str, ...], how: VideoDynamicsTraining, seed: int
) -> DynamicsGru:
    """Return a model whose reader and scale are measured on the videos, and whose layers are random."""
    targets = np.concatenate([measured_targets(video) for video in videos])
    mean, spread = targets.mean(0).tolist(), targets.std(0).tolist()
    n_semantic = N_SEMANTIC if "semantic" in how.columns else 0
    torch.manual_seed(seed)
    model = DynamicsGru(
        DynamicsConfig(
            n_inputs=len(inputs),
            hidden=how.hidden,
            n_layers=0 if how.regressor == "linear" else how.n_layers,
            dropout=how.dropout,
            mean=(round(mean[0], 5), round(mean[1], 5)),
            spread=(round(spread[0], 5), round(spread[1], 5)),
            standardised=True,
            n_semantic=n_semantic,
            n_components=min(how.n_components, n_semantic),
            pooled=how.pooled,
            **LAYERS[how.regressor],
        )
    )
    if model.reader is not None:
        model.reader.fit(torch.from_numpy(np.concatenate([example_rows(video, inputs) for video in videos])))
    return model


@torch.no_grad()
def _read(model: DynamicsGru, video: MusicVideo, inputs: tuple[str, ...]) -> VideoExample:
    """Let the reader read a video, which stays the same while the model learns."""
    rows, targets = torch.from_numpy(example_rows(video, inputs)), torch.from_numpy(measured_targets(video))
    read = rows if model.reader is None else model.reader(rows)
    mean, spread = torch.tensor(model.config.mean), torch.tensor(model.config.spread)
    return VideoExample(read, (targets - mean) / spread)


def _provenance(
    model: DynamicsGru, config: TrainConfig, examples: Sequence[VideoExample], validation: Sequence[VideoExample]
) -> dict[str, str | int | float]:
    errors = (mean_errors(model, validation) * torch.tensor(model.config.spread)).tolist()
    return {
        "corpora": "muvi-sync (licence not verified)",
        "training_videos": len(examples),
        "validation_videos": len(validation),
        **{f"validation_{output}_rmse": round(error, 5) for output, error in zip(OUTPUTS, errors, strict=True)},
        "settings": msgspec.json.encode(msgspec.structs.replace(config, data="", cache="")).decode(),
    }


def _calibrations(
    model: DynamicsGru, examples: Sequence[VideoExample], validation: Sequence[VideoExample]
) -> dict[str, Calibration]:
    """Match predictions for videos that were not learnt with what the learnt ones sound like."""
    predicted = _joined([_predicted(model, example) for example in validation])
    measured = _joined([example.targets for example in examples])
    measured = measured * np.array(model.config.spread) + np.array(model.config.mean)
    return {
        output: fit_calibration(predicted[:, index], measured[:, index], _COUNTED_IN[output])
        for index, output in enumerate(OUTPUTS)
    }


def _joined(parts: Sequence[Tensor]) -> F64:
    return torch.cat(list(parts)).double().numpy()


@torch.no_grad()
def _predicted(model: DynamicsGru, example: VideoExample) -> Tensor:
    predicted: Tensor = model.from_read(example.rows[None])[0]
    return predicted

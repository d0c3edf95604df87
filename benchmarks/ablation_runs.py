"""The ablations: what is changed in each, and the runs that train and measure it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.ablation_figures import figures_of
from v2m_bridge.model.weights import load_chords, n_parameters
from v2m_bridge.training.config import TrainConfig
from v2m_bridge.training.song_cache import Library, read_library
from v2m_bridge.training.train import train

Result = dict[str, float | str]
SMALL: Final[Mapping[str, Any]] = {
    "d_model": 64, "n_heads": 2, "d_feedforward": 192, "n_encoder_layers": 1, "n_decoder_layers": 2,
    "encoder_band": 0, "memory_band": 0, "dropout": 0.1, "n_steps": 300, "batch_songs": 8, "peak_rate": 4e-3,
    "warm_up_steps": 40, "weight_decay": 0.02, "label_smoothing": 0.02, "average_decay": 0.98, "validate_every": 100,
}  # fmt: skip
"""The published architecture at a size that trains in minutes; every slot sees all rows, as published."""
ON_VIDEOS: Final[Mapping[str, Any]] = {
    "warm_up_share": 0.0, "sight": 1.0, "steady_share": 0.4, "transposed_share": 0.15, "recall": False
}  # fmt: skip
ALL: Final = ("semantic", "scene_offset", "motion", "emotion")


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that is changed."""

    says: str
    chords: Mapping[str, Any] = field(default_factory=dict)
    videos: Mapping[str, Any] = field(default_factory=dict)
    beside: str = "full"
    """The variant that it is compared with."""


VARIANTS: Final[Mapping[str, Variant]] = {
    "full": Variant("all features, chord loss alone"),
    "emotion-loss": Variant("with the emotion loss, lambda 0.4 as published", chords={"chord_share": 0.4}),
    "all-hidden": Variant("all features hidden", videos={"hidden": ALL}),
    "shuffled": Variant("trained and measured with the features of other videos", videos={"shuffled": True}),
    "no-semantic": Variant("semantic features hidden", videos={"hidden": ("semantic",)}),
    "no-emotion": Variant("emotion features hidden", videos={"hidden": ("emotion",)}),
    "no-motion": Variant("motion hidden", videos={"hidden": ("motion",)}),
    "no-scene-offset": Variant("scene offset hidden", videos={"hidden": ("scene_offset",)}),
    "music-transformer": Variant("Music Transformer: chords and key alone", chords={"sees_rows": False}),
    "transformer": Variant(
        "Transformer: the same without relative attention", chords={"sees_rows": False, "relative": False}
    ),
    "recall": Variant("told what the progression remembers of itself", videos={"recall": True}),
    "recall-all-hidden": Variant(
        "the same with all features hidden", videos={"recall": True, "hidden": ALL}, beside="recall"
    ),
}


def library_of(data: Path, folder: Path) -> Library:
    """Read the videos that are trained on and measured with."""
    return read_library(data, folder / "cache", (), ("train", "val"))


def settings_of(name: str, seed: int) -> dict[str, Any]:
    """Return all that a run depends on, beside the program and the data."""
    variant = VARIANTS[name]
    return {
        "seed": seed,
        "threads": 1,
        "corpora": [],
        "chords": {**SMALL, **variant.chords},
        "videos": {**ON_VIDEOS, **variant.videos},
    }


def finished(name: str, seed: int, folder: Path) -> Result | None:
    """Return the figures of a run with these settings that was finished before; None where there is none."""
    path = folder / f"{name}-{seed}.json"
    if not path.is_file():
        return None
    found: Result = json.loads(path.read_text(encoding="utf-8"))
    return found if found.get("settings") == _told(name, seed) else None


def run(name: str, seed: int, data: Path, folder: Path) -> Result:
    """Train, measure and write down; a run that was stopped goes on where it was."""
    began, used = time.time(), time.process_time()
    settings = {**settings_of(name, seed), "data": str(data), "cache": str(folder / "cache")}
    config = msgspec.convert(settings, TrainConfig)
    model, _ = load_chords(train(config, folder / f"{name}-{seed}"))
    if config.videos is None:
        raise ValueError(f"{name} is not trained on videos")
    figures: Result = {
        **figures_of(model, library_of(data, folder).videos["val"], config.videos),
        "parameters": n_parameters(model),
        "processor_s": round(time.process_time() - used, 1),
        "elapsed_s": round(time.time() - began, 1),
        "settings": _told(name, seed),
    }
    (folder / f"{name}-{seed}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder / f"{name}-{seed}")
    return figures


def _told(name: str, seed: int) -> str:
    return json.dumps(settings_of(name, seed), sort_keys=True)

"""What a training run is: read from TOML, kept in the header of the weights."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Final, Literal

import msgspec

from v2m_bridge.errors import ModelError
from v2m_bridge.training.corpora import CORPORA
from v2m_bridge.training.video_dynamics_config import VideoDynamicsTraining

STARTER: Final = "starter"

Feature = Literal["semantic", "scene_offset", "motion", "emotion"]
"""A group of columns of a music video."""


class ChordTraining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and schedule of the chord model."""

    d_model: int = 192
    n_heads: int = 6
    d_feedforward: int = 512
    n_encoder_layers: int = 2
    n_decoder_layers: int = 4
    n_positions: int = 300
    encoder_band: int = 16
    memory_band: int = 4
    """How far a slot sees to each side: rows in the encoder, and rows from the decoder; 0 sees all, as published."""
    dropout: float = 0.15
    n_steps: int = 3000
    batch_songs: int = 16
    crop_slots: int = 128
    peak_rate: float = 1e-3
    warm_up_steps: int = 300
    weight_decay: float = 0.02
    label_smoothing: float = 0.02
    average_decay: float = 0.998
    validate_every: int = 250
    log_every: int = 10
    """Steps between two entries of the TensorBoard log."""
    schedule: Literal["cosine", "noam"] = "cosine"
    """How the rate falls after its peak; the published recipe is ``noam``."""
    chord_share: float = 1.0
    """Share of the chord loss in what is minimised, lambda of Kang et al. 2024; the rest is the emotion loss.  As
    published 0.4; 1 leaves the emotion loss out."""
    relative: bool = True
    """Whether the decoder counts distances."""
    sees_rows: bool = True
    """Whether there is an encoder; without one the model hears chords and key alone."""

    def __post_init__(self) -> None:
        if not 0 < self.chord_share <= 1:
            raise ValueError(f"chord_share = {self.chord_share} does not lie above 0 and up to 1")
        if min(self.n_steps, self.batch_songs, self.validate_every, self.log_every, self.warm_up_steps) < 1:
            raise ValueError("steps and songs of a batch are counted from 1")


class DynamicsTraining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and schedule of the regressor."""

    hidden: int = 64
    n_layers: int = 2
    dropout: float = 0.1
    n_steps: int = 600
    batch_songs: int = 24
    crop_slots: int = 96
    peak_rate: float = 2e-3


class VideoTraining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a chord model learns from music videos, after and beside songs without pictures."""

    warm_up_share: float = 0.6
    """Share of the steps in which songs without pictures are frequent."""
    video_share: float = 0.35
    """How often a music video is drawn in these steps."""
    late_video_share: float = 0.93
    """The same afterwards."""
    sight: float = 0.5
    """How often a music video is shown with its pictures."""
    hidden: tuple[Feature, ...] = ()
    """Groups of columns that are never shown, in training or validation."""
    shuffled: bool = False
    """Whether each video is shown with the pictures of another one: what a model makes of pictures that say nothing."""
    steady_share: float = 0.4
    """How often a music video keeps its own seconds; else it is heard faster or slower, from another moment on."""
    speed_spread: float = 0.18
    """Standard deviation of the logarithm of that speed."""
    transposed_share: float = 0.3
    """How often the key of a song is changed in the first steps; a fifth of that afterwards."""
    recall: bool = True
    """Whether the model is told what the progression remembers of itself."""
    tally: bool = False
    """Whether counts of the song so far are mixed into what the model says."""


class TrainConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run."""

    data: str = ""
    """Folder that holds a folder per corpus; empty where the caller names it."""
    cache: str = ""
    """Folder for unpacked corpora and for songs as read, which many runs share; empty for one beside the results."""
    corpora: tuple[str, ...] = CORPORA
    start: str = ""
    """Weights from which the chord model of music videos goes on; empty for random ones.  What they lack is random."""
    seed: int = 0
    threads: int = 0
    """Processor threads; 0 takes what torch takes."""
    affect_dropout: float = 0.35
    """How often valence and change rate are both hidden from a crop; half as often one of them alone."""
    grid_dropout: float = 0.1
    silence_chance: float = 0.05
    """How often a short run of N is put into a crop."""
    chords: ChordTraining = ChordTraining()
    dynamics: DynamicsTraining = DynamicsTraining()
    videos: VideoTraining | None = None
    """For a model of MuVi-Sync; None trains on songs alone."""
    video_dynamics: VideoDynamicsTraining | None = None
    """For a regressor of MuVi-Sync, which is then all that is trained."""


def read_config(path: Path | None = None) -> TrainConfig:
    """Read a training configuration; None for the one that made the starter weights.

    Raises
    ------
    ModelError
        When the file cannot be read or names something that is no setting of training.
    """
    source = resources.files("v2m_bridge.training") / "configs" / f"{STARTER}.toml" if path is None else path
    hint = "Start from the configuration that v2m_bridge packages, training/configs/starter.toml."
    try:
        values = tomllib.loads(source.read_text(encoding="utf-8"))
        return msgspec.convert(values, TrainConfig)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as exc:
        raise ModelError(f"cannot train from {path}: {exc}", hint=hint) from exc

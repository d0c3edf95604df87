"""How a regressor learns density and loudness from music videos."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Group = Literal["semantic", "scene_offset", "motion", "emotion", "place", "chords"]
"""Columns that belong together, see `v2m_bridge.model.dynamics_columns.GROUPS`."""
Regressor = Literal["linear", "gru", "lstm", "bi-gru", "bi-lstm"]

LAYERS: Final[dict[Regressor, dict[str, bool]]] = {
    "linear": {"bidirectional": False},
    "gru": {"bidirectional": False},
    "lstm": {"bidirectional": False, "lstm": True},
    "bi-gru": {},
    "bi-lstm": {"lstm": True},
}
"""What each regressor is in `DynamicsConfig`; ``linear`` has no layer besides."""


class VideoDynamicsTraining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the regressor is, what it reads and how it learns."""

    regressor: Regressor = "bi-gru"
    columns: tuple[Group, ...] = ("semantic", "scene_offset", "motion", "emotion", "place")
    hidden: int = 48
    n_layers: int = 1
    n_components: int = 16
    """Principal components of the semantic columns."""
    pooled: bool = False
    """Whether each second also sees the mean over the whole video."""
    dropout: float = 0.4
    hidden_semantic: float = 0.5
    """How often a video is shown without its semantic columns."""
    n_epochs: int = 10
    batch_videos: int = 32
    length_jitter_s: float = 8.0
    """How far lengths are varied when videos of like length are put together."""
    peak_rate: float = 4e-3
    warm_up_steps: int = 30
    weight_decay: float = 0.05
    average_decay: float = 0.98
    """Of the running mean of the weights, which is what is kept."""

    def __post_init__(self) -> None:
        if min(self.n_epochs, self.batch_videos, self.warm_up_steps) < 1:
            raise ValueError("epochs, videos of a batch and steps are counted from 1")
        if not self.columns or len(set(self.columns)) < len(self.columns):
            raise ValueError("a regressor reads some groups of columns, each of them once")

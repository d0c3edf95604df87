"""What a regressor of music videos reads and is to predict, and the batches of a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from v2m_bridge.core.arrays import F32
from v2m_bridge.model.conditions import N_SEMANTIC, stacked, video_columns
from v2m_bridge.model.dynamics_columns import GROUPS, by_name, place_columns, sounding_columns
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo
from v2m_bridge.training.video_dynamics_config import Group, VideoDynamicsTraining

_TINY: Final = 1e-8
"""Keeps the slope of a root finite."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoExample:
    """A music video: row t is second t."""

    rows: Tensor
    """(T, columns)"""
    targets: Tensor
    """(T, 2) density and loudness"""

    def __len__(self) -> int:
        return len(self.rows)


def inputs_of(groups: Sequence[Group]) -> tuple[str, ...]:
    """Names of the columns of some groups, the published ones first and in their order."""
    return tuple(name for group, names in GROUPS.items() if group in groups for name in names)


def example_rows(video: MusicVideo, inputs: tuple[str, ...]) -> F32:
    """(T, columns) rows of a music video; one that fills all seconds there are goes on unseen."""
    n = len(video.symbol_ids)
    columns = by_name(video.picture, video_columns(0)) | place_columns(n, ends=n < LONGEST_S)
    columns |= sounding_columns(video.symbol_ids)
    if inputs[0] == GROUPS["semantic"][0]:
        semantic = np.zeros((n, N_SEMANTIC), np.float32) if video.semantic is None else video.semantic
        return np.concatenate([semantic, stacked(columns, inputs[N_SEMANTIC:])], axis=1)
    return stacked(columns, inputs)


def measured_targets(video: MusicVideo) -> F32:
    """(T, 2) density and loudness."""
    return np.stack([video.density_notes_per_s, video.loudness], axis=1)


def song_errors(predicted: Tensor, targets: Tensor) -> Tensor:
    """Root of the mean squared error of each video as published: over 300 seconds, where nothing is wrong in padding.

    Parameters
    ----------
    predicted, targets : (..., T, 2)

    Returns
    -------
    (..., 2)
        Source: Kang et al. 2024, whose padding is 0 in the targets; a length is known, so that it is 0 here as well.
    """
    squared = (predicted - targets).square().sum(-2) / LONGEST_S
    return (squared + _TINY).sqrt()


def epoch_batches(
    examples: Sequence[VideoExample], how: VideoDynamicsTraining, n_hidden: int, seed: int, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Every video once, in batches of like length, drawn from the seed and the number of the epoch alone.

    The longer ones of a batch leave out some seconds, so that no batch holds padding; of some videos the first
    `n_hidden` columns, the semantic ones, are hidden.

    Yields
    ------
    (B, T, columns), (B, T, 2)
    """
    random = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    lengths = np.array([len(example) for example in examples])
    order = np.argsort(lengths + random.uniform(-how.length_jitter_s, how.length_jitter_s, len(lengths)))
    groups = np.array_split(order, n_batches(len(examples), how.batch_videos))
    for index in random.permutation(len(groups)):
        group = groups[index]
        shortest = int(lengths[group].min())
        kept = [torch.from_numpy(np.sort(random.permutation(lengths[video])[:shortest])) for video in group]
        rows = torch.stack([examples[video].rows[seconds] for video, seconds in zip(group, kept, strict=True)])
        targets = torch.stack([examples[video].targets[seconds] for video, seconds in zip(group, kept, strict=True)])
        rows[torch.from_numpy(random.random(len(group)) < how.hidden_semantic), :, :n_hidden] = 0
        yield rows, targets


def n_batches(n_videos: int, batch_videos: int) -> int:
    """Batches of an epoch."""
    return -(-n_videos // batch_videos)

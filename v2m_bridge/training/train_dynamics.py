"""Training of the regressor: standardised density and loudness of performed music, from its grid and its chords."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError
from v2m_bridge.model.conditions import TEXTURE_COLUMNS, chord_columns, grid_columns, stacked
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.training.config import TrainConfig
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.song import Song

_VALIDATE_EVERY: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class DynamicsExample:
    """One performed song."""

    rows: F32
    """(T, columns)"""
    targets: F32
    """(T, 2) density and loudness, mean 0 and deviation 1 inside the song"""


def dynamics_examples(songs: Sequence[Song]) -> list[DynamicsExample]:
    """Turn the songs that were performed into examples; each song is standardised by itself."""
    examples = []
    for song in songs:
        if song.density_notes_per_s is None or song.loudness is None or len(song) < 8:
            continue
        columns = grid_columns(song.bar, song.slot_in_bar, song.slots_per_bar) | chord_columns(song.symbol_ids)
        measured = np.stack([song.density_notes_per_s, song.loudness], axis=1)
        targets = (measured - measured.mean(0)) / np.maximum(measured.std(0), 1e-3)
        examples.append(DynamicsExample(stacked(columns, TEXTURE_COLUMNS), np.clip(targets, -3, 3).astype(np.float32)))
    return examples


def train_dynamics(
    config: TrainConfig, train: Sequence[DynamicsExample], held_out: Sequence[DynamicsExample], progress: Progress
) -> tuple[DynamicsGru, float]:
    """Train the regressor; it takes about a minute, so it has no checkpoint.

    Returns
    -------
    DynamicsGru, float
        The best model by validation error, with the spread of its predictions, and its share of explained variance.
    """
    if not train or not held_out:
        raise ModelError("no corpus holds performed music", hint="Add pop909 to the corpora.")
    sizes = config.dynamics
    torch.manual_seed(config.seed)
    sized = DynamicsConfig(len(TEXTURE_COLUMNS), sizes.hidden, sizes.n_layers, sizes.dropout)
    model, best_loss = DynamicsGru(sized).train(), math.inf
    best = copy.deepcopy(model.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=sizes.peak_rate, weight_decay=1e-4)
    for step in range(sizes.n_steps):
        torch.manual_seed(config.seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = sizes.peak_rate * 0.5 * (1 + math.cos(math.pi * step / sizes.n_steps))
        rows, targets = _draw(train, sizes.batch_songs, sizes.crop_slots, config.seed, step)
        optimiser.zero_grad(set_to_none=True)
        (model(rows) - targets).square().mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if (step + 1) % _VALIDATE_EVERY == 0 or step + 1 == sizes.n_steps:
            loss = _error(model, held_out)
            if loss < best_loss:
                best_loss, best = loss, copy.deepcopy(model.state_dict())
        progress(f"dynamics, best validation error {best_loss:.4f}", step + 1, sizes.n_steps)
    model.load_state_dict(best)
    return _with_spread(model.eval(), train), 1 - best_loss


def _draw(examples: Sequence[DynamicsExample], size: int, n_slots: int, seed: int, step: int) -> tuple[Tensor, Tensor]:
    random = np.random.Generator(np.random.Philox(key=[seed, 2**32 + step]))
    long_enough = [example for example in examples if len(example.rows) >= n_slots] or list(examples)
    shortest = min(n_slots, min(len(example.rows) for example in long_enough))
    rows, targets = [], []
    for index in random.integers(0, len(long_enough), size):
        example = long_enough[index]
        first = int(random.integers(0, len(example.rows) - shortest + 1))
        rows.append(example.rows[first : first + shortest])
        targets.append(example.targets[first : first + shortest])
    return torch.from_numpy(np.stack(rows)), torch.from_numpy(np.stack(targets))


@torch.no_grad()
def _error(model: DynamicsGru, examples: Sequence[DynamicsExample]) -> float:
    """Mean squared error over slots and both outputs."""
    model.eval()
    total, count = 0.0, 0
    for example in examples:
        difference = model(torch.from_numpy(example.rows)[None])[0] - torch.from_numpy(example.targets)
        total += float(difference.square().sum())
        count += difference.numel()
    model.train()
    return total / count


@torch.no_grad()
def _with_spread(model: DynamicsGru, examples: Sequence[DynamicsExample]) -> DynamicsGru:
    """Return the model with mean and deviation of its predictions written into its sizes."""
    predicted = torch.cat([model(torch.from_numpy(example.rows)[None])[0] for example in examples])
    mean = [round(float(value), 5) for value in predicted.mean(0)]
    spread = [round(float(value), 5) for value in predicted.std(0)]
    config = replace(model.config, mean=(mean[0], mean[1]), spread=(spread[0], spread[1]))
    sized = DynamicsGru(config).eval()
    sized.load_state_dict(model.state_dict())
    return sized

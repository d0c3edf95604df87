"""Batches of crops: what the chord model sees in one step, drawn from a seed and the number of the step alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import END, NO_CHORD, PAD
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS, stacked
from v2m_bridge.training.conditions import Standings, song_columns
from v2m_bridge.training.song import Song

START: Final = END
"""Stands before the first slot of a song."""
_GRID: Final = tuple(name for name in MUSIC_COLUMNS if name not in AFFECT_COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A whole song as arrays."""

    inputs: I64
    """(T,) the symbol before each slot"""
    targets: I64
    """(T,)"""
    rows: F32
    """(T, columns)"""
    key: float
    """0 major, 1 minor"""
    emotion: I64 | None = None
    """(T,) the strongest emotion of each slot's pictures, 0..5 in the published order; None without pictures"""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Crops side by side, padded at the end: a whole batch, or the part of one that a process works on."""

    inputs: Tensor
    """(B, T) int64"""
    targets: Tensor
    """(B, T) int64, PAD where there is nothing to predict"""
    rows: Tensor
    """(B, T, columns)"""
    row_mask: Tensor
    """(B, T) True for real rows"""
    key: Tensor
    """(B,)"""
    emotion: Tensor
    """(B, T) int64, negative where none is known; padding of songs with pictures counts as known"""
    n_targets: int
    """Slots of the whole batch in which there is something to predict."""
    n_emotions: int
    """Slots of the whole batch with an emotion."""

    def __len__(self) -> int:
        return len(self.key)

    def part(self, first: int, last: int) -> Batch:
        """Return songs `first` up to `last`, which know of what batch they are."""
        rows = slice(first, last)
        return replace(
            self,
            inputs=self.inputs[rows],
            targets=self.targets[rows],
            rows=self.rows[rows],
            row_mask=self.row_mask[rows],
            key=self.key[rows],
            emotion=self.emotion[rows],
        )

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        return replace(
            self,
            inputs=self.inputs.to(device),
            targets=self.targets.to(device),
            rows=self.rows.to(device),
            row_mask=self.row_mask.to(device),
            key=self.key.to(device),
            emotion=self.emotion.to(device),
        )


def examples_of(songs: Sequence[Song], standings: Standings) -> list[Example]:
    """Turn songs into examples."""
    return [
        Example(
            inputs=np.concatenate([[START], song.symbol_ids[:-1]]),
            targets=song.symbol_ids,
            rows=stacked(song_columns(song, standings), MUSIC_COLUMNS),
            key=float(song.mode == "minor"),
        )
        for song in songs
    ]


def hide(rows: F32, names: Sequence[str]) -> F32:
    """Return rows with some of `MUSIC_COLUMNS` unknown."""
    hidden = rows.copy()
    hidden[:, [MUSIC_COLUMNS.index(name) for name in names]] = 0
    return hidden


def crop(example: Example, first: int, n_slots: int) -> Example:
    """Return `n_slots` slots of an example; the input before the first is the song's own."""
    part = slice(first, first + n_slots)
    emotion = None if example.emotion is None else example.emotion[part]
    return Example(example.inputs[part], example.targets[part], example.rows[part], example.key, emotion)


def collate(examples: Sequence[Example], n_slots: int = 0) -> Batch:
    """Pad examples to the longest, or further to `n_slots`."""
    size, length = len(examples), max(n_slots, *(len(example.targets) for example in examples))
    inputs = np.full((size, length), PAD)
    targets = np.full((size, length), PAD)
    rows = np.zeros((size, length, examples[0].rows.shape[1]), np.float32)
    mask = np.zeros((size, length), np.bool_)
    emotion = np.full((size, length), -1)
    for index, example in enumerate(examples):
        n = len(example.targets)
        inputs[index, :n], targets[index, :n] = example.inputs, example.targets
        rows[index, :n], mask[index, :n] = example.rows, True
        if example.emotion is not None:
            emotion[index], emotion[index, :n] = 0, example.emotion
    key = np.array([example.key for example in examples], np.float32)
    return Batch(
        inputs=torch.from_numpy(inputs),
        targets=torch.from_numpy(targets),
        rows=torch.from_numpy(rows),
        row_mask=torch.from_numpy(mask),
        key=torch.from_numpy(key),
        emotion=torch.from_numpy(emotion),
        n_targets=int((targets != PAD).sum()),
        n_emotions=int((emotion >= 0).sum()),
    )


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How crops are varied."""

    crop_slots: int
    affect_dropout: float
    grid_dropout: float
    silence_chance: float


def draw_batch(examples: Sequence[Example], size: int, how: Augmentation, seed: int, step: int) -> Batch:
    """Draw the crops of one step: songs by their length, places and dropped conditions at random."""
    random = np.random.Generator(np.random.Philox(key=[seed, step]))
    lengths = np.array([len(example.targets) for example in examples], np.float64)
    chosen = random.choice(len(examples), size, p=lengths / lengths.sum())
    return collate([_vary(examples[index], how, random) for index in chosen])


def _vary(example: Example, how: Augmentation, random: np.random.Generator) -> Example:
    spare = max(0, len(example.targets) - how.crop_slots)
    first = int(random.integers(-how.crop_slots // 4, spare + 1))  # some crops more at the start, where music begins
    part = crop(example, max(0, first), how.crop_slots)
    rows = part.rows
    if random.random() < how.affect_dropout:
        rows = hide(rows, AFFECT_COLUMNS)
    elif random.random() < how.affect_dropout:
        rows = hide(rows, AFFECT_COLUMNS[:2] if random.random() < 0.5 else AFFECT_COLUMNS[2:])
    if random.random() < how.grid_dropout:
        rows = hide(rows, _GRID)
    inputs, targets = part.inputs, part.targets
    if random.random() < how.silence_chance and len(targets) > 8:
        at, n = int(random.integers(0, len(targets) - 4)), int(random.integers(1, 5))
        inputs, targets = inputs.copy(), targets.copy()
        targets[at : at + n] = NO_CHORD
        inputs[at + 1 : at + n + 1] = NO_CHORD
    return Example(inputs, targets, rows, part.key, part.emotion)

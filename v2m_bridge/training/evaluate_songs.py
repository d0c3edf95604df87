"""How good a chord model is on songs that it has not seen, beside what it must beat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import torch

from v2m_bridge.core.arrays import I64
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS
from v2m_bridge.model.weights import Header, load_chords
from v2m_bridge.training.baselines import baselines_of
from v2m_bridge.training.conditions import Standings
from v2m_bridge.training.corpora import Progress, quiet
from v2m_bridge.training.evaluate_source import Source
from v2m_bridge.training.examples import Example, collate, crop, examples_of, hide
from v2m_bridge.training.free_running import Piece, free_running
from v2m_bridge.training.marks import F64, Figures, Scored, chord_marks, figures_of, scored
from v2m_bridge.training.song import Song
from v2m_bridge.training.song_cache import read_library

Split = Literal["train", "val"]


def evaluate_songs(weights: Path, source: Source) -> Figures:
    """Measure a chord model that reads music columns on the corpora; see `evaluate_on`."""
    splits: dict[str, Split] = {"train": "train", "val": "val"}
    if source.split not in splits:
        raise ModelError(f"the corpora have no split {source.split[:20]!r}", hint="Use --split val or --split train.")
    model, header = load_chords(weights)
    other = None if source.against is None else load_chords(source.against)
    songs = read_library(source.data, source.cache, source.corpora, progress=source.progress).songs
    return evaluate_on(model, header, songs, splits[source.split], source.progress, other)


def evaluate_on(
    model: Amt,
    header: Header,
    songs: Sequence[Song],
    split: Split = "val",
    progress: Progress = quiet,
    against: tuple[Amt, Header] | None = None,
) -> Figures:
    """Measure a chord model on songs that were read already.

    Returns
    -------
    dict of str to float
        The marks of `chord_marks` as means over songs, the first slot of each left out: of the model with affect
        hidden, with ``conditioned_`` of the model that sees the music's own valence and change rate, with
        ``against_`` of another model with affect hidden, and of the baselines, whose counts come from the training
        songs; their intervals and p values as in `figures_of`; the same for each corpus (``pop909_hits_at_1``); and
        the figures of `free_running`.
    """
    if any(inputs != MUSIC_COLUMNS for inputs in (header.inputs, *([against[1].inputs] if against else []))):
        raise ModelError("these weights read pictures, which the corpora do not hold", hint="Evaluate on MuVi-Sync.")
    chosen = [song for song in songs if song.validation == (split == "val")]
    if not chosen:
        raise ModelError(f"there is no song in the split {split}", hint="Name more corpora.")
    own = [song for song in songs if not song.validation] or chosen
    examples = examples_of(chosen, msgspec.convert(header.standings, Standings))
    hidden = [replace(example, rows=hide(example.rows, AFFECT_COLUMNS)) for example in examples]
    baselines = baselines_of([song.symbol_ids for song in own])
    told = {"": (model, hidden), "conditioned": (model, examples)}
    if against is not None:
        told["against"] = (against[0], hidden)
    found = [
        *(scored(name, _marks_of_model(seer, seen, f"{name or 'model'} on {split}", progress))
          for name, (seer, seen) in told.items()),
        *(scored(name, (_marks(baseline.scores(song.symbol_ids), song.symbol_ids) for song in chosen))
          for name, baseline in baselines.items()),
    ]  # fmt: skip
    pieces = [Piece(e.targets, song.mode, e.rows) for song, e in zip(chosen, hidden, strict=True)]
    return (
        {"n_songs": len(chosen), "n_training_songs": len(own)}
        | figures_of(found[0], found[1:])
        | _by_corpus(found, [song.corpus for song in chosen])
        | free_running(model, pieces, progress)
    )


def windows(n_slots: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Cut a song into windows (first, first that counts, end) that overlap by half, each slot counted once."""
    yield 0, 0, min(n_slots, size)
    counted = size
    while counted < n_slots:
        first = counted - size // 2
        end = min(n_slots, first + size)
        yield first, counted, end
        counted = end


@torch.no_grad()
def logits_of(model: Amt, example: Example) -> F64:
    """(T, 159) teacher-forced logits of a song of any length."""
    parts = []
    for first, counted, end in windows(len(example.targets), model.config.n_positions):
        batch = collate([crop(example, first, end - first)])
        parts.append(model(batch.inputs, batch.rows, batch.key)[0, counted - first :].double().numpy())
    return np.concatenate(parts)


def _marks_of_model(
    model: Amt, examples: Sequence[Example], label: str, progress: Progress
) -> Iterator[dict[str, float]]:
    for index, example in enumerate(examples):
        yield _marks(logits_of(model, example), example.targets)
        progress(label, index + 1, len(examples))


def _marks(scores: F64, symbols: I64) -> dict[str, float]:
    return chord_marks(scores[1:], symbols[1:], symbols[:-1])


def _by_corpus(found: Sequence[Scored], corpora: Sequence[str]) -> Figures:
    figures: Figures = {}
    for corpus in sorted(set(corpora)):
        songs = [index for index, name in enumerate(corpora) if name == corpus]
        model, *others = (one.of(songs) for one in found)
        figures |= {f"{corpus}_{name}": value for name, value in figures_of(model, others).items()}
    return figures

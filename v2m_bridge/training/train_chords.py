"""Training of the chord model: cross-entropy over crops, an average of the weights, the best by validation loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from v2m_bridge.core.harmony import PAD
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS
from v2m_bridge.training.chord_run import ChordRun, loss_of
from v2m_bridge.training.config import ChordTraining, TrainConfig
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.examples import START, Augmentation, Batch, Example, collate, crop, draw_batch, hide

_VALIDATION_BATCH: Final = 16


def amt_config(sizes: ChordTraining) -> AmtConfig:
    """Return the architecture that a training configuration asks for."""
    return AmtConfig(
        n_inputs=len(MUSIC_COLUMNS),
        d_model=sizes.d_model,
        n_heads=sizes.n_heads,
        d_feedforward=sizes.d_feedforward,
        n_encoder_layers=sizes.n_encoder_layers,
        n_decoder_layers=sizes.n_decoder_layers,
        n_positions=sizes.n_positions,
        dropout=sizes.dropout,
        start_symbol=START,
        encoder_band=sizes.encoder_band,
        memory_band=sizes.memory_band,
    )


def validation_batches(examples: Sequence[Example], n_slots: int) -> list[Batch]:
    """Whole songs, cut at `n_slots`, without affect conditions (these would tell the answer)."""
    plain = [
        Example(e.inputs, e.targets, hide(e.rows, AFFECT_COLUMNS), e.key)
        for e in (crop(example, 0, n_slots) for example in examples)
    ]
    plain.sort(key=lambda example: len(example.targets))
    return [collate(plain[i : i + _VALIDATION_BATCH]) for i in range(0, len(plain), _VALIDATION_BATCH)]


@torch.no_grad()
def validation_loss(model: Amt, batches: Sequence[Batch]) -> float:
    """Mean cross-entropy per slot."""
    model.eval()
    total = sum(float(loss_of(model, batch, reduction="sum")) for batch in batches)
    model.train()
    return total / max(1, sum(int((batch.targets != PAD).sum()) for batch in batches))


def train_chords(
    config: TrainConfig, train: Sequence[Example], held_out: Sequence[Example], checkpoint: Path, progress: Progress
) -> tuple[Amt, float]:
    """Train the chord model, going on from `checkpoint` where it exists.

    Returns
    -------
    Amt, float
        The best model by validation loss, and that loss.
    """
    sizes = config.chords
    how = Augmentation(sizes.crop_slots, config.affect_dropout, config.grid_dropout, config.silence_chance)
    run = ChordRun(sizes, amt_config(sizes), config.seed)
    run.resume(checkpoint)
    batches = validation_batches(held_out, sizes.n_positions)
    while run.step < sizes.n_steps:
        run.seed_dropout(config.seed)
        run.train_on(draw_batch(train, sizes.batch_songs, how, config.seed, run.step))
        if run.step % sizes.validate_every == 0 or run.step == sizes.n_steps:
            run.keep_best(validation_loss(run.average, batches))
            run.save(checkpoint)
        progress(f"chords, best validation loss {run.best_loss:.4f}", run.step, sizes.n_steps)
    return run.best_model(), run.best_loss

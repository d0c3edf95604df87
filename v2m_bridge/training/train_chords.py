"""Training of the chord model: cross-entropy over crops, an average of the weights, the best by validation loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS
from v2m_bridge.training.chord_run import ChordRun
from v2m_bridge.training.config import ChordTraining, TrainConfig
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.distributed import ALONE, Team
from v2m_bridge.training.examples import START, Augmentation, Batch, Example, collate, crop, draw_batch, hide
from v2m_bridge.training.run_loop import run_to_end

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
        encoder_band=sizes.encoder_band or None,
        memory_band=sizes.memory_band or None,
        relative=sizes.relative,
        sees_rows=sizes.sees_rows,
    )


def validation_batches(examples: Sequence[Example], n_slots: int) -> list[Batch]:
    """Whole songs, cut at `n_slots`, without affect conditions (these would tell the answer)."""
    plain = [
        Example(e.inputs, e.targets, hide(e.rows, AFFECT_COLUMNS), e.key)
        for e in (crop(example, 0, n_slots) for example in examples)
    ]
    plain.sort(key=lambda example: len(example.targets))
    return [collate(plain[i : i + _VALIDATION_BATCH]) for i in range(0, len(plain), _VALIDATION_BATCH)]


def train_chords(
    config: TrainConfig,
    train: Sequence[Example],
    held_out: Sequence[Example],
    checkpoint: Path,
    progress: Progress,
    team: Team = ALONE,
) -> tuple[Amt, float]:
    """Train the chord model, going on from `checkpoint` where it exists.

    Returns
    -------
    Amt, float
        The best model by validation loss, and that loss.

    Raises
    ------
    ModelError
        When the checkpoint does not fit, or an emotion loss is asked for: these songs have no pictures.
    """
    sizes = config.chords
    if sizes.chord_share < 1:
        raise ModelError("an emotion loss needs music videos", hint="Add a table [videos], or set chord_share = 1.")
    how = Augmentation(sizes.crop_slots, config.affect_dropout, config.grid_dropout, config.silence_chance)
    run = ChordRun(sizes, amt_config(sizes), config.seed, team)
    batches = validation_batches(held_out, sizes.n_positions)
    run_to_end(
        run, lambda step: draw_batch(train, sizes.batch_songs, how, config.seed, step), batches, checkpoint, progress
    )
    return run.best_model(), run.best_loss

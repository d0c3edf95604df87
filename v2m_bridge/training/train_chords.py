"""Training of the chord model: cross-entropy over crops, an average of the weights, the best by validation loss."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from v2m_bridge.core.harmony import PAD
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS
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


def learning_rate(step: int, sizes: ChordTraining) -> float:
    """Rise in a line to the peak, then fall along a cosine to a fiftieth of it."""
    if step < sizes.warm_up_steps:
        return sizes.peak_rate * (step + 1) / sizes.warm_up_steps
    done = (step - sizes.warm_up_steps) / max(1, sizes.n_steps - sizes.warm_up_steps)
    return sizes.peak_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def loss_of(model: Amt, batch: Batch, label_smoothing: float = 0.0, reduction: str = "mean") -> Tensor:
    """Cross-entropy of a batch in nats, padding ignored."""
    logits = model(batch.inputs, batch.rows, batch.key, batch.row_mask)
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD, label_smoothing=label_smoothing,
        reduction=reduction,
    )  # fmt: skip


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
    run = _Run(config)
    run.resume(checkpoint)
    batches = validation_batches(held_out, sizes.n_positions)
    while run.step < sizes.n_steps:
        torch.manual_seed(config.seed * 1_000_003 + run.step)  # dropout of a step depends on its number alone
        run.train_on(draw_batch(train, sizes.batch_songs, how, config.seed, run.step))
        if run.step % sizes.validate_every == 0 or run.step == sizes.n_steps:
            run.keep_best(validation_loss(run.average, batches))
            run.save(checkpoint)
        progress(f"chords, best validation loss {run.best_loss:.4f}", run.step, sizes.n_steps)
    best = Amt(amt_config(sizes))
    best.load_state_dict(run.best)
    return best.eval(), run.best_loss


class _Run:
    """The state of a training run."""

    def __init__(self, config: TrainConfig) -> None:
        torch.manual_seed(config.seed)
        self.sizes = config.chords
        self.model = Amt(amt_config(config.chords)).train()
        self.average = copy.deepcopy(self.model)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=self.sizes.weight_decay, fused=True
        )
        self.step = 0
        self.best_loss = math.inf
        self.best: dict[str, Tensor] = copy.deepcopy(self.model.state_dict())

    def train_on(self, batch: Batch) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.sizes)
        self.optimiser.zero_grad(set_to_none=True)
        loss_of(self.model, batch, self.sizes.label_smoothing).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.sizes.average_decay, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(new, 1 - decay)

    def keep_best(self, loss: float) -> None:
        if loss < self.best_loss:
            self.best_loss, self.best = loss, copy.deepcopy(self.average.state_dict())

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best": self.best,
            "best_loss": self.best_loss,
            "step": self.step,
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def resume(self, path: Path) -> None:
        if not path.is_file():
            return
        try:
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.best, self.best_loss, self.step = state["best"], float(state["best_loss"]), int(state["step"])
        except (RuntimeError, KeyError, ValueError, EOFError, OSError) as exc:
            raise ModelError(
                f"cannot go on from {path}", hint="Delete it to start again, or train with the settings that made it."
            ) from exc

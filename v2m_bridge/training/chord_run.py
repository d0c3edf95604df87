"""The state of a training run of a chord model: steps, an average of the weights, the best so far, a checkpoint."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.layers import SharedDropout
from v2m_bridge.training.checkpoint import State, read_checkpoint, resuming, write_checkpoint
from v2m_bridge.training.config import ChordTraining
from v2m_bridge.training.distributed import ALONE, Team
from v2m_bridge.training.examples import Batch
from v2m_bridge.training.losses import chord_loss, emotion_loss

_SAME_SIZES: Final = "Take the sizes of the configuration that made them."


def learning_rate(step: int, sizes: ChordTraining) -> float:
    """Rise in a line to the peak, then fall: along a cosine to a fiftieth of it, or with the root of the steps.

    The latter is the schedule of Vaswani et al. 2017, of which the published peak is (512 x 4000) ** -0.5 = 7e-4.
    """
    if step < sizes.warm_up_steps:
        return sizes.peak_rate * (step + 1) / sizes.warm_up_steps
    if sizes.schedule == "noam":
        return sizes.peak_rate * math.sqrt(sizes.warm_up_steps / (step + 1))
    done = (step - sizes.warm_up_steps) / max(1, sizes.n_steps - sizes.warm_up_steps)
    return sizes.peak_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


@dataclass(frozen=True, slots=True)
class Figures:
    """Mean losses in nats, and what is minimised."""

    total: float
    chords: float
    emotion: float

    def named(self) -> dict[str, float]:
        """Return the figures by name; the emotion loss only where it is there."""
        named = {"total": self.total, "chords": self.chords, "emotion": self.emotion}
        return named if self.emotion else {"chords": self.chords}


class ChordRun:
    """The state of a training run; it begins with random weights."""

    def __init__(self, sizes: ChordTraining, architecture: AmtConfig, seed: int, team: Team = ALONE) -> None:
        torch.manual_seed(seed)
        self.sizes, self.seed, self.team = sizes, seed, team
        self.model = Amt(architecture).train().to(team.device)
        self.average = copy.deepcopy(self.model)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=self.sizes.weight_decay, fused=True
        )
        self.step = 0
        self.best_loss = math.inf
        self.best: dict[str, Tensor] = copy.deepcopy(self.model.state_dict())

    def begin_with(self, other: Amt) -> None:
        """Take over the weights of another model; where it lacks some, those drawn from the seed stay.

        Raises
        ------
        ModelError
            When a size differs, or when the other model holds what this one lacks.
        """
        weights = other.state_dict()
        try:
            unexpected = self.model.load_state_dict(weights, strict=False).unexpected_keys
        except RuntimeError as exc:
            raise ModelError(
                "the weights to start from have other sizes than the model to train", hint=_SAME_SIZES
            ) from exc
        if unexpected:
            raise ModelError(f"the weights to start from hold {unexpected[0]}, which is not wanted", hint=_SAME_SIZES)
        self.average.load_state_dict(self.model.state_dict())
        self.best = copy.deepcopy(self.model.state_dict())

    def train_on(self, batch: Batch) -> Figures:
        """Make one step; what dropout hides depends on the seed and the number of the step alone."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.sizes)
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        self.optimiser.zero_grad(set_to_none=True)
        figures = self._gradients(batch)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.sizes.average_decay, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(new, 1 - decay)
        return figures

    def _gradients(self, batch: Batch) -> Figures:
        """Work on this process's songs, and add up with the others."""
        first, last = self.team.part(len(batch))
        for module in self.model.modules():
            if isinstance(module, SharedDropout):
                module.part = None if self.team.size == 1 else (first, len(batch))
        own = batch.part(first, last).to(self.team.device)
        chords, emotion = _losses(self.model, own, self.sizes, self.sizes.label_smoothing)
        _total(chords, emotion, self.sizes).backward()  # type: ignore[no-untyped-call]
        return self._figures(
            self.team.add_gradients(list(self.model.parameters()), torch.stack([chords, emotion]).detach())
        )

    @torch.no_grad()
    def validate(self, batches: Sequence[Batch]) -> Figures:
        """Measure the averaged weights: mean losses per slot over all batches."""
        self.average.eval()
        n_targets, n_emotions = (sum(getattr(b, name) for b in batches) for name in ("n_targets", "n_emotions"))
        sums = torch.zeros(2, dtype=torch.float64)
        for batch in batches[self.team.rank :: self.team.size]:
            chords, emotion = _losses(self.average, batch.to(self.team.device), self.sizes)
            sums[0] += float(chords) * batch.n_targets / max(1, n_targets)
            sums[1] += float(emotion) * batch.n_emotions / max(1, n_emotions)
        self.average.train()
        return self._figures(self.team.add_up(sums.to(self.team.device)))

    def _figures(self, losses: Tensor) -> Figures:
        chords, emotion = losses.tolist()
        return Figures(self.sizes.chord_share * chords + (1 - self.sizes.chord_share) * emotion, chords, emotion)

    def keep_best(self, loss: float) -> None:
        """Keep the averaged weights if they are the best so far."""
        if loss < self.best_loss:
            self.best_loss, self.best = loss, copy.deepcopy(self.average.state_dict())

    def save(self, path: Path) -> None:
        """Write all that the run needs to go on; only the first process does."""
        if not self.team.is_first:
            return
        write_checkpoint(
            path,
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "best": self.best,
                "best_loss": self.best_loss,
                "step": self.step,
            },
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one; the first process reads it for all."""
        with resuming(path):
            state = self.team.from_first(read_checkpoint(path) if self.team.is_first else None)
            if state is not None:
                self._take(state)

    def _take(self, state: State) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best, self.best_loss, self.step = state["best"], float(state["best_loss"]), int(state["step"])

    def best_model(self) -> Amt:
        """Return the best averaged model so far."""
        best = Amt(self.model.config)
        best.load_state_dict(self.best)
        return best.eval()


def _losses(model: Amt, batch: Batch, sizes: ChordTraining, label_smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """Chord loss and emotion loss, the latter only where it is asked for."""
    logits = model(batch.inputs, batch.rows, batch.key, batch.row_mask)
    chords = chord_loss(logits, batch, label_smoothing)
    return chords, emotion_loss(logits, batch) if sizes.chord_share < 1 else torch.zeros_like(chords).detach()


def _total(chords: Tensor, emotion: Tensor, sizes: ChordTraining) -> Tensor:
    return chords if sizes.chord_share == 1 else sizes.chord_share * chords + (1 - sizes.chord_share) * emotion

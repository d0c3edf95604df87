"""The state of a training run of a chord model: steps, an average of the weights, the best so far, a checkpoint."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from v2m_bridge.core.harmony import PAD
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.training.config import ChordTraining
from v2m_bridge.training.examples import Batch


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


class ChordRun:
    """The state of a training run; it begins with random weights."""

    def __init__(self, sizes: ChordTraining, architecture: AmtConfig, seed: int) -> None:
        torch.manual_seed(seed)
        self.sizes = sizes
        self.model = Amt(architecture).train()
        self.average = copy.deepcopy(self.model)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=self.sizes.weight_decay, fused=True
        )
        self.step = 0
        self.best_loss = math.inf
        self.best: dict[str, Tensor] = copy.deepcopy(self.model.state_dict())

    def seed_dropout(self, seed: int) -> None:
        """Make the dropout of the next step depend on the seed and its number alone."""
        torch.manual_seed(seed * 1_000_003 + self.step)

    def train_on(self, batch: Batch) -> None:
        """Make one step."""
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
        """Keep the averaged weights if they are the best so far."""
        if loss < self.best_loss:
            self.best_loss, self.best = loss, copy.deepcopy(self.average.state_dict())

    def save(self, path: Path) -> None:
        """Write all that the run needs to go on, whole or not at all."""
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
        """Go on from a checkpoint, if there is one.

        Raises
        ------
        ModelError
            When it is damaged or of a run with other settings.
        """
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

    def best_model(self) -> Amt:
        """Return the best averaged model so far."""
        best = Amt(self.model.config)
        best.load_state_dict(self.best)
        return best.eval()

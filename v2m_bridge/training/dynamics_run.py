"""The state of a training run of a regressor of music videos, epoch by epoch."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from v2m_bridge.model.dynamics_gru import DynamicsGru
from v2m_bridge.training.checkpoint import read_checkpoint, resuming, write_checkpoint
from v2m_bridge.training.video_dynamics import VideoExample, epoch_batches, n_batches, song_errors
from v2m_bridge.training.video_dynamics_config import VideoDynamicsTraining


class DynamicsRun:
    """The trained part of a model, the running mean of its weights, and the best mean so far.

    Examples hold what the model's reader gives and targets in deviations, since neither changes while it learns.
    """

    def __init__(self, model: DynamicsGru, how: VideoDynamicsTraining, seed: int) -> None:
        self.model, self.how, self.seed = model.train(), how, seed
        self.average = copy.deepcopy(model).eval()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=0.0, weight_decay=how.weight_decay, fused=True)
        self.epoch, self.step = 0, 0
        self.best_error = math.inf
        self.best: dict[str, Tensor] = copy.deepcopy(model.state_dict())

    def train_epoch(self, examples: Sequence[VideoExample]) -> None:
        """See every video once; dropout depends on the seed and the number of the epoch alone."""
        torch.manual_seed(self.seed * 1_000_003 + self.epoch)
        n_steps = self.how.n_epochs * n_batches(len(examples), self.how.batch_videos)
        for rows, targets in epoch_batches(examples, self.how, self.model.config.n_components, self.seed, self.epoch):
            self._learn(rows, targets, self._rate(n_steps))
        self.epoch += 1

    def validate(self, examples: Sequence[VideoExample]) -> None:
        """Keep the mean of the weights if its error is the best so far."""
        error = float(mean_errors(self.average, examples).mean())
        if error < self.best_error:
            self.best_error, self.best = error, copy.deepcopy(self.average.state_dict())

    def save(self, path: Path) -> None:
        """Write all that the run needs to go on."""
        write_checkpoint(
            path,
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "best": self.best,
                "best_error": self.best_error,
                "epoch": self.epoch,
                "step": self.step,
            },
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        with resuming(path):
            if (state := read_checkpoint(path)) is None:
                return
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.best, self.best_error = state["best"], float(state["best_error"])
            self.epoch, self.step = int(state["epoch"]), int(state["step"])

    def best_model(self) -> DynamicsGru:
        """Return the best mean so far."""
        self.average.load_state_dict(self.best)
        return self.average

    def _learn(self, rows: Tensor, targets: Tensor, rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        song_errors(self.model.from_read(rows), targets).mean().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.how.average_decay, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(new, 1 - decay)

    def _rate(self, n_steps: int) -> float:
        """Rise in a line to the peak, then fall along a cosine to a fiftieth of it."""
        risen = min(1.0, (self.step + 1) / self.how.warm_up_steps)
        return self.how.peak_rate * risen * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.step / n_steps)))


@torch.no_grad()
def mean_errors(model: DynamicsGru, examples: Sequence[VideoExample]) -> Tensor:
    """(2,) mean over videos of the errors of density and loudness, in deviations."""
    predictions = [model.from_read(example.rows[None])[0] for example in examples]
    errors = [song_errors(one, example.targets) for one, example in zip(predictions, examples, strict=True)]
    return torch.stack(errors).mean(0)

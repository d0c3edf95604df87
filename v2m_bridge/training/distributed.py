"""Several processes that train one model: who this process is, and what they add up.

Every process draws the same batch and works on its own songs of it; gradients are added, so that all make the step that
one process would have made.  The launcher (``accelerate launch``, ``torchrun`` or MPI) says in the environment who is
who.  On processors they talk through gloo, on CUDA devices through NCCL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import Tensor, nn

from v2m_bridge.errors import ModelError

_RANKS: Final = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
_SIZES: Final = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_LOCAL_RANKS: Final = (
    "LOCAL_RANK", "MPI_LOCALRANKID", "OMPI_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_RANK"
)  # fmt: skip
_PROCESSOR: Final = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that train together, seen from one of them."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    """Its number among those of the same machine."""
    device: torch.device = _PROCESSOR

    @property
    def is_first(self) -> bool:
        """Whether this process writes what is kept."""
        return self.rank == 0

    def part(self, n: int) -> tuple[int, int]:
        """First and last (exclusive) of the `n` songs that are this process's own.

        Raises
        ------
        ModelError
            When there are fewer songs than processes.
        """
        if n < self.size:
            raise ModelError(
                f"a batch of {n} cannot be shared by {self.size} processes", hint="Raise batch_songs to at least that."
            )
        return n * self.rank // self.size, n * (self.rank + 1) // self.size

    def add_up(self, values: Tensor) -> Tensor:
        """Return the sum of every process's values."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def add_gradients(self, parameters: Sequence[nn.Parameter], figures: Tensor) -> Tensor:
        """Replace each gradient by the sum of all processes'; return the sums of `figures` (one message in all)."""
        if self.size == 1:
            return figures
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = self.add_up(torch.cat([figures.to(gradients[0].dtype), *(g.flatten() for g in gradients)]))
        start = len(figures)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = flat[start : start + gradient.numel()].view_as(gradient)
            start += gradient.numel()
        return flat[: len(figures)]

    def from_first(self, value: Any) -> Any:
        """Return what the first process has."""
        if self.size == 1:
            return value
        held = [value]
        dist.broadcast_object_list(held, src=0)
        return held[0]

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()

    @contextmanager
    def one_after_another(self) -> Iterator[None]:
        """Let the first process of each machine through, then its others: they find what it has cached."""
        if self.local_rank != 0:
            self.wait()
        yield
        if self.local_rank == 0:
            self.wait()


ALONE: Final = Team()


def team_of(environment: Mapping[str, str]) -> Team:
    """Read from the environment who this process is.

    Raises
    ------
    ModelError
        When a launcher was asked for several processes and started one.
    """
    size, rank = _number(environment, _SIZES, 1), _number(environment, _RANKS, 0)
    local_rank = _number(environment, _LOCAL_RANKS, rank)
    if size == 1 and "MASTER_ADDR" in environment and environment.get("ACCELERATE_USE_CPU") == "True":
        raise ModelError(
            "accelerate launch --cpu was asked for several processes and started one: without MPI it does no more",
            hint="Write --multi_gpu in place of --cpu: where there is no GPU it starts them on the processor.",
        )
    if not 0 <= rank < size:
        raise ModelError(f"this process is number {rank} of {size}", hint="Start it through accelerate launch.")
    has_cuda = torch.cuda.is_available() and environment.get("ACCELERATE_USE_CPU") != "True"
    device = torch.device("cuda", local_rank % torch.cuda.device_count()) if has_cuda else _PROCESSOR
    return Team(rank, size, local_rank, device)


@contextmanager
def joined(environment: Mapping[str, str] | None = None) -> Iterator[Team]:
    """Join the processes that were launched together, and leave them at the end.

    Raises
    ------
    ModelError
        When the others cannot be reached.
    """
    team = team_of(os.environ if environment is None else environment)
    if team.size == 1:
        yield team
        return
    try:
        backend = "nccl" if team.device.type == "cuda" else "gloo"
        if team.device.type == "cuda":
            torch.cuda.set_device(team.device)
        dist.init_process_group(backend, rank=team.rank, world_size=team.size)
    except (RuntimeError, ValueError) as exc:
        raise ModelError(
            f"process {team.rank} of {team.size} cannot reach the others: {exc}",
            hint="Start all of them through one accelerate launch.",
        ) from exc
    try:
        yield team
    finally:
        dist.destroy_process_group()


def _number(environment: Mapping[str, str], names: Sequence[str], otherwise: int) -> int:
    text = next((environment[name] for name in names if name in environment), str(otherwise))
    try:
        return int(text)
    except ValueError as exc:
        raise ModelError(f"{names[0]} is {text[:20]!r}, not a number", hint="Start through accelerate launch.") from exc

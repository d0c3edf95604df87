"""Figures of a training run for TensorBoard, where it is installed (the extra ``train``)."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class RunLog(Protocol):
    """Takes figures of a step."""

    def add(self, kind: str, figures: Mapping[str, float], step: int) -> None:
        """Keep figures; `kind` is what they belong to, ``train`` or ``validation``."""


class Unlogged:
    """Keeps nothing."""

    def add(self, kind: str, figures: Mapping[str, float], step: int) -> None:
        """Forget the figures."""


class _TensorBoardLog:
    def __init__(self, folder: Path, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # Of a run that was killed, what it logged after its last checkpoint is dropped.
        self.writer = SummaryWriter(str(folder), purge_step=first_step or None)

    def add(self, kind: str, figures: Mapping[str, float], step: int) -> None:
        for name, value in figures.items():
            self.writer.add_scalar(f"{kind}/{name}", value, step)


@contextmanager
def opened_log(folder: Path | None, first_step: int) -> Iterator[RunLog]:
    """Write figures into a folder of TensorBoard events from a step on; None, or no TensorBoard, keeps nothing."""
    if folder is None or importlib.util.find_spec("tensorboard") is None:
        yield Unlogged()
        return
    log = _TensorBoardLog(folder, first_step)
    try:
        yield log
    finally:
        log.writer.close()

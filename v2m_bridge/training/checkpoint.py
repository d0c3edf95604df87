"""Checkpoints of a training run: written whole or not at all, and read with a sentence where they do not fit."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import torch

from v2m_bridge.errors import ModelError

State: TypeAlias = dict[str, Any]
"""Tensors and numbers by name, nested."""
_UNREADABLE: Final = (
    RuntimeError, LookupError, ValueError, TypeError, AttributeError, EOFError, OSError, pickle.UnpicklingError
)  # fmt: skip
"""What torch raises at a damaged checkpoint, or at one that does not fit."""


def write_checkpoint(path: Path, state: State) -> None:
    """Write all that a run needs to go on; a run that ends in the middle leaves the earlier checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def read_checkpoint(path: Path) -> State | None:
    """Read what a run wrote, onto the processor; None where there is nothing."""
    if not path.is_file():
        return None
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    return state


@contextmanager
def resuming(path: Path) -> Iterator[None]:
    """Read and take a checkpoint inside the ``with``.

    Raises
    ------
    ModelError
        When it is damaged or of a run with other settings.
    """
    try:
        yield
    except _UNREADABLE as exc:
        raise ModelError(
            f"cannot go on from {path}", hint="Delete it to start again, or train with the settings that made it."
        ) from exc

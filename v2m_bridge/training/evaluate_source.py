"""What a model is to be measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from v2m_bridge.training.corpora import CORPORA, Progress, quiet


@dataclass(frozen=True, slots=True)
class Source:
    """Data on disk, and the part of it that is measured."""

    data: Path
    cache: Path
    """Folder for what is unpacked, and for songs as read."""
    split: str = "val"
    train_data: Path | None = None
    """Folder whose ``train`` split gives the baselines their counts; None for `data` itself."""
    against: Path | None = None
    """Other weights of the same kind that the model is compared with, song by song."""
    corpora: Sequence[str] = CORPORA
    progress: Progress = quiet

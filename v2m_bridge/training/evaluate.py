"""Measure a file of weights on the data that it can read.

A table says which: chord models that read music are measured on the corpora, those that read pictures on MuVi-Sync.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from v2m_bridge.errors import ModelError
from v2m_bridge.model.conditions import MUSIC_COLUMNS, video_columns
from v2m_bridge.model.weights import STARTER_FOLDER, Kind, read_header
from v2m_bridge.training.corpora import CORPORA, Progress, quiet
from v2m_bridge.training.evaluate_songs import evaluate_songs
from v2m_bridge.training.evaluate_source import Source
from v2m_bridge.training.evaluate_videos import evaluate_videos
from v2m_bridge.training.marks import Figures

Evaluation = Callable[[Path, Source], Figures]
EVALUATIONS: Final[dict[tuple[Kind, tuple[str, ...]], Evaluation]] = {
    ("chords", MUSIC_COLUMNS): evaluate_songs,
    ("chords", video_columns()): evaluate_videos,
}
"""What measures weights of a kind that read these columns."""


def evaluate(
    weights_path: Path | None,
    data: Path,
    split: str = "val",
    *,
    cache: Path | None = None,
    train_data: Path | None = None,
    against: Path | None = None,
    corpora: Sequence[str] = CORPORA,
    progress: Progress = quiet,
) -> Figures:
    """Measure weights.

    Parameters
    ----------
    weights_path : Path, optional
        None for the starter's chord model.
    data : Path
        Folder of the corpora, or of MuVi-Sync in its published layout.
    split : str
        ``train`` or ``val`` of the corpora; any published split of MuVi-Sync.
    cache : Path, optional
        Folder for what is unpacked; None unpacks for this once.
    train_data : Path, optional
        MuVi-Sync whose ``train`` split gives the baselines their counts; None for the one in `data`, if it is there.
    against : Path, optional
        Other weights of the same kind and inputs, with which the model is compared song by song.
    corpora : sequence of str
    progress : callable

    Returns
    -------
    dict of str to float
        Flat figures; see `evaluate_songs.evaluate_on` and `evaluate_videos.evaluate_videos`.

    Raises
    ------
    ModelError
        When the weights cannot be read or there is nothing to measure them on.
    MediaError
        When the data cannot be read.
    """
    path = weights_path or STARTER_FOLDER / "chords.safetensors"
    header = read_header(path)
    measure = EVALUATIONS.get((header.kind, header.inputs))
    if measure is None:
        raise ModelError(
            f"there is nothing to measure {header.kind} with {len(header.inputs)} inputs on",
            hint="Chord models are measured that read the published 776 columns, or the columns of the starter's.",
        )
    with TemporaryDirectory() as passing:
        return measure(path, Source(data, cache or Path(passing), split, train_data, against, corpora, progress))

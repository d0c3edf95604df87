"""Measure a file of weights on the data that it can read.

A table says which: chord models that read music are measured on the corpora, those that read pictures on MuVi-Sync,
and so are regressors of density and loudness that read pictures, whichever columns of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from v2m_bridge.errors import ModelError
from v2m_bridge.model.conditions import MUSIC_COLUMNS, video_columns
from v2m_bridge.model.dynamics_columns import GROUPS
from v2m_bridge.model.weights import STARTER_FOLDER, Header, Kind, read_header
from v2m_bridge.training.corpora import CORPORA, Progress, quiet
from v2m_bridge.training.evaluate_dynamics import evaluate_dynamics
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
        Folder for what is unpacked and for songs as read; None unpacks for this once.
    train_data : Path, optional
        MuVi-Sync whose ``train`` split gives the baselines their counts; None for the one in `data`, if it is there.
    against : Path, optional
        Other weights of the same kind and inputs, with which the model is compared song by song.
    corpora : sequence of str
    progress : callable

    Returns
    -------
    dict of str to float
        Flat figures; see `evaluate_songs.evaluate_on`, `evaluate_videos.evaluate_videos` and
        `evaluate_dynamics.evaluate_dynamics`.

    Raises
    ------
    ModelError
        When the weights cannot be read or there is nothing to measure them on.
    MediaError
        When the data cannot be read.
    """
    path = weights_path or STARTER_FOLDER / "chords.safetensors"
    header = read_header(path)
    measure = _evaluation_of(header)
    if measure is None:
        raise ModelError(
            f"there is nothing to measure {header.kind} with {len(header.inputs)} inputs on",
            hint="Measured are chord models that read the published 776 columns or those of the starter's, "
            "and regressors that read video.",
        )
    with TemporaryDirectory(ignore_cleanup_errors=True) as passing:
        return measure(path, Source(data, cache or Path(passing), split, train_data, against, corpora, progress))


def _evaluation_of(header: Header) -> Evaluation | None:
    """Return what measures weights; None where nothing does."""
    seen = {name for names in GROUPS.values() for name in names}
    if header.kind == "dynamics" and set(header.inputs) <= seen:
        return evaluate_dynamics
    return EVALUATIONS.get((header.kind, header.inputs))

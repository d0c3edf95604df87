"""The five files of a score: score.json, score.mid, cues.csv, markers.csv and report.json."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from v2m_bridge.core.score import Score
from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import check_replaceable, replace_file
from v2m_bridge.export.markers import markers_csv
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.report import report
from v2m_bridge.spotting.cue_list import cue_list_csv


def deliver(
    score: Score, folder: Path, warnings: Sequence[str] = (), *, cue_list: Path | None = None
) -> tuple[str, ...]:
    """Write the files of a score into `folder`, each whole or not at all.

    Everything is made before anything is written, so that a fault leaves the earlier files as they were.

    Parameters
    ----------
    score : Score
        What was composed.
    folder : Path
        Made where it is missing.
    warnings : sequence of str
        For the report.
    cue_list : Path, optional
        The cues.csv that this score was composed from: it may be written again although the user edited it.

    Returns
    -------
    tuple of str
        Paths of the files, score.json first.

    Raises
    ------
    OutputError
        When the folder cannot be written, holds a file of that name that is not ours, or a list that the user edited.
    """
    files = {
        "score.json": score.to_json(),
        "score.mid": midi_bytes(score),
        "cues.csv": cue_list_csv(score).encode(),
        "markers.csv": markers_csv(score).encode(),
    }
    about = {**report(score, warnings), "files": {name: _digest(data) for name, data in files.items()}}
    files["report.json"] = msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n"
    _keep_edits(folder, cue_list)
    for name, data in files.items():
        check_replaceable(folder / name, data)
    for name, data in files.items():
        replace_file(folder / name, data)
    return tuple(str(folder / name) for name in files)


def _keep_edits(folder: Path, cue_list: Path | None) -> None:
    """Refuse to write over a list that is not as the last report says that it was written.

    A cue list that no report knows comes from ``v2m spot`` or from the user, and stays as well.
    """
    try:
        written = msgspec.json.decode((folder / "report.json").read_bytes(), type=_Written).files
    except (OSError, msgspec.DecodeError):
        written = {}
    for name in ("cues.csv", "markers.csv"):
        path = folder / name
        if not path.is_file() or (name not in written and name != "cues.csv"):
            continue
        if _digest(path.read_bytes()) == written.get(name):
            continue
        if name == "cues.csv" and cue_list is not None and cue_list.resolve() == path.resolve():
            continue
        use = f"Name it with --cues {path} to use it, or move it away." if name == "cues.csv" else "Move it away."
        why = "has been edited since it was written" if name in written else "is there already and no score wrote it"
        raise OutputError(f"{path} {why}", hint=use)


class _Written(msgspec.Struct):
    files: dict[str, str] = {}


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()

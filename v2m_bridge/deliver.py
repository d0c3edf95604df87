"""The files of a score: score.json, score.mid, cues.csv, markers.csv, report.json and the plot report.svg."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from v2m_bridge.core.heard import Heard
from v2m_bridge.core.routing import Routing, routed_score
from v2m_bridge.core.score import Score
from v2m_bridge.core.tempo_list import CueTempi
from v2m_bridge.errors import OutputError
from v2m_bridge.export.cue_midi import cue_midi_bytes
from v2m_bridge.export.files import IsOurs, check_replaceable, replace_file
from v2m_bridge.export.markers import markers_csv
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.export.plot import plot_png, plot_svg
from v2m_bridge.report import report
from v2m_bridge.spotting.cue_list import cue_list_csv
from v2m_bridge.spotting.cue_table import is_cue_list
from v2m_bridge.version_store import midi_name

_AS_COMPOSED: Final = Routing()


def deliver(
    score: Score,
    folder: Path,
    warnings: Sequence[str] = (),
    *,
    cue_list: Path | None = None,
    locks: Mapping[str, tuple[str, ...]] | None = None,
    heard: Heard | None = None,
    tempi: Sequence[CueTempi] = (),
    took_s: Mapping[str, float] | None = None,
    with_png: bool = False,
    routing: Routing = _AS_COMPOSED,
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
    locks : mapping of str to tuple of str, optional
        Locked layers by cue number, for the cue list.
    heard, tempi, took_s
        For the report, see `report.report`.
    with_png : bool
        Whether the plot is written as report.png as well.
    routing : Routing
        Channels, registers, keyswitches and controllers of the parts in score.mid.

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
        "score.mid": midi_bytes(routed_score(score, routing)),
        "cues.csv": cue_list_csv(score, locks).encode(),
        "markers.csv": markers_csv(score).encode(),
    }
    about = report(score, warnings, heard=heard, tempi=tempi, took_s=took_s)
    files |= _report_files(score, about, files, heard, with_png=with_png)
    _keep_edits(folder, cue_list)
    _replace_all(folder, files)
    return tuple(str(folder / name) for name in files)


def deliver_cues_midi(score: Score, folder: Path, routing: Routing = _AS_COMPOSED) -> None:
    """Write each cue as a MIDI file of its own, named by number and version; a file that is right already stays.

    Raises
    ------
    OutputError
        When the folder cannot be written, or holds a file of that name that is not ours.
    """
    whole = routed_score(score, routing)
    for cue in whole.cues:
        path, data = folder / midi_name(cue), cue_midi_bytes(whole, cue)
        if not path.is_file() or path.read_bytes() != data:
            replace_file(path, data)


def _replace_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files over earlier ones of ours; nothing is written where one of them is not."""
    ours: dict[str, IsOurs | None] = dict.fromkeys(files)
    if (folder / "cues.csv").is_file() and is_cue_list((folder / "cues.csv").read_bytes()):
        ours["cues.csv"] = lambda path: is_cue_list(path.read_bytes())  # with or without the column of themes
    for name, data in files.items():
        check_replaceable(folder / name, data, ours[name])
    for name, data in files.items():
        replace_file(folder / name, data, ours[name])


def _report_files(
    score: Score, about: dict[str, Any], files: Mapping[str, bytes], heard: Heard | None, *, with_png: bool
) -> dict[str, bytes]:
    """Return the report, which knows the digests of the other files, and its plots."""
    told = {**about, "files": {name: _digest(data) for name, data in files.items()}}
    made = {
        "report.json": msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n",
        "report.svg": plot_svg(score, heard),
    }
    return made | ({"report.png": plot_png(score, heard)} if with_png else {})


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

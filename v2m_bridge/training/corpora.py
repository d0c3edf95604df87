"""Where the corpora lie and how they are read: unpacked folders, or the archive of each, once per machine."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from v2m_bridge.core.harmony import Mode
from v2m_bridge.errors import MediaError
from v2m_bridge.training import mcgill, pop909, rs200
from v2m_bridge.training.song import Song, split

READERS: Final[dict[str, Callable[[Path], Iterator[Song]]]] = {
    mcgill.CORPUS: mcgill.read_folder,
    pop909.CORPUS: pop909.read_folder,
    rs200.CORPUS: rs200.read_folder,
}
CORPORA: Final = tuple(READERS)
_ARCHIVE: Final = "data.tar.xz"
_FORMAT: Final = "1"
_COLUMNS: Final = ("symbol_ids", "bar", "slot_in_bar", "slots_per_bar", "density_notes_per_s", "loudness")

Progress = Callable[[str, int, int], None]


def quiet(label: str, done: int, total: int) -> None:
    """Report nothing: the progress of who does not watch."""


def read_corpora(
    data: Path, cache: Path, corpora: Sequence[str] = CORPORA, progress: Progress = quiet
) -> tuple[Song, ...]:
    """Read the songs of some corpora below `data`, with their split.

    Parameters
    ----------
    data : Path
        Holds a folder per corpus, in the layout of the original or with its ``data.tar.xz``.
    cache : Path
        Folder for what is unpacked and for the songs as read.
    corpora : sequence of str
        Names out of `CORPORA`.
    progress : callable
        Told the corpus, how many are done and how many there are.

    Raises
    ------
    MediaError
        When a corpus is not there.
    """
    songs: list[Song] = []
    for index, name in enumerate(corpora):
        progress(f"reading {name}", index, len(corpora))
        songs += _read_corpus(name, data, cache)
    progress("reading the corpora", len(corpora), len(corpora))
    return split(songs)


def _read_corpus(name: str, data: Path, cache: Path) -> list[Song]:
    folder = data / name
    if not folder.is_dir():
        raise MediaError(
            f"there is no corpus {name} in {data}",
            hint=f"Put the original download into {folder}, or name its parent folder with --data.",
        )
    stored = cache / f"{name}-{_stamp(folder)}.npz"
    if stored.is_file():
        return _load(stored, name)
    archive = folder / _ARCHIVE
    songs = list(READERS[name](unpack(archive, cache / name) if archive.is_file() else folder))
    if not songs:
        raise MediaError(f"no song of {name} could be read in {folder}", hint="Check that the download is complete.")
    _store(stored, songs)
    return songs


def unpack(archive: Path, into: Path) -> Path:
    """Unpack an archive once; return the folder."""
    done = into / ".complete"
    if not done.is_file():
        into.mkdir(parents=True, exist_ok=True)
        try:
            with tarfile.open(archive) as tar:
                _extract(tar, into)
        except (tarfile.TarError, OSError, EOFError) as exc:
            raise MediaError(f"cannot unpack {archive}", hint="Download the archive again.") from exc
        done.touch()
    return into


def _extract(tar: tarfile.TarFile, into: Path) -> None:
    """Write plain files and folders below `into`, and refuse an archive that holds anything else."""
    if hasattr(tarfile, "data_filter"):
        tar.extractall(into, filter="data")
        return
    members = tar.getmembers()  # Python 3.11 before its fourth update has no filters
    for member in members:
        if not (member.isfile() or member.isdir()) or not (into / member.name).resolve().is_relative_to(into.resolve()):
            raise tarfile.ExtractError(f"{member.name} would not be a plain file in the folder")
    tar.extractall(into, members)  # noqa: S202 each was looked at


def _stamp(folder: Path) -> str:
    """Eight hexadecimal digits of what lies in the folder and of the reader's format."""
    listing = sorted(f"{path.name}:{path.stat().st_size}" for path in folder.iterdir())
    return hashlib.blake2b("\0".join([_FORMAT, str(folder.resolve()), *listing]).encode(), digest_size=4).hexdigest()


def _store(path: Path, songs: Sequence[Song]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "names": np.array([song.name for song in songs]),
        "minor": np.array([song.mode == "minor" for song in songs]),
        "lengths": np.array([len(song) for song in songs]),
    }
    for column in _COLUMNS:
        rows = [getattr(song, column) for song in songs]
        arrays[column] = np.concatenate(
            [np.full(len(song), -1, np.float32) if row is None else row for song, row in zip(songs, rows, strict=True)]
        )
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(path)


def _load(path: Path, corpus: str) -> list[Song]:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    ends = np.cumsum(arrays["lengths"])
    songs = []
    for index, end in enumerate(ends):
        rows = slice(int(end - arrays["lengths"][index]), int(end))
        columns = {column: arrays[column][rows] for column in _COLUMNS}
        for measured in ("density_notes_per_s", "loudness"):
            if (columns[measured] < 0).any():
                columns[measured] = None
        mode: Mode = "minor" if arrays["minor"][index] else "major"
        songs.append(Song(corpus=corpus, name=str(arrays["names"][index]), mode=mode, **columns))
    return songs

"""Songs and music videos as one memory-mapped file: parsed once, whatever is trained on them later.

The name of the file comes from the fingerprints of all source files.  A file that is damaged is made again, and one of
sources that have changed since goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from v2m_bridge.core.harmony import Mode
from v2m_bridge.entries import content_fingerprint, entry_name
from v2m_bridge.errors import MediaError
from v2m_bridge.training.corpora import CORPORA, Progress, corpus_folder, quiet, read_corpora
from v2m_bridge.training.mapped_arrays import Array, map_arrays, write_arrays
from v2m_bridge.training.muvi import MusicVideo, open_muvi
from v2m_bridge.training.song import Song

FORMAT: Final = 2
"""To be raised whenever a reader, or what is kept, changes."""
_SONG_COLUMNS: Final = ("symbol_ids", "bar", "slot_in_bar", "slots_per_bar", "density_notes_per_s", "loudness")
_VIDEO_COLUMNS: Final = ("symbol_ids", "picture", "semantic", "density_notes_per_s", "loudness")
_RUN_COLUMNS: Final = ("run_ends_s", "run_ids")
_ABSENT: Final = -1


class Library(msgspec.Struct, frozen=True):
    """Songs, and the videos of each split."""

    songs: tuple[Song, ...]
    videos: dict[str, tuple[MusicVideo, ...]]


class _SongEntry(msgspec.Struct, frozen=True):
    corpus: str
    name: str
    mode: Mode
    validation: bool


class _VideoEntry(msgspec.Struct, frozen=True):
    split: str
    name: str
    mode: Mode


class _Contents(msgspec.Struct, frozen=True):
    songs: list[_SongEntry]
    videos: list[_VideoEntry]


def read_library(
    data: Path,
    cache: Path,
    corpora: Sequence[str] = CORPORA,
    splits: Sequence[str] = (),
    progress: Progress = quiet,
) -> Library:
    """Read songs of some corpora and music videos of some splits of MuVi-Sync, from the cache where it holds them.

    Parameters
    ----------
    data : Path
        Holds a folder per corpus, in the layout of the original or with its archive.
    cache : Path
        Folder for what is unpacked and for the file.
    corpora, splits : sequence of str
    progress : callable

    Raises
    ------
    MediaError
        When something is not there or cannot be read.
    """
    folders = [corpus_folder(data, name) for name in corpora]
    muvi = open_muvi(data, cache) if splits else None
    if splits and muvi is None:
        raise MediaError(f"there is no MuVi-Sync in {data}", hint="Name the folder that holds it with --data.")

    def read() -> Library:
        songs = read_corpora(data, cache, corpora, progress)
        return Library(songs, {split: tuple(muvi.videos(split, progress)) for split in splits} if muvi else {})

    if muvi is not None:
        folders.append(muvi.semantic_folder)
    return cached_library(folders, [*corpora, "videos", *splits], cache, read)


def cached_library(folders: Sequence[Path], wanted: Sequence[str], cache: Path, read: Callable[[], Library]) -> Library:
    """Return what is cached of some source folders, else read and cache it.

    Parameters
    ----------
    folders : sequence of Path
        Every file in them counts.
    wanted : sequence of str
        What is read out of the folders.
    cache : Path
        Folder for the file.
    read : callable
        Reads the sources.
    """
    fingerprints = [fingerprint for folder in folders for fingerprint in _fingerprints(folder)]
    asked = entry_name(*wanted, *(folder.resolve() for folder in folders))[:12]
    path = cache / f"songs-{asked}-{entry_name(FORMAT, *fingerprints)}.mapped"
    found = _load(path)
    if found is None:
        read_now = read()
        _store(path, read_now)
        found = _load(path) or read_now
        _remove(other for other in cache.glob(f"songs-{asked}-*.mapped") if other != path)
    return found


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # some systems keep a file while it is mapped
            path.unlink()


def _fingerprints(folder: Path) -> Iterable[str]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield f"{path.relative_to(folder).as_posix()} {content_fingerprint(path)}"


def _store(path: Path, library: Library) -> None:
    videos = [video for split in library.videos.values() for video in split]
    contents = _Contents(
        [_SongEntry(song.corpus, song.name, song.mode, song.validation) for song in library.songs],
        [_VideoEntry(split, video.name, video.mode) for split, of in library.videos.items() for video in of],
    )
    arrays = {
        **_joined("song", library.songs, _SONG_COLUMNS),
        **_joined("video", videos, _VIDEO_COLUMNS),
        **_joined("run", videos, _RUN_COLUMNS),
    }
    write_arrays(path, arrays, contents)


def _load(path: Path) -> Library | None:
    mapped = map_arrays(path)
    if mapped is None:
        return None
    arrays, about = mapped
    try:
        contents = msgspec.json.decode(about, type=_Contents)
        songs = [
            Song(corpus=entry.corpus, name=entry.name, mode=entry.mode, validation=entry.validation, **columns)
            for entry, columns in zip(contents.songs, _parted("song", arrays, _SONG_COLUMNS), strict=True)
        ]
        videos: dict[str, list[MusicVideo]] = {}
        parts = zip(
            contents.videos, _parted("video", arrays, _VIDEO_COLUMNS), _parted("run", arrays, _RUN_COLUMNS), strict=True
        )
        for entry, columns, runs in parts:
            video = MusicVideo(name=entry.name, mode=entry.mode, **columns, **runs)
            videos.setdefault(entry.split, []).append(video)
    except (KeyError, ValueError, msgspec.DecodeError):
        return None
    return Library(tuple(songs), {split: tuple(of) for split, of in videos.items()})


def _joined(kind: str, items: Sequence[Any], columns: Sequence[str]) -> dict[str, Array]:
    """Each column of all items one after another, and how long each item's part is; -1 where it has none."""
    arrays: dict[str, Array] = {}
    for column in columns:
        parts = [getattr(item, column) for item in items]
        lengths = [_ABSENT if part is None else len(part) for part in parts]
        present = [part for part in parts if part is not None]
        arrays[f"{kind}.{column}.lengths"] = np.array(lengths, np.int64)
        arrays[f"{kind}.{column}"] = np.concatenate(present) if present else np.zeros(0, np.float32)
    return arrays


def _parted(kind: str, arrays: dict[str, Array], columns: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Give the columns of one item after another, as views."""
    lengths = {column: arrays[f"{kind}.{column}.lengths"] for column in columns}
    starts = dict.fromkeys(columns, 0)
    for index in range(len(next(iter(lengths.values())))):
        item: dict[str, Any] = {}
        for column in columns:
            n = int(lengths[column][index])
            item[column] = None if n == _ABSENT else arrays[f"{kind}.{column}"][starts[column] : starts[column] + n]
            starts[column] += max(n, 0)
        yield item

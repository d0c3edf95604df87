"""Where the corpora lie and how they are read: unpacked folders, or the archive of each, once per machine."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from v2m_bridge.entries import content_fingerprint
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
        Folder for what is unpacked.
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


def corpus_folder(data: Path, name: str) -> Path:
    """Return where a corpus lies.

    Raises
    ------
    MediaError
        When it is not there.
    """
    folder = data / name
    if not folder.is_dir():
        raise MediaError(
            f"there is no corpus {name} in {data}",
            hint=f"Put the original download into {folder}, or name its parent folder with --data.",
        )
    return folder


def _read_corpus(name: str, data: Path, cache: Path) -> list[Song]:
    folder = corpus_folder(data, name)
    archive = folder / _ARCHIVE
    songs = list(READERS[name](unpack(archive, cache / name) if archive.is_file() else folder))
    if not songs:
        raise MediaError(f"no song of {name} could be read in {folder}", hint="Check that the download is complete.")
    return songs


def unpack(archive: Path, into: Path) -> Path:
    """Unpack an archive below a folder, once as long as it stays the same; return the folder of what it holds."""
    done = into / content_fingerprint(archive)[:12]
    if done.is_dir():
        return done
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into, prefix=".") as passing:
        whole = Path(passing) / "whole"
        whole.mkdir()
        try:
            with tarfile.open(archive) as tar:
                _extract(tar, whole)
        except (tarfile.TarError, OSError, EOFError) as exc:
            raise MediaError(f"cannot unpack {archive}", hint="Download the archive again.") from exc
        with suppress(OSError):  # another process was quicker
            whole.rename(done)
    return done


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

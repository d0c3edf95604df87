"""Files appear whole or not at all, and only where nothing of the user's is lost.

A file in the way is replaced only when its content says that v2m_bridge wrote it:

=========  ==============================================================================
suffix     what says that it is ours
=========  ==============================================================================
``.json``  an object with the keys of score.json (``schema``) or report.json (``report``)
``.mid``   the text event `MARK` in its first track
``.csv``   the header line is the one about to be written
``.mp4``   the comment tag `MARK`
``.wav``   the software tag `MARK`
``.svg``   the comment `MARK`
``.png``   the software tag `MARK`
=========  ==============================================================================

What ``v2m export`` writes is known by its digest instead, see `written`, and so are stems, see `bwf_file`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.errors import OutputError

MARK: Final = "v2m_bridge score"
"""Stands in every file of ours that has no structure of its own to be recognised by."""

_HEAD_BYTES: Final = 1 << 25
_TAIL_BYTES: Final = 1 << 16


IsOurs = Callable[[Path], bool]
"""Whether we wrote the file at this path."""


def replace_file(path: Path, data: bytes, is_ours: IsOurs | None = None) -> None:
    """Write a file: under a temporary name in the same folder, synced to disk, then renamed.

    The folder is made where it is missing.

    Parameters
    ----------
    path : Path
    data : bytes
    is_ours : callable, optional
        Says of a file in the way whether it may be replaced, instead of the table above.

    Raises
    ------
    OutputError
        When the place cannot be written, or a file that is not ours stands there; that file is left as it is.
    """
    with replacement(path, head=data, is_ours=is_ours) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacement(path: Path, *, head: bytes = b"", is_ours: IsOurs | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when the block ends well, and vanishes otherwise.

    Parameters
    ----------
    path : Path
        Where the file shall stand; a symbolic link is followed.
    head : bytes
        What the new file begins with, to compare header lines; needed for ``.csv`` only.
    is_ours : callable, optional
        As for `replace_file`.

    Raises
    ------
    OutputError
        When the place cannot be written, or a file that is not ours stands there.
    """
    target = _resolved(path)
    with _translated(path):
        check_replaceable(target, head, is_ours)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".v2m-{secrets.token_hex(6)}{target.suffix}"
        temporary.open("xb").close()
    try:
        with _translated(path):
            yield temporary
            _sync(temporary)
            check_replaceable(target, head, is_ours)
            temporary.replace(target)
            _sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_replaceable(path: Path, head: bytes = b"", is_ours: IsOurs | None = None) -> None:
    """Refuse a path where something stands that we did not write.

    Raises
    ------
    OutputError
        Names the path.
    """
    with _translated(path):
        if not path.exists():
            return
        if not path.is_file():
            raise OutputError(f"{path} is there already and is not a file")
        by_content = _IS_OURS.get(path.suffix.lower(), _is_same)
        if path.stat().st_size and not (is_ours(path) if is_ours else by_content(path, head)):
            as_it_is = " as it is now" if is_ours else ""
            raise OutputError(
                f"{path} is there already and v2m_bridge did not write it{as_it_is}",
                hint="Move it away, or choose another place with -o; nothing was changed.",
            )


def _is_our_json(path: Path, _head: bytes) -> bool:
    try:
        value = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(value, dict) and any(value.keys() >= keys for keys in _JSON_KEYS)


def _is_marked(path: Path, _head: bytes) -> bool:
    """Whether `MARK` stands near the beginning or the end, where headers and tags are."""
    with path.open("rb") as file:
        if MARK.encode() in file.read(_HEAD_BYTES):
            return True
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return MARK.encode() in file.read()


def _has_our_header(path: Path, head: bytes) -> bool:
    line = head.partition(b"\n")[0].rstrip(b"\r")
    with path.open("rb") as file:
        return bool(line) and file.readline(len(line) + 8).removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") == line


def _is_same(path: Path, head: bytes) -> bool:
    return bool(head) and path.read_bytes() == head


_JSON_KEYS: Final = (frozenset({"schema", "revision", "cues"}), frozenset({"report", "cues"}))
_IS_OURS: Final[dict[str, Callable[[Path, bytes], bool]]] = {
    ".json": _is_our_json,
    ".mid": _is_marked,
    ".csv": _has_our_header,
    ".mp4": _is_marked,
    ".wav": _is_marked,
    ".svg": _is_marked,
    ".png": _is_marked,
}


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last, where the system can sync a folder."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError) as exc:
        raise OutputError(f"cannot write {path}: a file stands where a folder is needed") from exc
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}") from exc


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError) as exc:
        raise OutputError(f"cannot write {str(path)!r}: that is not a usable path") from exc

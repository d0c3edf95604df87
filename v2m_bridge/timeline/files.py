"""What may be read as an edit: a plain file of a sensible size, with text that is not nested too deep."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.errors import TimelineError

MAX_BYTES: Final = 64 * 1024 * 1024
"""Two thousand shots make about 4 MB of .otio."""
MAX_DEPTH: Final = 256
"""Brackets within brackets; an edit with three nested sequences has about 20."""

_CHUNK: Final = 1 << 20
_STRINGS: Final = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEP_OF_BYTE: Final = np.zeros(256, np.int64)
_STEP_OF_BYTE[list(b"[{")] = 1
_STEP_OF_BYTE[list(b"]}")] = -1
_STEP_OF_BYTE.setflags(write=False)


def check_file(path: Path) -> int:
    """Return the size in bytes of a plain file that is not empty.

    Raises
    ------
    TimelineError
        When the path names nothing, a folder, a pipe, a device, or an empty file.
    """
    name = path.name[:80]
    try:
        status = path.stat()
    except FileNotFoundError as exc:
        raise TimelineError(f"there is no file {str(path)[:200]}", hint="Check the path.") from exc
    except (OSError, ValueError) as exc:
        raise TimelineError(f"cannot look at {name!r}: {_reason(exc)}", hint="Check the path.") from exc
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
        raise TimelineError(f"{name!r} is {kind}, not a file", hint="Name the file that the editor exported.")
    if not status.st_size:
        raise TimelineError(f"{name!r} is empty")
    return status.st_size


def read_text(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """Read a small plain file of UTF-8 text.

    Raises
    ------
    TimelineError
        When there is no such file, it is too large, or not text.
    """
    try:
        return read_bytes(path, max_bytes=max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise TimelineError(f"{path.name[:80]!r} is not text") from exc


def read_bytes(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a small plain file.

    Raises
    ------
    TimelineError
        When there is no such file, or it is too large.
    """
    if check_file(path) > max_bytes:
        raise TimelineError(
            f"{path.name[:80]!r} is larger than {max_bytes // 1024**2} MB",
            hint="Export the timeline alone, without project data.",
        )
    return read_head(path, max_bytes)


def read_head(path: Path, n_bytes: int) -> bytes:
    """Read the first bytes of a file.

    Raises
    ------
    TimelineError
        When it may not be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(n_bytes)
    except OSError as exc:
        raise TimelineError(
            f"cannot open {path.name[:80]!r}: {_reason(exc)}", hint="Check who may read the file."
        ) from exc


def json_depth(text: str) -> int:
    """Return how many brackets of JSON stand within each other at most, in time linear in the length."""
    brackets = np.frombuffer(_STRINGS.sub(b"", text.encode()).translate(None, _NOT_BRACKETS), np.uint8)
    depth = deepest = 0
    for start in range(0, len(brackets), _CHUNK):
        depths = depth + np.cumsum(_STEP_OF_BYTE[brackets[start : start + _CHUNK]])
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
    return deepest


def _reason(exc: OSError | ValueError) -> str:
    return (getattr(exc, "strerror", None) or str(exc)).lower()

"""Entries of a cache folder: named by what they depend on, written whole or not at all.

Several processes may share a folder.  One that cannot be written costs time later but loses nothing now.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from v2m_bridge.errors import MediaError

_BLOCK_BYTES: Final = 1 << 16


def content_fingerprint(path: Path) -> str:
    """Return 32 hexadecimal digits of a file's size and its first, middle and last 64 KiB.

    Raises
    ------
    MediaError
        When the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            digest.update(str(size).encode())
            for start in (0, (size - _BLOCK_BYTES) // 2, size - _BLOCK_BYTES):
                file.seek(max(0, start))
                digest.update(file.read(_BLOCK_BYTES))
    except (OSError, ValueError) as exc:
        raise MediaError(f"{path} cannot be read") from exc
    return digest.hexdigest()


def entry_name(*key: object) -> str:
    """Return 32 hexadecimal digits of all that an entry depends on."""
    return hashlib.blake2b("\0".join(map(str, key)).encode(), digest_size=16).hexdigest()


def write_entry(entry: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write an entry under a passing name and rename it; `write` is handed the open file."""
    with suppress(OSError):
        entry.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=entry.parent, prefix=".", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(entry)
        finally:
            temporary.unlink(missing_ok=True)

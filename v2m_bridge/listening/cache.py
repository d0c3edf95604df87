"""What was heard, on disk, so that no sound is decoded twice."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from v2m_bridge.errors import MediaError

_FORMAT_VERSION: Final = 1
_FOLDER: Final = "heard"
_BLOCK_BYTES: Final = 1 << 16


class HeardCache:
    """A folder of small files, written whole or not at all, so that several processes may share it.

    Parameters
    ----------
    folder : Path, optional
        The cache folder of the program, made when something is first stored; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = None if folder is None else folder / _FOLDER

    def load(self, *key: object) -> bytes | None:
        """Return what was stored under a key; None where there is nothing."""
        if self._folder is None:
            return None
        try:
            return self._entry(self._folder, key).read_bytes()
        except OSError:
            return None

    def store(self, data: bytes, *key: object) -> None:
        """Keep something; a folder that cannot be written costs time later but loses nothing now."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._entry(self._folder, key))
            finally:
                temporary.unlink(missing_ok=True)

    @staticmethod
    def _entry(folder: Path, key: tuple[object, ...]) -> Path:
        text = "\0".join(map(str, (_FORMAT_VERSION, *key)))
        return folder / hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def content_of(path: Path) -> str:
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

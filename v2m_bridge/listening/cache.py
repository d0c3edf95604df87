"""What was heard, on disk, so that no sound is decoded twice."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from v2m_bridge.entries import entry_name, write_entry

_FORMAT_VERSION: Final = 1
_FOLDER: Final = "heard"


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
        if self._folder is not None:
            write_entry(self._entry(self._folder, key), lambda file: file.write(data))

    @staticmethod
    def _entry(folder: Path, key: tuple[object, ...]) -> Path:
        return folder / entry_name(_FORMAT_VERSION, *key)

"""Arrays kept beside the features of media: what was found in guide movies, and held frames."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.entries import entry_name, write_entry

_VERSION: Final = 1
_DAMAGE: Final = (OSError, EOFError, LookupError, ValueError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


class ArrayStore:
    """A folder of arrays, one ``.npz`` without pickle for each key; entries are written whole or not at all.

    Parameters
    ----------
    folder : Path or None
        Made when something is first stored; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, *key: str) -> Arrays | None:
        """Return the arrays of a key; None where there are none or they are damaged."""
        if self._folder is None:
            return None
        try:
            with self._entry(self._folder, key).open("rb") as file, np.load(file, allow_pickle=False) as data:
                return {name: data[name] for name in data.files}
        except _DAMAGE:
            return None

    def store(self, arrays: Arrays, *key: str) -> None:
        """Write an entry; a folder that cannot be written costs time later but loses nothing now."""
        if self._folder is not None:
            entry = self._entry(self._folder, key)
            write_entry(entry, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))

    @staticmethod
    def _entry(folder: Path, key: tuple[str, ...]) -> Path:
        return folder / f"{entry_name('arrays', _VERSION, *key)}.npz"

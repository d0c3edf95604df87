"""What was found in guide movies, kept beside the features of media."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_VERSION: Final = 1
_DAMAGE: Final = (OSError, EOFError, LookupError, ValueError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


class GuideStore:
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
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    np.savez_compressed(file, allow_pickle=False, **arrays)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._entry(self._folder, key))
            finally:
                temporary.unlink(missing_ok=True)

    @staticmethod
    def _entry(folder: Path, key: tuple[str, ...]) -> Path:
        text = "\0".join(("guide", str(_VERSION), *key))
        return folder / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.npz"

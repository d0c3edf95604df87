"""Features on disk, one file per medium and backend, so that no picture is decoded twice."""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from v2m_bridge.core import codec
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.errors import MediaError

FORMAT_VERSION: Final = 1
_BLOCK_BYTES: Final = 1 << 16
_DAMAGE: Final = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    MemoryError,
    NotImplementedError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    msgspec.MsgspecError,
)
_COLUMNS: Final = ("scene_offset_s", "motion", "emotion", "valence", "arousal", "confidence")


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
    except OSError as exc:
        raise MediaError(f"{path} cannot be read") from exc
    return digest.hexdigest()


class FeatureCache:
    """A folder of features; entries are written whole or not at all, so several processes may share it.

    Parameters
    ----------
    folder : Path
        Made when something is first stored.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entry(self, content: str, backend_name: str, backend_fingerprint: str) -> Path:
        """Return the file of a medium's features as one backend sees them."""
        key = "\0".join((content, backend_name, backend_fingerprint, str(FORMAT_VERSION)))
        return self._folder / f"{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}.npz"

    def load(self, entry: Path, path: Path) -> MediumFeatures | None:
        """Read an entry for the medium that now lies at `path`; None where there is none or it is damaged."""
        try:
            with entry.open("rb") as file, np.load(file, allow_pickle=False) as data:
                return _features_of(data, path)
        except _DAMAGE:
            return None

    def store(self, entry: Path, features: MediumFeatures) -> None:
        """Write an entry; a folder that cannot be written costs time later but loses nothing now."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".tmp")
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    np.savez_compressed(file, **_arrays_of(features))
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(entry)
            finally:
                temporary.unlink(missing_ok=True)


def _arrays_of(medium: MediumFeatures) -> dict[str, Any]:
    info = replace(medium.info, path="")
    cuts = [(cut_s.numerator, cut_s.denominator) for cut_s in medium.cuts_s]
    arrays: dict[str, Any] = {name: getattr(medium.features, name) for name in _COLUMNS}
    arrays["info"] = np.frombuffer(codec.encode(info), np.uint8)
    arrays["cuts"] = np.array(cuts, np.int64).reshape(-1, 2)
    arrays["backend"] = np.array(medium.backend)
    if medium.features.semantic is not None:
        arrays["semantic"] = medium.features.semantic
    return arrays


def _features_of(data: Any, path: Path) -> MediumFeatures:
    columns = {name: data[name] for name in _COLUMNS}
    columns["semantic"] = data.get("semantic")
    return MediumFeatures(
        info=replace(codec.decode(data["info"].tobytes(), MediaInfo), path=str(path)),
        features=VideoFeatures(**columns),
        cuts_s=tuple(Fraction(int(over), int(under)) for over, under in data["cuts"]),
        backend=str(data["backend"]),
    )

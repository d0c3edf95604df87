"""Features on disk, one file per medium and backend, so that no picture is decoded twice.

The folder keeps to a size: what has not been used for longest goes first.
"""

from __future__ import annotations

import os
import struct
import time
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
from v2m_bridge.entries import entry_name, write_entry
from v2m_bridge.vision.looked import Looked
from v2m_bridge.vision.sampling import n_seconds
from v2m_bridge.vision.spans import n_blocks

FORMAT_VERSION: Final = 3
MOST_BYTES: Final = 2 << 30
"""Size that a folder of features keeps to: with the compact backend many thousand hours of pictures."""
_ABANDONED_AFTER_S: Final = 3600
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


class FeatureCache:
    """A folder of features; entries are written whole or not at all, so several processes may share it.

    Parameters
    ----------
    folder : Path
        Made when something is first stored.
    most_bytes : int
        Size that the entries keep to; the one written last stays, however large.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most_bytes = folder, most_bytes

    def entry(self, content: str, backend_name: str, backend_fingerprint: str) -> Path:
        """Return the file of a medium's features as one backend sees them."""
        return self._folder / f"{entry_name(content, backend_name, backend_fingerprint, FORMAT_VERSION)}.npz"

    def load(self, entry: Path, path: Path) -> Looked | None:
        """Read an entry for the medium that now lies at `path`; None where there is none or it is damaged."""
        try:
            with entry.open("rb") as file, np.load(file, allow_pickle=False) as data:
                looked = _looked_of(data, path)
        except _DAMAGE:
            return None
        with suppress(OSError):
            os.utime(entry)  # used now
        return looked

    def store(self, entry: Path, looked: Looked) -> None:
        """Write an entry, joined with what another process has written meanwhile.

        A folder that cannot be written costs time later but loses nothing now.
        """
        earlier = None if looked.is_whole else self.load(entry, Path(looked.medium.info.path))
        arrays = _arrays_of(earlier.joined(looked) if earlier else looked)
        write_entry(entry, lambda file: np.savez_compressed(file, **arrays))
        with suppress(OSError):
            self._keep_to_size(entry)

    def _keep_to_size(self, newest: Path) -> None:
        """Delete what has not been used for longest, and what a process that died has left unfinished."""
        entries = []
        for path in self._folder.iterdir():
            with suppress(OSError):  # another process may have deleted it
                status = path.stat()
                if path.suffix == ".npz":
                    entries.append((status.st_mtime_ns, path, status.st_size))
                elif path.suffix == ".tmp" and time.time() - status.st_mtime > _ABANDONED_AFTER_S:
                    path.unlink(missing_ok=True)
        n_bytes = sum(size for _, _, size in entries)
        for _, path, size in sorted(entries):
            if n_bytes <= self._most_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                n_bytes -= size


def _arrays_of(looked: Looked) -> dict[str, Any]:
    medium = looked.medium
    cuts = [(cut_s.numerator, cut_s.denominator) for cut_s in medium.cuts_s]
    arrays: dict[str, Any] = {name: getattr(medium.features, name) for name in _COLUMNS}
    arrays["info"] = np.frombuffer(codec.encode(replace(medium.info, path="")), np.uint8)
    arrays["cuts"] = np.array(cuts, np.int64).reshape(-1, 2)
    arrays["backend"] = np.array(medium.backend)
    arrays["blocks"] = looked.blocks
    if medium.features.semantic is not None:
        arrays["semantic"] = medium.features.semantic
    return arrays


def _looked_of(data: Any, path: Path) -> Looked:
    columns = {name: data[name] for name in _COLUMNS}
    columns["semantic"] = data.get("semantic")
    medium = MediumFeatures(
        info=replace(codec.decode(data["info"].tobytes(), MediaInfo), path=str(path)),
        features=VideoFeatures(**columns),
        cuts_s=tuple(Fraction(int(over), int(under)) for over, under in data["cuts"]),
        backend=str(data["backend"]),
    )
    rows, blocks = len(medium.features), data["blocks"]
    if rows != n_seconds(medium.info.duration_s) or blocks.shape != (n_blocks(rows),) or blocks.dtype != bool:
        raise ValueError("rows and length do not agree")
    return Looked(medium, blocks)

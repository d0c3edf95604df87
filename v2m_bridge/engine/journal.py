"""An append-only file of records that survives `kill -9`: each record is whole or was never written."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_HEADER_BYTES: Final = 8
_MAX_RECORD_BYTES: Final = 64 * 2**20


class Journal:
    """Records of bytes in one file, each with its length and checksum, synced to disk before `append` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        good = sum(_HEADER_BYTES + len(record) for record in read_journal(path))
        self._file = path.open("ab")
        if self._file.tell() > good:
            self._file.truncate(good)

    def append(self, record: bytes) -> None:
        """Write one record and wait until it is on disk."""
        header = len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big")
        self._file.write(header + record)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> Iterator[bytes]:
    """Yield the whole records of a journal, up to the first that is cut short or damaged."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while len(header := file.read(_HEADER_BYTES)) == _HEADER_BYTES:
            size = int.from_bytes(header[:4], "big")
            if size > _MAX_RECORD_BYTES:
                return
            record = file.read(size)
            if len(record) < size or zlib.crc32(record) != int.from_bytes(header[4:], "big"):
                return
            yield record

"""An append-only file of records that survives `kill -9`: each record is whole or was never written."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from v2m_bridge.errors import OutputError

_HEADER_BYTES: Final = 8
_MAX_RECORD_BYTES: Final = 64 * 2**20


class Journal:
    """Records of bytes in one file, each with its length and checksum, synced to disk before `append` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._size = sum(_HEADER_BYTES + len(record) for record in read_journal(path))
        self._file = path.open("ab", buffering=0)
        if self._file.tell() > self._size:
            self._file.truncate(self._size)

    def append(self, record: bytes) -> None:
        """Write one record and wait until it is on disk.

        Raises
        ------
        OutputError
            When the disk takes no more; the journal then holds what it held before.
        """
        data = len(record).to_bytes(4, "big") + zlib.crc32(record).to_bytes(4, "big") + record
        try:
            self._write(data)
            os.fsync(self._file.fileno())
        except OSError as exc:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise OutputError(
                f"cannot write to {self._path.parent}: {exc.strerror or exc}", hint="Make room on that disk."
            ) from exc
        self._size += len(data)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

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

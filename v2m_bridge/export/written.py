"""What we wrote, known again by its digest: a file that anybody changed since is the user's."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import replace_file


@dataclass(frozen=True, slots=True)
class Written:
    """A folder of empty files, each named by the digest of a file that we wrote."""

    folder: Path

    def is_ours(self, path: Path) -> bool:
        """Whether a file is, byte for byte, one that we wrote; without memory none is."""
        return self._record_of(path.read_bytes()).exists()

    def remember(self, data: bytes) -> None:
        """Keep in mind that we wrote this content; where that fails, it is taken for the user's."""
        record = self._record_of(data)
        if not record.exists():
            with suppress(OutputError):
                replace_file(record, b"")

    def _record_of(self, data: bytes) -> Path:
        return self.folder / hashlib.blake2b(data, digest_size=16).hexdigest()

"""One engine per session folder: a lock that the system releases when the engine dies, and how to reach it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec

from v2m_bridge.core.conversation import Endpoint
from v2m_bridge.errors import SettingsError

ENDPOINT_NAME: Final = "engine.json"


class SessionHeldError(SettingsError):
    """Another engine has the session folder."""


class SessionLease:
    """The right to write a session folder; held while this object is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = (folder / "lock").open("ab")
        except OSError as exc:
            raise SettingsError(
                f"cannot use the session folder {folder}: {exc.strerror or exc}",
                hint="Choose another folder with --session.",
            ) from exc
        if not _lock(self._file):
            self._file.close()
            raise SessionHeldError(
                f"an engine already runs for {folder}", hint="Attach to it, or choose another folder with --session."
            )
        self._sweep()

    def _sweep(self) -> None:
        """Remove what an engine left that was killed: how it was reached, and its socket with the folder of that."""
        path = self._folder / ENDPOINT_NAME
        with suppress(OSError, msgspec.DecodeError):
            socket = Path(msgspec.json.decode(path.read_bytes(), type=Endpoint).address)
            path.unlink()
            if socket.parent.name.startswith("v2m-"):
                socket.unlink(missing_ok=True)
                socket.parent.rmdir()

    def publish(self, endpoint: Endpoint) -> None:
        """Write how this engine is reached, readable by the owner only."""
        fresh = self._folder / (ENDPOINT_NAME + ".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(endpoint))
        fresh.replace(self._folder / ENDPOINT_NAME)

    def close(self) -> None:
        """Give the folder back; may be called twice."""
        if not self._file.closed:
            (self._folder / ENDPOINT_NAME).unlink(missing_ok=True)
            self._file.close()


def _lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

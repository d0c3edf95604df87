"""Reading edits in child processes, each from a thread of its own that posts the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from v2m_bridge import jobs
from v2m_bridge.engine.inbox import EditRead, Message
from v2m_bridge.engine.watcher import newest_edit
from v2m_bridge.errors import TimelineError, V2MError

READ_RETRY_S: Final = (0.5, 1.0)
"""A file that cannot be read may still be half written: it is read again after these waits."""
_CLOSE_LIMIT_S: Final = 5.0


class ReadingDesk:
    """Reads what the engine asks for.  Thread: the engine's asks and closes."""

    def __init__(self, post: Callable[[Message], None]) -> None:
        self._post = post
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def read(self, token: int, path: Path) -> None:
        """Read an edit and post the answer."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._read, args=(token, path), name="reading", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Let what is being read end; may be called twice."""
        self._closing.set()
        for thread in self._threads:
            thread.join(_CLOSE_LIMIT_S)

    def _read(self, token: int, path: Path) -> None:
        for wait_s in (*READ_RETRY_S, None):
            try:
                self._post(EditRead(token, jobs.read_timeline(newest_edit(path))))
                return
            except V2MError as exc:
                error = exc
            except (OSError, ValueError) as exc:
                error = TimelineError(f"{path.name[:80]!r} cannot be read: {exc}")
                error.__cause__ = exc
            if wait_s is None or not path.is_file() or self._closing.wait(wait_s):
                self._post(EditRead(token, None, error))
                return

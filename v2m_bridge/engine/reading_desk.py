"""Reading edits in child processes, each from a thread of its own that posts the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

from v2m_bridge import jobs
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.engine.inbox import EditRead, Message
from v2m_bridge.engine.watcher import newest_edit
from v2m_bridge.errors import TimelineError, V2MError

READ_RETRY_S: Final = (0.5, 1.0)
"""A file that cannot be read may still be half written: it is read again after these waits."""
_CLOSE_LIMIT_S: Final = 5.0


class ReadingDesk:
    """Reads what the engine asks for.  Thread: the engine's asks and closes."""

    def __init__(
        self, post: Callable[[Message], None], media_dirs: Sequence[str] = (), rate: Fraction | None = None
    ) -> None:
        self._post = post
        self._media_dirs, self._rate = tuple(media_dirs), rate
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._readers = jobs.SpareReader()

    def read(self, token: int, path: Path, previous: Timeline | None = None) -> None:
        """Read an edit, and find the scenes of its earlier revision in it, and post the answer."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._read, args=(token, path, previous), name="reading", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Let what is being read end; may be called twice."""
        self._closing.set()
        self._readers.close()
        for thread in self._threads:
            thread.join(_CLOSE_LIMIT_S)

    def _read(self, token: int, path: Path, previous: Timeline | None) -> None:
        for wait_s in (*READ_RETRY_S, None):
            try:
                self._post(EditRead(token, self._edit(newest_edit(path), previous)))
                self._prepare()
                return
            except V2MError as exc:
                error = exc
            except (OSError, ValueError) as exc:
                error = TimelineError(f"{path.name[:80]!r} cannot be read: {exc}")
                error.__cause__ = exc
            if wait_s is None or not _is_there(path) or self._closing.wait(wait_s):
                self._post(EditRead(token, None, error))
                return

    def _edit(self, path: Path, previous: Timeline | None) -> Timeline | Conformed | PlainVideo:
        folders, rate, start = self._media_dirs, self._rate, self._readers.take
        if previous is None:
            return jobs.read_timeline(path, media_dirs=folders, rate=rate, start=start)
        return jobs.reread_timeline(path, previous, media_dirs=folders, rate=rate, start=start)

    def _prepare(self) -> None:
        """Let a reader stand ready: an edit that was read once is exported again."""
        with suppress(V2MError):  # told when the next edit is read, too
            self._readers.prepare()


def _is_there(path: Path) -> bool:
    """Whether there is an export that may be complete a moment later."""
    try:
        return newest_edit(path).exists()
    except (V2MError, OSError):
        return False

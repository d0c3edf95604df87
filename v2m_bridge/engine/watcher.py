"""Watches one file or bundle and says when a new version of it is complete."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from v2m_bridge.errors import TimelineError

POLL_S: Final = 0.2
"""A change is told once size and time stood still for two polls; polling also works on network drives."""

EXPORTS: Final = frozenset({".otio"})
"""What a watched folder is searched for."""

Signature = tuple[tuple[str, int, int], ...]


def signature(path: Path) -> Signature | None:
    """Return names, sizes and times of a file, of what a bundle holds, or of the exports in a folder.

    None where there is nothing.
    """
    try:
        if not path.is_dir():
            stat = path.stat()
            return ((path.name, stat.st_size, stat.st_mtime_ns),)
        inside = sorted(item for item in path.rglob("*") if item.is_file()) if path.suffix else _exports(path)
        return tuple((item.name, item.stat().st_size, item.stat().st_mtime_ns) for item in inside)
    except OSError:
        return None


def newest_edit(path: Path) -> Path:
    """Return the edit that a watched path means: itself, or the newest export in a folder that is no bundle.

    Raises
    ------
    TimelineError
        When the folder holds no export yet, or cannot be looked into.
    """
    if not path.is_dir() or path.suffix:
        return path
    try:
        exports = [(item.stat().st_mtime_ns, item.name, item) for item in _exports(path)]
    except OSError as exc:
        raise TimelineError(f"cannot look into {path}: {exc.strerror or exc}", hint="Choose another folder.") from exc
    if not exports:
        raise TimelineError(f"there is no edit in {path} yet", hint="Export one into it; it is read by itself.")
    return max(exports)[2]


def _exports(folder: Path) -> list[Path]:
    """Return the exports in a folder by name; media, hidden files and files that are still empty do not count."""
    named = (item for item in folder.iterdir() if item.suffix.lower() in EXPORTS and not item.name.startswith("."))
    return sorted(item for item in named if item.is_dir() or item.stat().st_size)


class Steady:
    """Decides from successive signatures when a new version is complete.  Pure; the watcher's thread feeds it."""

    def __init__(self, first: Signature | None) -> None:
        self._told = first
        self._last = first

    def seen(self, now: Signature | None) -> bool:
        """Take the next signature; True once for each new version, when it has stood still."""
        complete = now is not None and now == self._last and now != self._told and all(size for _, size, _ in now)
        self._last = now
        if complete:
            self._told = now
        return complete


class Watcher:
    """Polls a path in a thread of its own and calls `changed` from there."""

    def __init__(self, path: Path, changed: Callable[[], None]) -> None:
        self._path, self._changed = path, changed
        self._steady = Steady(signature(path))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(POLL_S):
            if self._steady.seen(signature(self._path)):
                self._changed()

"""Watches a file, a bundle or a folder and says when a new version of it is complete."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from v2m_bridge.engine.folder_events import FolderEvents, is_folder
from v2m_bridge.errors import TimelineError

_CLOSE_LIMIT_S: Final = 1.0
POLL_S: Final = 0.2
"""A change is told once size and time stood still from one look to the next; where no event tells when to look, it is
looked so often."""
IDLE_S: Final = 1.0
"""How often it is looked although no event has come: what changes inside a bundle in a folder is told by none."""

EXPORTS: Final = frozenset(
    (".otio", ".otioz", ".otiod", ".edl", ".fcpxml", ".fcpxmld", ".xml", ".kdenlive", ".mlt", ".aaf")
)
"""What a watched folder is searched for."""

BUNDLES: Final = frozenset((".otiod", ".fcpxmld"))
"""Folders that are one export."""

NO_EXPORTS: Final = (
    (".*", "hidden files; `.#cut.otio` is the lock of an editor of text"),
    ("~*", "locks and temporary files"),
    ("*~", "copies that an editor of text keeps"),
    ("*.autosave.*", "autosaves of Shotcut and others"),
    ("*autosave*", "autosaves, such as `cut.autosave.fcpxml`"),
    ("*auto-save*", "autosaves of Premiere Pro"),
    ("*.backup.*", "backups of projects"),
    ("*-backup-*", "backups of Kdenlive: `cut-backup-2026-03-01.kdenlive`"),
    ("*_backup*", "backups of projects"),
    ("*.tmp.*", "files that are still being written"),
    ("*.part.*", "files that are still being copied"),
    ("*conflicted copy*", "copies that a synchronised folder made"),
    ("*.sync-conflict-*", "copies that a synchronised folder made"),
)
"""Names, in any case, that an export does not have, and whose they are."""

Signature = tuple[tuple[str, int, int], ...]


def signature(path: Path) -> Signature | None:
    """Return names, sizes and times of a file, of what a bundle holds, or of the exports in a folder.

    None where there is nothing.
    """
    try:
        if is_folder_of_exports(path):
            return tuple(part for _, parts in sorted(_exports(path)) for part in parts)
        return _parts(path.name, str(path), path.stat()) or None
    except OSError:
        return None


def newest_edit(path: Path) -> Path:
    """Return the edit that a watched path means: itself, or the newest export in a folder that is no bundle.

    Raises
    ------
    TimelineError
        When the folder holds no export yet, or cannot be looked into.
    """
    if not is_folder_of_exports(path):
        return path
    try:
        exports = [(max(time_ns for _, _, time_ns in parts), name) for name, parts in _exports(path)]
    except OSError as exc:
        raise TimelineError(f"cannot look into {path}: {exc.strerror or exc}", hint="Choose another folder.") from exc
    if not exports:
        raise TimelineError(f"there is no edit in {path} yet", hint="Export one into it; it is read by itself.")
    return path / max(exports)[1]


def is_there(path: Path) -> bool:
    """Whether there is something at a path, as far as the system tells."""
    try:
        return path.exists()
    except OSError:  # a drive that has gone, a folder that may not be searched, a name that is too long
        return False


def is_folder_of_exports(path: Path) -> bool:
    """Whether a path is a folder to look for exports in, and not an export that is a folder."""
    return path.suffix.lower() not in BUNDLES and is_folder(path)


@lru_cache(maxsize=4096)
def is_no_export(name: str) -> bool:
    """Whether a name is one of `NO_EXPORTS`."""
    return bool(_NO_EXPORTS.fullmatch(name.lower()))


def _exports(folder: Path) -> list[tuple[str, Signature]]:
    """Return the exports in a folder; media, autosaves and what holds nothing yet do not count."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.lower()
            if not name.endswith(_SUFFIXES) or is_no_export(name):
                continue
            is_bundle = name.endswith(_BUNDLES)
            if entry.is_dir() is is_bundle:
                parts = _parts(entry.name, entry.path, entry.stat())
                if any(size for _, size, _ in parts):
                    found.append((entry.name, parts))
    return found


def _parts(name: str, path: str, status: os.stat_result) -> Signature:
    """Return name, size and time of a file, or of each file in a bundle."""
    if not stat.S_ISDIR(status.st_mode):
        return ((name, status.st_size, status.st_mtime_ns),)
    parts = []
    for folder, _, names in os.walk(path):
        inside = ((f"{folder[len(path) :]}/{each}", Path(folder, each).stat()) for each in names)
        parts += [(f"{name}{place}", status.st_size, status.st_mtime_ns) for place, status in inside]
    return tuple(sorted(parts))


_SUFFIXES: Final = tuple(sorted(EXPORTS))
_BUNDLES: Final = tuple(sorted(BUNDLES))
_NO_EXPORTS: Final = re.compile("|".join(fnmatch.translate(pattern) for pattern, _ in NO_EXPORTS))


def _is_written(part: tuple[str, int, int]) -> bool:
    """Whether a file is not empty; beside its edit a bundle may hold files that are."""
    name, size, _ = part
    return size > 0 or ("/" in name and not name.lower().endswith(_SUFFIXES))


class Steady:
    """Decides from successive signatures when a new version is complete.  Pure; the watcher's thread feeds it."""

    def __init__(self, first: Signature | None) -> None:
        self._told = first
        self._last = first

    @property
    def is_settled(self) -> bool:
        """Whether nothing has changed since a version was told."""
        return self._last == self._told

    def seen(self, now: Signature | None) -> bool:
        """Take the next signature; True once for each new version, when it has stood still."""
        complete = now is not None and now == self._last and now != self._told and all(map(_is_written, now))
        self._last = now
        if complete:
            self._told = now
        return complete


class Watcher:
    """Watches a path in a thread of its own and calls `changed` from there.

    It looks when the system tells that something in the folder has changed, and then until that stands still; on
    network drives, and where no system tells, it looks all the time.
    """

    def __init__(self, path: Path, changed: Callable[[], None]) -> None:
        self._path, self._changed = path, changed
        self._events = FolderEvents(_folders_of(path))
        self._steady = Steady(signature(path))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._is_closed = False

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._stop.set()
        if self._is_closed:
            return
        self._events.wake()
        if self._thread is threading.current_thread():
            return
        if self._thread.is_alive():
            self._thread.join(_CLOSE_LIMIT_S)
        self._is_closed = True
        if self._thread.is_alive():
            return  # it waits for a drive that does not answer, and ends when that does
        self._events.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._events.is_native and self._steady.is_settled:
                self._events.wait(IDLE_S)
            if not self._stop.is_set() and self._steady.seen(signature(self._path)):
                self._changed()
            self._stop.wait(POLL_S)  # however fast events come


def _folders_of(path: Path) -> tuple[Path, ...]:
    """Return the folders in which something changes when what is watched does."""
    if is_folder_of_exports(path):
        return (path,)
    return (path.parent, path) if is_folder(path) else (path.parent,)

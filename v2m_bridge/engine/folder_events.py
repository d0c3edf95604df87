"""Waits until the system tells that something in a folder has changed: inotify on Linux, kqueue on macOS and BSD.

Where there is neither, or where the folder lies on a network drive, whose other machines no system tells of, whoever
waits looks by itself.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

_CHANGES: Final = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""IN_MODIFY, ATTRIB, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE, DELETE_SELF, MOVE_SELF."""
_READ_BYTES: Final = 1 << 16
_ON_A_NETWORK: Final = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ncp",
    "fuse",
    "davfs",
    "vboxsf",
    "vmhgfs",
    "prl_fs",
    "virtiofs",
)
"""How the kinds of file systems begin whose changes may come from elsewhere."""


class _Source(Protocol):
    """Something that tells changes through a file descriptor."""

    def fileno(self) -> int: ...
    def drain(self) -> None: ...
    def close(self) -> None: ...


class FolderEvents:
    """Changes in folders; use `wait` on one thread, `wake` and `close` on any.

    Parameters
    ----------
    folders : iterable of Path
        Those that are there are watched, without the folders inside them.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._source = _source(list(folders))
        self._waker, self._wake = os.pipe()

    @property
    def is_native(self) -> bool:
        """Whether the system tells changes; else `wait` only lets time pass."""
        return self._source is not None

    def wait(self, timeout_s: float) -> None:
        """Return when something has changed, when woken, or when the time is over."""
        watched = [self._waker, *([self._source.fileno()] if self._source else [])]
        select.select(watched, [], [], timeout_s)
        if self._source is not None:
            self._source.drain()

    def wake(self) -> None:
        """End the wait, and every later one at once."""
        os.write(self._wake, b"x")

    def close(self) -> None:
        """Give back what the system lent; nobody may wait any more."""
        if self._source is not None:
            self._source.close()
        for descriptor in (self._waker, self._wake):
            os.close(descriptor)


class _Inotify:
    """Linux."""

    def __init__(self, folders: list[Path]) -> None:
        libc: Any = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        for folder in folders:
            if libc.inotify_add_watch(self._descriptor, os.fsencode(folder), _CHANGES) < 0:
                os.close(self._descriptor)
                raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def fileno(self) -> int:
        return self._descriptor

    def drain(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._descriptor, _READ_BYTES):
                pass

    def close(self) -> None:
        os.close(self._descriptor)


class _Kqueue:
    """macOS and BSD, which tell of folders what appears in them, and of files that are open what is written."""

    def __init__(self, folders: list[Path]) -> None:
        kernel: Any = select
        self._queue = kernel.kqueue()
        files = [file for folder in folders for file in (folder, *folder.iterdir())]
        self._open = [os.open(file, os.O_RDONLY | os.O_NONBLOCK) for file in files[:_MOST_OPEN]]
        what = kernel.KQ_NOTE_WRITE | kernel.KQ_NOTE_EXTEND | kernel.KQ_NOTE_DELETE | kernel.KQ_NOTE_RENAME
        flags = kernel.KQ_EV_ADD | kernel.KQ_EV_CLEAR
        events = [kernel.kevent(one, kernel.KQ_FILTER_VNODE, flags, what) for one in self._open]
        self._queue.control(events, 0, 0)

    def fileno(self) -> int:
        return int(self._queue.fileno())

    def drain(self) -> None:
        while self._queue.control(None, _MOST_OPEN, 0):
            pass

    def close(self) -> None:
        self._queue.close()
        for descriptor in self._open:
            os.close(descriptor)


_MOST_OPEN: Final = 64
_SOURCES: Final[Mapping[str, Callable[[list[Path]], _Source]]] = MappingProxyType(
    {"linux": _Inotify, "darwin": _Kqueue, "freebsd": _Kqueue}
)


def _source(folders: list[Path]) -> _Source | None:
    there = [folder for folder in folders if is_folder(folder)]
    make = _SOURCES.get(sys.platform.rstrip("0123456789"))
    if make is None or not there or any(on_a_network(folder) for folder in there):
        return None
    with suppress(OSError, AttributeError):
        return make(there)
    return None


def is_folder(path: Path) -> bool:
    """Whether there is a folder at a path, as far as the system tells."""
    try:
        return path.is_dir()
    except OSError:  # a drive that has gone, or a folder that may not be searched
        return False


def on_a_network(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a folder lies on a drive that other machines may write to, as far as the system tells."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place = folder.resolve()
    kinds = {fields[1].replace("\\040", " "): fields[2] for line in lines if len(fields := line.split(" ")) > 2}
    holders = [mount for mount in kinds if place.is_relative_to(mount)]
    return bool(holders) and kinds[max(holders, key=len)].startswith(_ON_A_NETWORK)

"""Requests of the worker, watched while it looks at media: a scene that it chokes on costs that scene alone.

A decoder may hang, crash or eat the memory of the machine on a file that is damaged or made to do so.  Then the worker
is ended, another is started, and the request is repeated: first with the scenes of that medium looked at one by one,
then without the one on which it ends again.  A medium that cannot even be opened is left out at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

from v2m_bridge import jobs
from v2m_bridge.core.timeline import Media
from v2m_bridge.core.work import (
    CONVERT_HINT,
    AnalyseRequest,
    ComposeRequest,
    LeftOut,
    RenderRequest,
    SpotRequest,
    looked_at,
)
from v2m_bridge.errors import MediaError

T = TypeVar("T")
Request = ComposeRequest | SpotRequest | RenderRequest | AnalyseRequest
Progress = Callable[[str, int, int], None]
Stamp = tuple[int, int]

_GB: Final = 1 << 30
_MOST_CRASHES: Final = 2
"""One may be the doing of another program; a medium on which the worker ends again is at fault."""
_MOST_PARTS: Final = 3
"""A medium of which more is left out is left out whole."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much the look at one medium may take."""

    quiet_s: float = 90
    """Longest time without progress."""
    medium_s: float = 300
    """Longest time in all, ..."""
    per_second: float = 20
    """... and so much more for each second of the medium."""
    memory_bytes: int = 6 * _GB
    """Memory beyond what the worker had before; measured where the system tells it in ``/proc``."""


PATIENCE: Final = Patience()


class Lookout:
    """Follows the progress of one request, and complains when a medium takes too much.

    Parameters
    ----------
    pid : int
        Process that works on the request.
    patience : Patience
    now_s : callable
        Monotonic clock.
    memory : callable
        Bytes that a process holds.
    """

    def __init__(
        self,
        pid: int,
        patience: Patience = PATIENCE,
        *,
        now_s: Callable[[], float] = time.monotonic,
        memory: Callable[[int], int] = lambda pid: memory_bytes(pid),
    ) -> None:
        self._pid, self._patience, self._now_s, self._memory = pid, patience, now_s, memory
        self._label, self._total = "", 0
        self._begun_s = self._heard_s = 0.0
        self._memory_before = 0

    @property
    def medium(self) -> str:
        """Identity of the medium that is looked at; empty while it is something else."""
        name, _ = looked_at(self._label)
        return Media(name).identity if name else ""

    @property
    def part(self) -> str:
        """What of the medium is looked at alone; empty where it is all that the edit shows."""
        return looked_at(self._label)[1]

    @property
    def is_open(self) -> bool:
        """Whether the medium could be opened."""
        return self._total > 0

    def hear(self, label: str, _done: int, total: int) -> None:
        """Take progress."""
        self._heard_s = self._now_s()
        if label != self._label:
            self._label, self._begun_s = label, self._heard_s
            self._memory_before = self._memory(self._pid)
        self._total = total

    def complaint(self) -> str:
        """Return what the medium does, empty while all is well."""
        if not self.medium:
            return ""
        now_s, allowed = self._now_s(), self._patience
        if now_s - self._heard_s > allowed.quiet_s:
            return "took too long"
        if now_s - self._begun_s > allowed.medium_s + allowed.per_second * self._total:
            return "took too long"
        if self._memory(self._pid) - self._memory_before > allowed.memory_bytes:
            return "took too much memory"
        return ""


class LeftOutMedia:
    """What has brought a worker down, until its file changes; one of these for each session or command."""

    def __init__(self) -> None:
        self._why: dict[tuple[str, str], tuple[LeftOut, Stamp]] = {}
        self._apart: dict[str, Stamp] = {}
        self._crashes: dict[tuple[str, str], int] = {}

    def of(self, request: Request) -> tuple[LeftOut, ...]:
        """Return the media that a request names and that are left out, and the parts of them that are."""
        paths = _paths(request)
        known = sorted(self._why.items())
        return tuple(
            left for (identity, _), (left, stamp) in known if identity in paths and _stamp(paths[identity]) == stamp
        )

    def apart(self, request: Request) -> tuple[str, ...]:
        """Return the media that a request names and whose scenes are looked at one by one."""
        paths = _paths(request)
        return tuple(key for key, stamp in sorted(self._apart.items()) if key in paths and _stamp(paths[key]) == stamp)

    def blame(
        self, request: Request, identity: str, error: jobs.ChildError, *, part: str = "", is_open: bool = False
    ) -> bool:
        """Take note of what happened while a medium was looked at; return whether the request can be repeated now.

        Parameters
        ----------
        request : Request
        identity : str
            Of the medium.
        error : ChildError
            What became of the worker.
        part : str
            What of the medium was looked at alone.
        is_open : bool
            Whether it could be opened, so that other parts of it may be seen.
        """
        path, place = _paths(request).get(identity), (identity, part)
        if path is None or {"", part} & {left.part for left in self.of(request) if left.identity == identity}:
            return False
        why = error.detail
        if error.why is not jobs.Why.TIMED_OUT:
            self._crashes[place] = self._crashes.get(place, 0) + 1
            if self._crashes[place] < _MOST_CRASHES:
                return True
            del self._crashes[place]
            why = "made the decoder crash"
        is_new = identity not in self.apart(request)
        if is_open and not part and is_new and getattr(request, "timeline", None) is not None:
            self._apart[identity] = _stamp(path)
            return True
        parts = [left for left in self.of(request) if left.identity == identity]
        part = part if len(parts) < _MOST_PARTS else ""
        self._why[identity, part] = LeftOut(identity, why, part), _stamp(path)
        return True


def ask(
    worker: Callable[[], jobs.Child],
    request: Request,
    *,
    expect: type[T],
    left_out: LeftOutMedia,
    on_progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> T:
    """Ask a worker; where a scene of a medium brings it down, ask the next one to leave that scene out.

    Parameters
    ----------
    worker : callable
        Returns a worker that is alive; called again after one has ended.
    request : Request
        Something that media are looked at for.
    expect : type
        What is answered.
    left_out : LeftOutMedia
        What has been learnt about media, and will be.
    on_progress : callable, optional
        Called with label, steps done and steps in all.
    patience : Patience
        How much one medium may take.

    Raises
    ------
    V2MError
        What the worker answers; `jobs.ChildError` where it fails and no medium is to blame.
    """
    while True:
        child = worker()
        lookout = Lookout(child.pid, patience)

        def progress(label: str, done: int, total: int, lookout: Lookout = lookout) -> None:
            lookout.hear(label, done, total)
            if on_progress is not None:
                on_progress(label, done, total)

        means = replace(request.means, left_out=left_out.of(request), apart=left_out.apart(request))
        try:
            return child.request(
                replace(request, means=means), expect=expect, on_progress=progress, complaint=lookout.complaint
            )
        except jobs.ChildError as exc:
            if exc.why is jobs.Why.INTERNAL or not lookout.medium:
                raise
            if not left_out.blame(request, lookout.medium, exc, part=lookout.part, is_open=lookout.is_open):
                raise MediaError(f"{lookout.medium} {exc.detail or exc.why}", hint=CONVERT_HINT) from exc


class Worker:
    """A worker for one command, whose requests are watched; use it in a ``with`` block."""

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self._patience, self._left_out = patience, LeftOutMedia()
        self._child = jobs.worker()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close()

    @property
    def pid(self) -> int:
        """Process id of the worker that runs now."""
        return self._child.pid

    def request(self, request: Request, *, expect: type[T], on_progress: Progress | None = None) -> T:
        """Ask, as `ask` does."""
        return ask(
            self._alive,
            request,
            expect=expect,
            left_out=self._left_out,
            on_progress=on_progress,
            patience=self._patience,
        )

    def _alive(self) -> jobs.Child:
        if not self._child.is_alive:
            self._child.close()
            self._child = jobs.worker()
        return self._child


def memory_bytes(pid: int) -> int:
    """Return how much memory a process holds; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _paths(request: Request) -> dict[str, str]:
    """Return the media that a request has files for, by identity."""
    if isinstance(request, AnalyseRequest):
        return {Media(request.path).identity: request.path}
    if request.video is not None:
        media = (request.video.media,)
        return {medium.identity: medium.path or request.video.source_path for medium in media}
    scenes = request.timeline.scenes if request.timeline else ()
    return {scene.media.identity: scene.media.path for scene in scenes if scene.media and scene.media.path}


def _stamp(path: str) -> Stamp:
    """Return what changes when a file is written again; zeros where there is none."""
    with suppress(OSError, ValueError):
        status = Path(path).stat()
        return status.st_mtime_ns, status.st_size
    return 0, 0

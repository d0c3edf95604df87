"""Starts the processes that work for us, by the name of their module, and asks them for whole pieces of work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeVar

from v2m_bridge.children import Child, ChildError, Why
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.messages import Probed, ProbeRequest, ReadRequest
from v2m_bridge.core.timeline import MediaFacts, MediaWanted, PlainVideo, Timeline
from v2m_bridge.core.work import NICE_VARIABLE, ComposeRequest, RenderRequest, SpotRequest
from v2m_bridge.errors import TimelineError

__all__ = [
    "Child",
    "ChildError",
    "SpareReader",
    "Why",
    "exporter",
    "read_timeline",
    "reader",
    "reread_timeline",
    "with_edit",
    "worker",
]

T = TypeVar("T")
WorkRequest = TypeVar("WorkRequest", ComposeRequest, RenderRequest, SpotRequest)

READER: Final = "v2m_bridge.reader"
PROBER: Final = "v2m_bridge.prober"
WORKER: Final = "v2m_bridge.worker"
EXPORTER: Final = "v2m_bridge.exporter"
WORKER_START_LIMIT_S: Final = 180.0
READ_LIMIT_S: Final = 2.0
PROBE_LIMIT_S: Final = 60.0
"""For the media of one edit together."""
_EDITS: Final[tuple[type[Timeline | PlainVideo], ...]] = (Timeline, PlainVideo)
_ANSWERS: Final[tuple[type[Timeline | PlainVideo | MediaWanted], ...]] = (*_EDITS, MediaWanted)
_REVISIONS: Final[tuple[type[Conformed | PlainVideo], ...]] = (Conformed, PlainVideo)
_REVISION_ANSWERS: Final[tuple[type[Conformed | PlainVideo | MediaWanted], ...]] = (*_REVISIONS, MediaWanted)


def reader() -> Child:
    """Start the process that reads one edit and ends."""
    return Child(READER)


class SpareReader:
    """A reader that is started before it is needed, so that nobody waits for its imports.  Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: Child | None = None
        self._is_closed = False

    def prepare(self) -> None:
        """Start a reader unless one stands ready; after `close` none is."""
        with self._lock:
            if self._spare is None and not self._is_closed:
                self._spare = reader()

    def take(self) -> Child:
        """Return the reader that stands ready, or a new one; whoever takes it asks once and closes it."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and spare.is_alive:
            return spare
        if spare is not None:
            spare.close()
        return reader()

    def close(self) -> None:
        """End the reader that stands ready; may be called again."""
        with self._lock:
            self._is_closed = True
            spare, self._spare = self._spare, None
        if spare is not None:
            spare.close()


def read_timeline(
    path: str | Path,
    *,
    media_dirs: Sequence[str | Path] = (),
    rate: Fraction | None = None,
    start: Callable[[], Child] = reader,
) -> Timeline | PlainVideo:
    """Read a picture edit in a process of its own, which gets 2 s and 300 MB.

    Parameters
    ----------
    path : str or Path
        A timeline export (.otio) or a video file.
    media_dirs : sequence of str or Path
        Folders to search for media, besides the edit's own folder, its ``media`` and its parent's ``media``.
    rate : Fraction, optional
        Frames per second, where the file does not say or says it wrong.
    start : callable
        Gives a reader for each read, such as `SpareReader.take`.

    Returns
    -------
    Timeline or PlainVideo
        A `PlainVideo` where the file is a video: what it holds is known once its pictures have been decoded.

    Raises
    ------
    TimelineError
        When it cannot be read.
    """
    request = ReadRequest(str(path), tuple(str(folder) for folder in media_dirs), rate)
    answer = _asked(request, _ANSWERS, start)
    if isinstance(answer, MediaWanted):
        return _asked(replace(request, known=dict(_facts(answer.paths))), _EDITS, start)
    return answer


def reread_timeline(
    path: str | Path,
    previous: Timeline,
    *,
    media_dirs: Sequence[str | Path] = (),
    rate: Fraction | None = None,
    start: Callable[[], Child] = reader,
) -> Conformed | PlainVideo:
    """Read a later revision of an edit as `read_timeline` does, and find the scenes of the earlier one in it.

    Parameters
    ----------
    path : str or Path
        A timeline export or a video file.
    previous : Timeline
        The edit as it was.
    media_dirs, rate, start
        As for `read_timeline`.

    Returns
    -------
    Conformed or PlainVideo
        The new edit with the ids of the old one and what changed.  A video has no scenes before it is decoded.

    Raises
    ------
    TimelineError
        When it cannot be read.
    """
    request = ReadRequest(str(path), tuple(str(folder) for folder in media_dirs), rate, previous=previous)
    answer = _asked(request, _REVISION_ANSWERS, start)
    if isinstance(answer, MediaWanted):
        return _asked(replace(request, known=dict(_facts(answer.paths))), _REVISIONS, start)
    return answer


def _asked(request: ReadRequest, expect: tuple[type[T], ...], start: Callable[[], Child]) -> T:
    """Return what a reader of its own answers."""
    name = Path(request.path).name[:80]
    try:
        with start() as one_read:
            return one_read.request(request, expect=expect, timeout_s=READ_LIMIT_S)
    except UnicodeEncodeError as exc:
        raise TimelineError(f"the path {name!r} is not Unicode", hint="Rename the file.") from exc
    except ChildError as exc:
        if exc.why is Why.START:
            raise
        what = (
            f"takes longer than {READ_LIMIT_S:g} s" if exc.why is Why.TIMED_OUT else f"is damaged ({exc.detail or exc})"
        )
        raise TimelineError(
            f"{name!r} cannot be read: it {what}", hint="Export the timeline alone, without project data."
        ) from exc


def _facts(paths: tuple[str, ...]) -> Mapping[str, MediaFacts]:
    """Return what media say of themselves; a medium that brings the process down costs the facts about it alone."""
    try:
        with Child(PROBER) as prober:
            return prober.request(ProbeRequest(paths), expect=Probed, timeout_s=PROBE_LIMIT_S).facts
    except ChildError as exc:
        half = len(paths) // 2
        if exc.why is not Why.DIED or not half:
            return {}
        return {**_facts(paths[:half]), **_facts(paths[half:])}


def worker(*, niceness: int = 0) -> Child:
    """Start the process that looks, composes and renders; use it in a ``with`` block.

    Parameters
    ----------
    niceness : int
        How far it gives way to other processes, 0 to 19.
    """
    return Child(WORKER, start_limit_s=WORKER_START_LIMIT_S, env={NICE_VARIABLE: str(niceness)})


def exporter() -> Child:
    """Start the process that writes one score as another program's file and ends."""
    return Child(EXPORTER)


def with_edit(request: WorkRequest, edit: Timeline | PlainVideo) -> WorkRequest:
    """Return a request of the worker that is about `edit`."""
    if isinstance(edit, Timeline):
        return replace(request, timeline=edit, video=None)
    return replace(request, timeline=None, video=edit)

"""Starts the processes that work for us, by the name of their module, and talks to them.

A child that crashes, hangs or talks nonsense costs one sentence, never this process.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

from v2m_bridge.child import Process, StartError
from v2m_bridge.core.messages import (
    Failure,
    MessageError,
    ProgressReport,
    ReadRequest,
    Ready,
    error_of,
    opened,
    pack,
    unpack,
)
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import NICE_VARIABLE, ComposeRequest, RenderRequest, SpotRequest
from v2m_bridge.errors import TimelineError, V2MError

T = TypeVar("T")
WorkRequest = TypeVar("WorkRequest", ComposeRequest, RenderRequest, SpotRequest)

READER: Final = "v2m_bridge.reader"
WORKER: Final = "v2m_bridge.worker"
START_LIMIT_S: Final = 30.0
"""Imports take a second; a busy machine may take long."""
WORKER_START_LIMIT_S: Final = 180.0
READ_LIMIT_S: Final = 2.0
_EDITS: Final[tuple[type[Timeline | PlainVideo], ...]] = (Timeline, PlainVideo)


class Why(StrEnum):
    """How a child failed."""

    START = "did not start"
    DIED = "ended unexpectedly"
    TIMED_OUT = "took too long"
    GARBLED = "answered nonsense"
    INTERNAL = "made a mistake"


class ChildError(V2MError):
    """A fault of ours: the child gave no answer.  `tail` is the end of what it wrote to the terminal."""

    hint = "Try again; if it fails again, please report it with these words."

    def __init__(self, name: str, why: Why, detail: str = "", tail: str = "") -> None:
        super().__init__(f"the {name} {why}" + (f": {detail}" if detail else ""))
        self.why, self.detail, self.tail = why, detail, tail


class Child:
    """A process of ours, started at once, asked later; ends with the ``with`` block, or with `close`.

    Requests are made by one thread at a time; any thread may close.  After any `ChildError` but an internal mistake the
    child has ended, and another is to be started; after a `V2MError` that it answered it serves on.

    Parameters
    ----------
    module : str
        What to run, such as ``v2m_bridge.worker``; it calls `v2m_bridge.child.serve`.
    start_limit_s : float
        Longest time from the start to the end of its imports.
    env : mapping
        Environment variables to add.
    """

    def __init__(
        self, module: str, *, start_limit_s: float = START_LIMIT_S, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = module.rsplit(".", 1)[-1]
        self._ids = itertools.count(1)
        self._sending, self._reading = threading.Lock(), threading.Lock()
        self._pipe: Connection | None = None
        self._start_by_s = time.monotonic() + start_limit_s
        try:
            self._process = Process(module, env or {})
        except OSError as exc:
            raise ChildError(self.name, Why.START, str(exc)) from exc

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.exit_code() is None

    def close(self) -> None:
        """End the process, whatever it does, and close the pipe.  Any thread may do this, and again; waiting ends."""
        self._process.kill()
        if self._pipe is not None:
            # Whoever waits on the pipe has just been woken by its end, and lets go.
            is_free = self._reading.acquire(timeout=1)
            self._pipe.close()
            if is_free:
                self._reading.release()

    def wait_until_ready(self) -> None:
        """Wait until the child has connected and imported what it needs.  Requests do this by themselves.

        Raises
        ------
        ChildError
            When it ends or takes too long before it is ready.
        """
        if self._pipe is not None:
            return
        try:
            self._pipe = self._process.connect(self._start_by_s)
        except StartError as exc:
            raise self._failed(Why.START, str(exc)) from exc
        envelope_kind = unpack(self._receive(self._start_by_s, Why.START)).kind
        if envelope_kind != Ready.__name__:
            raise self._failed(Why.GARBLED, f"{envelope_kind[:40]!r} before it was ready")

    def send(self, message: object) -> int:
        """Send a request and return its id, to be given to `wait`.  Any thread may send."""
        self.wait_until_ready()
        request_id = next(self._ids)
        data = pack(request_id, message)
        try:
            with self._sending:
                self._open_pipe().send_bytes(data)
        except OSError as exc:
            raise self._failed(Why.DIED) from exc
        return request_id

    def wait(
        self,
        request_id: int,
        *,
        expect: type[T] | tuple[type[T], ...],
        on_progress: Callable[[str, int, int], None] | None = None,
        timeout_s: float | None = None,
    ) -> T:
        """Wait for the answer to a request; answers to other requests are late, and dropped.

        Parameters
        ----------
        request_id : int
            What `send` returned.
        expect : type or tuple of types
            What may be answered.
        on_progress : callable, optional
            Called with label, steps done and steps in all.  What it raises ends the waiting; the child works on, and
            its answer is dropped later.
        timeout_s : float, optional
            Longest wait; after it the child is killed.

        Raises
        ------
        V2MError
            What the child's handler raised.
        ChildError
            When there is no answer.
        """
        kinds = expect if isinstance(expect, tuple) else (expect,)
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            answer = self._message(self._receive(end_s), request_id, kinds)
            if isinstance(answer, ProgressReport):
                if on_progress is not None:
                    on_progress(answer.label, answer.done, answer.total)
            elif isinstance(answer, Failure):
                raise error_of(answer) or self._internal(answer)
            elif isinstance(answer, kinds):
                return answer

    def request(
        self,
        message: object,
        *,
        expect: type[T] | tuple[type[T], ...],
        on_progress: Callable[[str, int, int], None] | None = None,
        timeout_s: float | None = None,
    ) -> T:
        """Send a request and wait for its answer; see `wait`.  The time counts from when the child is ready."""
        return self.wait(self.send(message), expect=expect, on_progress=on_progress, timeout_s=timeout_s)

    def _message(self, data: bytes, request_id: int, kinds: tuple[type, ...]) -> object | None:
        """Return a message for the request, None if it is for another."""
        try:
            envelope = unpack(data)
            if envelope.request_id != request_id:
                return None
            return opened(envelope, (ProgressReport, Failure, *kinds))
        except MessageError as exc:
            raise self._failed(Why.GARBLED, str(exc)) from exc

    def _receive(self, end_s: float | None, when_late: Why = Why.TIMED_OUT) -> bytes:
        pipe = self._open_pipe()
        try:
            with self._reading:
                if pipe.poll(None if end_s is None else max(0.0, end_s - time.monotonic())):
                    return pipe.recv_bytes()
        except (EOFError, OSError) as exc:
            raise self._failed(Why.DIED if when_late is Why.TIMED_OUT else when_late) from exc
        raise self._failed(when_late)

    def _open_pipe(self) -> Connection:
        if self._pipe is None or self._pipe.closed:
            raise self._failed(Why.DIED)
        return self._pipe

    def _failed(self, why: Why, detail: str = "") -> ChildError:
        """End the child and say why it failed."""
        end = "" if why in (Why.TIMED_OUT, Why.GARBLED) else self._process.how_it_ended()
        self.close()
        tail = self._process.tail()
        return ChildError(self.name, why, detail or end or tail.rsplit("\n", 1)[-1][:200], tail)

    def _internal(self, failure: Failure) -> ChildError:
        return ChildError(self.name, Why.INTERNAL, failure.message, self._process.tail())


def read_timeline(
    path: str | Path, *, media_dirs: Sequence[str | Path] = (), rate: Fraction | None = None
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

    Returns
    -------
    Timeline or PlainVideo
        A `PlainVideo` where the file is a video: what it holds is known once its pictures have been decoded.

    Raises
    ------
    TimelineError
        When it cannot be read.
    """
    name = Path(path).name[:80]
    request = ReadRequest(str(path), tuple(str(folder) for folder in media_dirs), rate)
    try:
        with Child(READER) as reader:
            return reader.request(request, expect=_EDITS, timeout_s=READ_LIMIT_S)
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


def worker(*, niceness: int = 0) -> Child:
    """Start the process that looks, composes and renders; use it in a ``with`` block.

    Parameters
    ----------
    niceness : int
        How far it gives way to other processes, 0 to 19.
    """
    return Child(WORKER, start_limit_s=WORKER_START_LIMIT_S, env={NICE_VARIABLE: str(niceness)})


def with_edit(request: WorkRequest, edit: Timeline | PlainVideo) -> WorkRequest:
    """Return a request of the worker that is about `edit`."""
    if isinstance(edit, Timeline):
        return replace(request, timeline=edit, video=None)
    return replace(request, timeline=None, video=edit)

"""A process that works for this one: started by the name of its module, asked, and ended.

A child that crashes, hangs or talks nonsense costs one sentence, never this process.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Final, TypeVar

from v2m_bridge.child import Process, StartError
from v2m_bridge.core.messages import (
    Failure,
    MessageError,
    ProgressReport,
    Ready,
    error_of,
    opened,
    pack,
    unpack,
)
from v2m_bridge.errors import V2MError

T = TypeVar("T")

WATCH_EVERY_S: Final = 0.25
"""How often a request that is watched is asked after."""
START_LIMIT_S: Final = 30.0
"""Imports take a second; a busy machine may take long."""


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
        complaint: Callable[[], str] | None = None,
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
        complaint : callable, optional
            Asked several times a second; a word of it, and the child is killed for that.

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
            self._wait_watched(end_s, complaint)
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
        complaint: Callable[[], str] | None = None,
    ) -> T:
        """Send a request and wait for its answer; see `wait`.  The time counts from when the child is ready."""
        request_id = self.send(message)
        return self.wait(request_id, expect=expect, on_progress=on_progress, timeout_s=timeout_s, complaint=complaint)

    def _wait_watched(self, end_s: float | None, complaint: Callable[[], str] | None) -> None:
        """Wait until there is something to receive, or time is up; without a complaint there is no need to."""
        while complaint is not None and (end_s is None or time.monotonic() < end_s):
            if words := complaint():
                raise self._failed(Why.TIMED_OUT, words)
            try:
                with self._reading:
                    if self._open_pipe().poll(WATCH_EVERY_S):
                        return
            except (EOFError, OSError):
                return  # what receives finds it, too

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

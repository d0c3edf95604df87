"""Reading and composing in child processes, from threads that post the answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from v2m_bridge import jobs
from v2m_bridge.core.work import Composed, ComposeRequest, Thumbnails, ThumbnailsRequest
from v2m_bridge.engine.inbox import EditRead, Message, PicturesReady, WorkDone, WorkProgress
from v2m_bridge.engine.watcher import newest_edit
from v2m_bridge.errors import V2MError

BACK_OFF_S: Final = (0.2, 1.0, 5.0)
"""Waits before a worker that died is started again for the same request; after the last the request fails."""
READ_RETRY_S: Final = (0.5, 1.0)
"""A file that cannot be read may still be half written: it is read again after these waits."""


def read_edit(token: int, path: Path, post: Callable[[Message], None]) -> None:
    """Read an edit in a thread of its own and post the answer."""

    def read() -> None:
        waits = [*READ_RETRY_S, None]
        for wait_s in waits:
            try:
                post(EditRead(token, jobs.read_timeline(newest_edit(path))))
                return
            except V2MError as exc:
                if wait_s is None or not path.is_file():
                    post(EditRead(token, None, exc))
                    return
                time.sleep(wait_s)

    threading.Thread(target=read, name="reading", daemon=True).start()


class WorkDesk:
    """One worker process and the thread that waits for it.  Of several waiting requests only the newest is done."""

    def __init__(self, post: Callable[[Message], None]) -> None:
        self._post = post
        self._wake = threading.Condition()
        self._waiting: tuple[int, ComposeRequest] | None = None
        self._pictures: ThumbnailsRequest | None = None
        self._closing = False
        self._worker: jobs.Child | None = None
        self._thread = threading.Thread(target=self._run, name="work desk", daemon=True)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one runs."""
        worker = self._worker
        return worker.pid if worker else None

    def start(self) -> None:
        """Begin to take requests, and start the worker so that the first one need not wait for its imports."""
        self._thread.start()

    def compose(self, token: int, request: ComposeRequest) -> None:
        """Compose next, in place of what waits."""
        with self._wake:
            self._waiting = (token, request)
            self._wake.notify()

    def thumbnails(self, request: ThumbnailsRequest) -> None:
        """Write small pictures when nothing waits to be composed."""
        with self._wake:
            self._pictures = request
            self._wake.notify()

    def close(self) -> None:
        """End the worker; may be called twice."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._worker is not None:
            self._worker.close()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def _run(self) -> None:
        self._fresh_worker()
        while True:
            with self._wake:
                while not self._closing and self._waiting is None and self._pictures is None:
                    self._wake.wait()
                if self._closing:
                    return
                job, self._waiting = self._waiting, None
                pictures = None
                if job is None:
                    pictures, self._pictures = self._pictures, None
            if job is not None:
                self._compose(*job)
            elif pictures is not None:
                self._write(pictures)

    def _compose(self, token: int, request: ComposeRequest) -> None:
        def progress(label: str, done: int, total: int) -> None:
            self._post(WorkProgress(token, label, done, total))

        for wait_s in (*BACK_OFF_S, None):
            try:
                worker = self._fresh_worker()
                self._post(WorkDone(token, worker.request(request, expect=Composed, on_progress=progress)))
                return
            except jobs.ChildError as exc:
                if self._closing or self._waiting is not None:
                    return
                if wait_s is None or exc.why is jobs.Why.INTERNAL:
                    self._post(WorkDone(token, None, exc))
                    return
                time.sleep(wait_s)
            except V2MError as exc:
                self._post(WorkDone(token, None, exc))
                return

    def _write(self, request: ThumbnailsRequest) -> None:
        try:
            self._fresh_worker().request(request, expect=Thumbnails)
            self._post(PicturesReady())
        except V2MError:
            return  # the strip shows scenes without a picture

    def _fresh_worker(self) -> jobs.Child:
        if self._worker is None or not self._worker.is_alive:
            self._worker = jobs.worker()
        return self._worker

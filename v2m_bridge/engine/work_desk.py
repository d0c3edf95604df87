"""Composing in a child process, from a thread that posts the answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from v2m_bridge import jobs, watched
from v2m_bridge.core.guide import GuideMovie
from v2m_bridge.core.work import Composed, ComposeRequest, Thumbnails, ThumbnailsRequest
from v2m_bridge.engine.inbox import Message, PicturesReady, WorkDone, WorkProgress
from v2m_bridge.errors import V2MError

BACK_OFF_S: Final = (0.2, 1.0, 5.0)
"""Waits before a worker that died is started again for the same request; after the last the request fails."""
NICENESS: Final = 10
"""By how much the worker gives way to what plays."""
PICTURES_AT_ONCE: Final = 1
"""Small pictures are written so many at a time, so that a wish never waits long for them."""
LONGEST_PICTURE_S: Final = 60.0
"""A medium whose picture takes longer is not waited for."""


class WorkDesk:
    """One worker process and the thread that waits for it.  Of several waiting requests only the newest is done.

    Parameters
    ----------
    post : callable
        Takes the answers, from the desk's own thread.
    start : callable
        Starts a worker.
    guide : GuideMovie, optional
        Through which every edit is seen where its media are offline.
    """

    def __init__(
        self,
        post: Callable[[Message], None],
        start: Callable[[], jobs.Child] = lambda: jobs.worker(niceness=NICENESS),
        *,
        guide: GuideMovie | None = None,
    ) -> None:
        self._post, self._start, self._guide = post, start, guide
        self._wake = threading.Condition()
        self._waiting: tuple[int, ComposeRequest] | None = None
        self._pictures: ThumbnailsRequest | None = None
        self._closing = False
        self._starting = threading.Lock()
        self._worker: jobs.Child | None = None
        self._left_out = watched.LeftOutMedia()
        self._thread = threading.Thread(target=self._run, name="work desk", daemon=True)

    def start(self) -> None:
        """Begin to take requests, and start the worker so that the first one need not wait for its imports."""
        self._thread.start()

    def compose(self, token: int, request: ComposeRequest) -> None:
        """Compose next, in place of what waits; of a timeline what is offline is seen through the guide."""
        if self._guide is not None and request.timeline is not None:
            request = replace(request, guide_path=self._guide.path, guide_start=self._guide.start)
        with self._wake:
            self._waiting = (token, request)
            self._wake.notify()

    def thumbnails(self, request: ThumbnailsRequest) -> None:
        """Write small pictures while nothing waits to be composed."""
        with self._wake:
            self._pictures = request
            self._wake.notify()

    def close(self) -> None:
        """End the worker; may be called twice."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        with self._starting:  # after this none is started any more
            worker = self._worker
        if worker is not None:
            worker.close()
        if self._thread.is_alive():
            self._thread.join(timeout=3)

    def _run(self) -> None:
        with suppress(V2MError):  # told when the first request fails, too
            self._fresh_worker()
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closing or self._waiting is not None or self._pictures is not None)
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
                composed = watched.ask(
                    self._fresh_worker, request, expect=Composed, left_out=self._left_out, on_progress=progress
                )
                self._post(WorkDone(token, composed))
                return
            except jobs.ChildError as exc:
                if wait_s is None or exc.why is jobs.Why.INTERNAL:
                    self._post(WorkDone(token, None, exc))
                    return
                if self._is_superseded_within(wait_s):
                    return
            except V2MError as exc:
                self._post(WorkDone(token, None, exc))
                return
            except (OSError, ValueError) as exc:  # what cannot be sent or read
                self._post(WorkDone(token, None, V2MError(f"the music could not be composed: {exc}")))
                return

    def _is_superseded_within(self, wait_s: float) -> bool:
        with self._wake:
            return self._wake.wait_for(lambda: self._closing or self._waiting is not None, wait_s)

    def _write(self, request: ThumbnailsRequest) -> None:
        """Write the first pictures and leave the rest for when nothing waits again."""
        now, later = request.scenes[:PICTURES_AT_ONCE], request.scenes[PICTURES_AT_ONCE:]
        try:
            worker = self._fresh_worker()
            if worker.request(
                replace(request, scenes=now), expect=Thumbnails, timeout_s=LONGEST_PICTURE_S * len(now)
            ).n_written:
                self._post(PicturesReady())
        except (V2MError, OSError, ValueError) as exc:
            if isinstance(exc, jobs.ChildError) and exc.why is jobs.Why.START:
                return
            choked = {scene.media for scene in now}  # the strip shows its scenes without a picture
            later = tuple(scene for scene in later if scene.media not in choked)
        with self._wake:
            if later and self._pictures is None:
                self._pictures = replace(request, scenes=later)

    def _fresh_worker(self) -> jobs.Child:
        with self._starting:
            if self._closing:
                raise jobs.ChildError("worker", jobs.Why.START, "the engine ends")
            if self._worker is None or not self._worker.is_alive:
                if self._worker is not None:
                    self._worker.close()
                self._worker = self._start()
            return self._worker

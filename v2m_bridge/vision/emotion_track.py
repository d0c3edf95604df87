"""Emotion of one medium, second by second, read beside the decoding."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.vision.emotion import EmotionBackend, EmotionRows
from v2m_bridge.vision.frames import U8
from v2m_bridge.vision.sampling import alike, contrast, signature

_MOST_WAITING: Final = 16
_FULL_CONTRAST: Final = 12.0


class EmotionTrack:
    """Collects one picture per second and has the backend read them on a thread of its own.

    A picture that looks like the last one read shares its row.  At most 16 batches wait, so that a long film does
    not pile up in memory before a slow backend.  A picture without contrast (black, white, one colour) shows nothing:
    the confidence is scaled by ``min(1, contrast / 12)``.

    Parameters
    ----------
    backend : EmotionBackend
        Reads the pictures, in order, never two batches at once.
    """

    def __init__(self, backend: EmotionBackend) -> None:
        self._backend = backend
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="emotion")
        self._pictures: list[U8] = []
        self._contrast: list[float] = []
        self._read: list[EmotionRows] = []
        self._waiting: deque[Future[EmotionRows]] = deque()
        self._row_of_second: list[int] = []
        self._last: NDArray[np.float32] | None = None

    def __enter__(self) -> EmotionTrack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def add(self, bgr: U8, *, afresh: bool = False) -> None:
        """Take the picture (H, W, 3) of the next second; `afresh` has it read whatever it looks like."""
        seen = signature(bgr)
        if afresh or self._last is None or not alike(self._last, seen):
            self._last = seen
            self._pictures.append(bgr)
            self._contrast.append(contrast(bgr))
        self._row_of_second.append(len(self._contrast) - 1)
        if len(self._pictures) >= self._backend.batch:
            self._send()

    def rows(self, tell: Callable[[], None] = lambda: None) -> EmotionRows:
        """Wait for the readings; return one row per second.  `tell` is called after each batch."""
        self._send()
        for most_waiting in reversed(range(len(self._waiting))):
            self._receive(most_waiting)
            tell()
        of_second = np.array(self._row_of_second, int)
        certain = np.minimum(1, np.array(self._contrast) / _FULL_CONTRAST)[of_second]
        semantic = [rows.semantic for rows in self._read if rows.semantic is not None]
        return EmotionRows(
            semantic=np.concatenate(semantic)[of_second] if semantic else None,
            emotion=np.concatenate([rows.emotion for rows in self._read])[of_second],
            valence=np.concatenate([rows.valence for rows in self._read])[of_second],
            arousal=np.concatenate([rows.arousal for rows in self._read])[of_second],
            confidence=np.round(
                np.concatenate([rows.confidence for rows in self._read])[of_second] * certain, 3
            ).astype(np.float32),
        )

    def _send(self) -> None:
        if self._pictures:
            self._waiting.append(self._thread.submit(self._backend.encode, self._pictures))
            self._pictures = []
        self._receive(_MOST_WAITING)

    def _receive(self, most_waiting: int) -> None:
        while len(self._waiting) > most_waiting:
            self._read.append(self._waiting.popleft().result())

"""What clients are shown: the newest snapshot, pushed 30 times a second at most, and answers that follow it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from v2m_bridge.core.snapshot import Busy, Snapshot

SNAPSHOT_EVERY_S: Final = 1 / 30
MAX_ERRORS_SHOWN: Final = 5
_READING: Final = Busy("Reading the edit", 0, 1)
_COMPOSING: Final = Busy("Composing", 0, 1)


class Display:
    """The snapshot and those who wait to see it.  Thread: the engine's only."""

    def __init__(self, first: Snapshot, push: Callable[[Snapshot], None]) -> None:
        self.now = first
        self._push = push
        self._errors: deque[str] = deque(maxlen=MAX_ERRORS_SHOWN)
        self._answers: list[Callable[[], None]] = []
        self._is_reading = self._is_composing = False
        self._is_dirty, self._pushed_at = True, 0.0

    @property
    def patience_s(self) -> float:
        """How long the engine may wait for its next message."""
        return max(0.0, self._pushed_at + SNAPSHOT_EVERY_S - time.monotonic()) if self._is_dirty else 1.0

    def show(self, **changed: object) -> None:
        """Change what is shown."""
        self.now = msgspec.structs.replace(self.now, version=self.now.version + 1, **changed)
        self._is_dirty = True

    def report(self, sentence: str) -> None:
        """Show what went wrong, beside the last few."""
        self._errors.append(sentence)
        self.show(errors=tuple(self._errors))

    def reading(self, is_on: bool) -> None:
        """Show that an edit is being read, or no longer."""
        self._is_reading = is_on
        self._show_busy()

    def composing(self, is_on: bool) -> None:
        """Show that music is being composed, or no longer."""
        self._is_composing = is_on
        self._show_busy()

    def answer(self, answer: Callable[[], None]) -> None:
        """Answer a client once it has been sent what its command did."""
        self._answers.append(answer)

    def refresh(self) -> None:
        """Push what has changed if it is time to, then answer whoever waited for it."""
        now = time.monotonic()
        if self._is_dirty and now - self._pushed_at >= SNAPSHOT_EVERY_S:
            self._is_dirty, self._pushed_at = False, now
            self._push(self.now)
        if not self._is_dirty:
            self.answer_all()

    def answer_all(self) -> None:
        """Answer at once."""
        answers, self._answers = self._answers, []
        for answer in answers:
            answer()

    def _show_busy(self) -> None:
        self.show(busy=_READING if self._is_reading else _COMPOSING if self._is_composing else None)

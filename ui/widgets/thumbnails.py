"""Small pictures of the scenes, read a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from PyQt6.QtGui import QPixmap

MAX_BYTES: Final = 200_000
"""A larger file is not a thumbnail, and is not read."""
RETRY_S: Final = 0.25
"""How long a picture that was absent is not looked for again."""


class Thumbnails:
    """A folder of SCENE_ID.jpg."""

    def __init__(self, folder: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._now_s = folder, now_s
        self._pictures: dict[str, QPixmap] = {}
        self._looked_s: dict[str, float] = {}

    @property
    def folder(self) -> str:
        """Where the pictures are read from."""
        return self._folder

    def get(self, scene_id: str) -> QPixmap | None:
        """Return a picture that was read."""
        return self._pictures.get(scene_id)

    def read_some(self, scene_ids: Iterable[str], at_most: int = 8) -> bool:
        """Look for at most so many of these pictures, the longest unsought first; return whether one was found."""
        now_s = self._now_s()
        missing = [each for each in scene_ids if each not in self._pictures and self._is_due(each, now_s)]
        missing.sort(key=lambda scene_id: self._looked_s.get(scene_id, float("-inf")))
        found = False
        for scene_id in missing[:at_most] if self._folder else ():
            self._looked_s[scene_id] = now_s
            picture = self._read(scene_id)
            if picture is not None:
                self._pictures[scene_id] = picture
                found = True
        return found

    def _is_due(self, scene_id: str, now_s: float) -> bool:
        return now_s - self._looked_s.get(scene_id, float("-inf")) >= RETRY_S

    def _read(self, scene_id: str) -> QPixmap | None:
        path = Path(self._folder) / f"{scene_id}.jpg"
        try:
            if path.name != f"{scene_id}.jpg" or path.stat().st_size > MAX_BYTES:
                return None
            data = path.read_bytes()
        except (OSError, ValueError):
            return None
        picture = QPixmap()
        return picture if picture.loadFromData(data) else None

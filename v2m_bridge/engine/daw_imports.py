"""What a DAW has imported: a script there names the cues in a file beside score.json, and they are handed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from v2m_bridge.core.commands import HANDED_OVER, StandCue
from v2m_bridge.engine.inbox import Asked, Message
from v2m_bridge.engine.watcher import Watcher

NAME: Final = "imported.txt"
"""One number of a cue on each line, in UTF-8."""
_MOST_BYTES: Final = 65_536


class DawImports:
    """Watches for the file; what lay there before counts for nothing, and cues that do not play are passed over."""

    def __init__(self, folder: Path, post: Callable[[Message], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._post = folder / NAME, post
        self._watcher = Watcher(self._path, self._hand_over)

    def start(self) -> None:
        """Begin to watch."""
        self._watcher.start()

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._watcher.close()

    def _hand_over(self) -> None:
        for cue in imported(self._path):
            self._post(Asked(StandCue(cue, HANDED_OVER), lambda _: None))


def imported(path: Path) -> tuple[str, ...]:
    """Return the numbers of cues that such a file names, each once; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
    except OSError:
        return ()
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

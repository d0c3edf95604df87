"""What became of an edit when it was cut again: which scene is which, and where each frame went."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from v2m_bridge.core.timeline import Timeline


class ChangeKind(StrEnum):
    """What happened to a scene between two revisions of an edit."""

    UNCHANGED = "unchanged"
    MOVED = "moved"
    TRIMMED = "trimmed"
    RETIMED = "retimed"
    NEW = "new"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SceneChange:
    """One scene of the old or the new edit; frames count from the first frame of their edit.

    A scene that is in both keeps its id, which is that of the old edit.  Trimmed or retimed scenes may have moved, too.
    """

    kind: ChangeKind
    id: str
    name: str
    old_in: int | None = None
    """First frame in the old edit, None for a new scene."""
    old_out: int | None = None
    new_in: int | None = None
    """First frame in the new edit, None for a removed scene."""
    new_out: int | None = None


@dataclass(frozen=True, slots=True)
class FrameRun:
    """A stretch of the old edit that the new one shows as well, at the same speed: `n_frames` from `old_in` on."""

    old_in: int
    new_in: int
    n_frames: int


@dataclass(frozen=True, slots=True)
class Conformed:
    """The new edit with the ids of the old one, and the changes in its order, then what was removed."""

    timeline: Timeline
    changes: tuple[SceneChange, ...]
    runs: tuple[FrameRun, ...]
    """In order of `old_in`, apart; frames in none of them are gone (or are shown at another speed)."""

    def moved_frame(self, frame: int) -> int | None:
        """Return where a frame of the old edit stands in the new one, None where it is gone.

        The end of the last run of an edit counts as the frame after it, so that the end of a cue can be followed.
        """
        for run in self.runs:
            if run.old_in <= frame < run.old_in + run.n_frames:
                return run.new_in + frame - run.old_in
        return None

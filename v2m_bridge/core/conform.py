"""What became of an edit when it was cut again: which scene is which, and where each frame went."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Scene, Timeline


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
    scale: Fraction = Fraction(1)
    """New frames for each old one: 1 unless the edit is counted at another rate."""

    @property
    def old_out(self) -> int:
        """First frame after the run in the old edit."""
        return self.old_in + self.n_frames

    @property
    def new_out(self) -> int:
        """First frame after the run in the new edit."""
        if self.scale == 1:
            return self.new_in + self.n_frames
        return max(self.moved(self.old_out - 1) + 1, self.new_in + round(self.n_frames * self.scale))

    def moved(self, frame: int) -> int:
        """Return where a frame of the run stands in the new edit, the nearest where rates differ."""
        past = frame - self.old_in
        return self.new_in + (past if self.scale == 1 else round(past * self.scale))


@dataclass(frozen=True, slots=True)
class Conformed:
    """The new edit with the ids of the old one, and the changes in its order, then what was removed."""

    timeline: Timeline
    changes: tuple[SceneChange, ...]
    runs: tuple[FrameRun, ...]
    """In order of `old_in`, apart; frames in none of them are gone (or are shown at another speed)."""
    before: tuple[Scene, ...] = ()
    """The old scenes that the new edit does not show as they were: trimmed, retimed or removed."""
    old_start: FrameTime | None = None
    """Timecode of the first frame of the old edit, at its rate; None where that is the new one's."""

    def moved_frame(self, frame: int) -> int | None:
        """Return where a frame of the old edit stands in the new one, None where it is gone.

        The end of the old edit, where its last frames remain, is the frame after them, so that the end of a cue can be
        followed.
        """
        run = self.run_from(frame)
        if run is not None and frame < run.old_out:
            return run.moved(frame)
        return run.new_out if run is not None and frame == run.old_out == self.old_end else None

    def moved_end(self, frame: int) -> int | None:
        """Return where what ends before a frame of the old edit ends in the new one, None where its last frame is gone.

        A cue, a hit that stops and a selection end with their last frame, whatever comes after it now.
        """
        run = self.run_from(frame - 1)
        if run is None or frame > run.old_out:
            return None
        return run.new_out if frame == run.old_out else run.moved(frame)

    def run_from(self, frame: int) -> FrameRun | None:
        """Return the last run that begins at a frame of the old edit or before it, None where there is none."""
        place = bisect_right(self.runs, frame, key=lambda run: run.old_in)
        return self.runs[place - 1] if place else None

    @property
    def old_end(self) -> int:
        """First frame after the old edit."""
        ends = [change.old_out for change in self.changes if change.old_out is not None]
        return max(ends) if ends else max((run.old_out for run in self.runs), default=0)

    @property
    def old_rate(self) -> Fraction:
        """Frames per second of the old edit."""
        return self.old_start.rate if self.old_start else self.timeline.rate

    @property
    def is_unchanged(self) -> bool:
        """Whether every scene is as it was, where it was."""
        return all(change.kind is ChangeKind.UNCHANGED for change in self.changes)

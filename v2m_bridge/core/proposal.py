"""Where music could go in an edit, and where it had better not: what the program proposes to the user."""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.cue import Cue
from v2m_bridge.core.timebase import FrameTime


@dataclass(frozen=True, slots=True)
class ProposedCue:
    """A cue that the program proposes; the user may take it, move it or leave it out."""

    number: str
    start: FrameTime
    end: FrameTime
    reason: str
    """Why music enters, what it carries and why it leaves, in words."""

    @property
    def cue(self) -> Cue:
        """The cue itself: without a title, with the reason as its brief."""
        return Cue(self.number, self.start, self.end, brief=self.reason)


@dataclass(frozen=True, slots=True)
class ProposedSilence:
    """A stretch without music between cues, or before the first and after the last one."""

    start: FrameTime
    end: FrameTime
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Cues and silences; together they tile the edit."""

    cues: tuple[ProposedCue, ...]
    silences: tuple[ProposedSilence, ...]

"""Cues and hit points: where music goes and which frames matter to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from v2m_bridge.core.timebase import FrameTime


class HitKind(StrEnum):
    """What happens in the music on a hit point."""

    ACCENT = "accent"
    CHANGE = "change"
    STOP = "stop"
    IN = "in"
    OUT = "out"


class Need(StrEnum):
    """How much a hit point matters."""

    MUST = "must"
    MAY = "may"
    SKIP = "skip"


EARLIEST_HIT_NS: Final = -10_000_000
"""A hit is met from 10 ms before its frame to one frame after it: early reads as wrong."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A frame that matters; `reason` says who asked for it, in words."""

    at: FrameTime
    kind: HitKind = HitKind.CHANGE
    need: Need = Need.MAY
    weight: float = 1.0
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 10:
            raise ValueError(f"hit weight {self.weight} is not from 0 to 10")

    def is_met_by(self, onset_ns: int) -> bool:
        """Whether a note at `onset_ns` (from the start of the timeline) meets the hit."""
        late_ns = onset_ns - self.at.ns
        return EARLIEST_HIT_NS <= late_ns <= FrameTime(1, self.at.rate).ns


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of music: its number (reel and order, ``1m02``), title and place in the edit."""

    number: str
    start: FrameTime
    end: FrameTime
    title: str = ""
    brief: str = ""
    version: int = 1
    kind: str = "score"
    """``score`` or ``source`` (music that the characters hear)."""

    def __post_init__(self) -> None:
        if not self.number or self.end <= self.start or self.start.rate != self.end.rate:
            raise ValueError(f"cue {self.number!r} has no number or no length")
        if self.version < 1:
            raise ValueError(f"cue {self.number} has version {self.version}; versions count from 1")

    @property
    def id(self) -> str:
        """Identity of the cue: its number."""
        return self.number

    @property
    def length_ns(self) -> int:
        """Length in nanoseconds, rounded down."""
        return (self.end - self.start).ns

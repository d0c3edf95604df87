"""What the temp music of an edit tells: where it plays, how fast, and in which key.  It is offered, never copied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from v2m_bridge.core.harmony import Key
from v2m_bridge.core.timeline import AudioClip

_TEMP: Final = re.compile(r"(?<![A-Za-z])TEMP(?![A-Za-z])", re.IGNORECASE)


def is_temp_music(clip: AudioClip) -> bool:
    """Whether a clip is music to be replaced: its track or its name says TEMP.  Other music belongs to the edit."""
    return clip.role == "music" and bool(_TEMP.search(clip.track) or _TEMP.search(clip.name))


@dataclass(frozen=True, slots=True)
class TempMusic:
    """One clip of temp music, in seconds of the edit."""

    name: str
    start_s: Fraction
    end_s: Fraction
    bpm: float | None = None
    """Quarters per minute; None where no beat was found."""
    first_downbeat_s: Fraction | None = None
    beats_per_bar: int = 0
    """0 where it is not known."""
    key: Key | None = None
    confidence: float = 0.0
    """0..1, of the tempo."""

    def __post_init__(self) -> None:
        if self.end_s <= self.start_s:
            raise ValueError(f"temp music {self.name!r} has no length")
        if self.bpm is not None and not 20 <= self.bpm <= 300:
            raise ValueError(f"temp music {self.name!r} has a tempo of {self.bpm} bpm")


@dataclass(frozen=True, slots=True)
class TempReport:
    """The temp music of an edit, in order of time."""

    clips: tuple[TempMusic, ...] = ()

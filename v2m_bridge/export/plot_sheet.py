"""What the lanes of a plot share: the score, the paper, the time axis and the colours."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from v2m_bridge.core.heard import Heard
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.export.canvas import Canvas

INK: Final = "#1f2933"
SOFT_INK: Final = "#5b6673"
FAINT: Final = "#e3e7ec"
GROUND: Final = "#ffffff"
CUE_GROUND: Final = "#f2f6fb"

# Okabe and Ito's palette, which people with every kind of colour vision can tell apart.
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ORANGE: Final = "#e69f00"
SKY: Final = "#56b4e9"
PURPLE: Final = "#cc79a7"
GREY: Final = "#9aa5b1"

SMALL: Final = 11.0
NORMAL: Final = 12.0
TITLE: Final = 18.0

LEFT: Final = 124.0
"""Where time begins; left of it stand the names of the lanes."""
RIGHT: Final = 56.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A score on paper."""

    canvas: Canvas
    score: Score
    heard: Heard
    width: float
    """Of the whole paper, pixels."""

    @property
    def end_x(self) -> float:
        """Where time ends."""
        return self.width - RIGHT

    def x_of_frame(self, frame: int) -> float:
        """Return the place of a frame of the edit."""
        return LEFT + (self.end_x - LEFT) * frame / max(1, self.score.n_frames)

    def x_of_s(self, at_s: Fraction | float) -> float:
        """Return the place of a second of the edit, no farther than its ends."""
        length_s = self.score.frame_time(max(1, self.score.n_frames)).seconds
        return LEFT + (self.end_x - LEFT) * min(1.0, max(0.0, float(at_s) / length_s))

    def x_of_tick(self, cue: CueMusic, tick: int) -> float:
        """Return the place of a tick of a cue."""
        return self.x_of_s((self.score.cue_start_ns(cue) + cue.tempo.ns_at(tick)) / NS_PER_S)


def tinted(colour: str, share: float) -> str:
    """Return a colour mixed with white; `share` is what is left of it."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)

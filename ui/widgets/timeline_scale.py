"""Which part of the edit the timeline shows, and where its frames fall on the screen.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

MAX_PX_PER_S: Final = 400.0
_TICK_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_TICK_STEPS_FRAMES: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Second `first_s` of the edit stands at `left_px`; a second is `px_per_s` wide."""

    first_s: float
    px_per_s: float
    left_px: float
    width_px: float

    @classmethod
    def fit(cls, length_s: float, left_px: float, width_px: float) -> TimeScale:
        """Show the whole edit."""
        return cls(0.0, min(MAX_PX_PER_S, width_px / max(length_s, 0.1)), left_px, width_px)

    @property
    def end_s(self) -> float:
        """The second at the right edge."""
        return self.first_s + self.width_px / self.px_per_s

    def x_of(self, seconds: float) -> float:
        """Pixel of a time."""
        return self.left_px + (seconds - self.first_s) * self.px_per_s

    def s_of(self, x: float) -> float:
        """Time of a pixel."""
        return self.first_s + (x - self.left_px) / self.px_per_s

    def shows(self, start_s: float, end_s: float) -> bool:
        """Whether any of a span can be seen."""
        return start_s < self.end_s and self.first_s < end_s

    def zoomed(self, factor: float, at_x: float, length_s: float) -> TimeScale:
        """Widen every second by `factor`; the time under `at_x` stays there as far as the ends allow."""
        fit = TimeScale.fit(length_s, self.left_px, self.width_px)
        px_per_s = min(MAX_PX_PER_S, max(fit.px_per_s, self.px_per_s * factor))
        first_s = self.s_of(at_x) - (at_x - self.left_px) / px_per_s
        return replace(self, first_s=first_s, px_per_s=px_per_s)._within(length_s)

    def panned(self, by_px: float, length_s: float) -> TimeScale:
        """Move the view by this many pixels."""
        return replace(self, first_s=self.first_s + by_px / self.px_per_s)._within(length_s)

    def resized(self, width_px: float, length_s: float) -> TimeScale:
        """Keep the zoom at another width; a view that shows all goes on to show all."""
        fit = TimeScale.fit(length_s, self.left_px, width_px)
        return replace(self, width_px=width_px, px_per_s=max(self.px_per_s, fit.px_per_s))._within(length_s)

    def _within(self, length_s: float) -> TimeScale:
        last_s = max(0.0, length_s - self.width_px / self.px_per_s)
        return replace(self, first_s=min(last_s, max(0.0, self.first_s)))


def tick_step_frames(scale: TimeScale, rate: Fraction, least_px: float) -> int:
    """Return how many frames lie between two labels that stand at least `least_px` apart."""
    nominal = max(1, round(rate))
    frames = [step for step in _TICK_STEPS_FRAMES if step < nominal] + [step * nominal for step in _TICK_STEPS_S]
    return next((step for step in frames if float(step / rate) * scale.px_per_s >= least_px), frames[-1])

"""Why no beat meets a hit, in words: which limit or which must beside it stands against it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from v2m_bridge.core.cue import EARLIEST_HIT_NS
from v2m_bridge.core.fit_limits import LARGEST_DRIFT
from v2m_bridge.core.timebase import NS_PER_S, Meter

_FIXED_WAYS: Final = {
    "exact": "no bar line can be put there",
    "given": "the given tempo map is obeyed as it is",
}


@dataclass(frozen=True, slots=True)
class FittedCue:
    """What a cue's hits were fitted to."""

    way: str
    """How the tempo was fitted."""
    bpm: float
    """The cue's tempo."""
    meter: Meter
    """Of a regular bar."""
    start_ns: int
    """First frame of the cue, on the clock of the hits."""
    met_ns: tuple[int, ...]
    """Times of the musts that are met, in order."""
    frame_ns: int

    def why_missed(self, at_ns: int, off_frames: float) -> str:
        """Say how far the nearest beat lies from a hit that none meets, and why.

        Parameters
        ----------
        at_ns : int
            Of the hit.
        off_frames : float
            How late that beat is; negative is early.
        """
        side = "late" if off_frames > 0 else "early"
        return f"the nearest beat is {abs(off_frames):.1f} frames {side}: {self._why(at_ns)}"

    def _why(self, at_ns: int) -> str:
        if self.way in _FIXED_WAYS:
            return _FIXED_WAYS[self.way]
        index = bisect_left(self.met_ns, at_ns)
        gap_s = (at_ns - (self.met_ns[index - 1] if index else self.start_ns)) / NS_PER_S
        gaps = [(gap_s, f"the must {gap_s:.2f} s before it" if index else "the start of the cue")]
        if self.way == "constant":
            return self._one_tempo(*gaps[0])
        if index < len(self.met_ns):
            gap_s = (self.met_ns[index] - at_ns) / NS_PER_S
            gaps.append((gap_s, f"the must {gap_s:.2f} s after it"))
        return self._limits(gaps)

    def _one_tempo(self, gap_s: float, name: str) -> str:
        n_beats = gap_s * self.bpm / 60 * self.meter.unit / 4
        return (
            f"{n_beats:.2f} beats of {self.bpm:.2f} bpm lie between it and {name}, "
            "and one tempo serves the other hits better"
        )

    def _limits(self, gaps: Sequence[tuple[float, str]]) -> str:
        slow, fast = self.bpm / (1 + LARGEST_DRIFT), self.bpm * (1 + LARGEST_DRIFT)
        window_s = (self.frame_ns - EARLIEST_HIT_NS) / NS_PER_S
        for gap_s, name in gaps:
            if not _fits(gap_s, window_s, (slow, fast), self.meter):
                return (
                    f"no whole number of beats between {slow:.1f} and {fast:.1f} bpm, 8 % around the cue's "
                    f"{self.bpm:.1f}, fits between it and {name}"
                )
        names = " and ".join(name for _, name in gaps)
        return f"tempo steps of 3 % at bar lines do not reach it together with {names}"


def _fits(gap_s: float, window_s: float, bpm: tuple[float, float], meter: Meter) -> bool:
    """Whether a whole number of beats at some tempo leads from a met must to the window of a hit."""
    slow_s, fast_s = (60 / each * 4 / meter.unit for each in bpm)
    most = floor((gap_s + window_s) / fast_s)
    return most * slow_s >= gap_s - window_s

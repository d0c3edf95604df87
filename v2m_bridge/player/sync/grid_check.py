"""Whether the DAW's bars and tempo are those of the music that plays.  Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final, NamedTuple

from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.deck import Deck
from v2m_bridge.player.sync.midi_reports import tempo_warning

_LEAST_FRAME_NS: Final = 1_000_000
_LEAST_BEATS: Final = 0.5


class Grid(NamedTuple):
    """What a DAW says of its bars at a place of the edit."""

    at_ns: int
    bar: int
    """Counted from 1, as its ruler does; 0 where it counts none."""
    beats_in: float
    """Beats since the bar began."""
    beats_per_min: float
    quarters_per_beat: float = 1.0
    over_ns: int = 0
    """Stretch of the edit before `at_ns` over which the tempo was measured; 0 where the DAW names it."""
    who: str = "the DAW"

    @property
    def bar_start_ns(self) -> int:
        """Time of the edit at which the bar began."""
        return self.at_ns - round(self.beats_in * 60 * NS_PER_S / self.beats_per_min)


class BarClock:
    """Measures the tempo of a DAW by how its bars go on, and not by the tempo that it names.

    Ardour 7.3 names the first tempo of its map all along, while its bars and beats are right.
    """

    def __init__(self) -> None:
        self._bar = self._from_ns = 0
        self._from_beats = math.inf

    def hear(self, at_ns: int, bar: int, beats_in: float, quarters_per_beat: float) -> Grid | None:
        """Take a place of the edit and the bar and beats there; None before half a beat of a bar has gone by."""
        if bar != self._bar or at_ns < self._from_ns or beats_in < self._from_beats:
            self._bar, self._from_ns, self._from_beats = bar, at_ns, beats_in
        beats, over_ns = beats_in - self._from_beats, at_ns - self._from_ns
        if beats < _LEAST_BEATS or over_ns <= 0:
            return None
        return Grid(at_ns, bar, beats_in, beats * 60 * NS_PER_S / over_ns, quarters_per_beat, over_ns)


def grid_warning(grid: Grid, deck: Deck | None, frame_ns: int) -> str:
    """Return one sentence where a bar or the tempo of the DAW is not that of the cue that plays; empty where it is.

    Parameters
    ----------
    grid : Grid
        What the DAW says.
    deck : Deck or None
        What plays there; without music there is nothing to agree with.
    frame_ns : int
        Length of a frame of the edit: how far a bar may be off.
    """
    if deck is None or grid.beats_per_min <= 0 or not deck.start_ns <= grid.at_ns < deck.end_ns:
        return ""
    ours = deck.bpm_at(grid.at_ns)
    from_ns = grid.at_ns - grid.over_ns
    is_steady = from_ns >= deck.start_ns and deck.bpm_at(from_ns) == ours
    if is_steady and (told := tempo_warning(grid.beats_per_min * grid.quarters_per_beat, ours, grid.who)):
        return told
    lines = deck.programme.bar_lines_ns
    begins_ns = grid.bar_start_ns
    if not lines or begins_ns < lines[0] - max(frame_ns, _LEAST_FRAME_NS):
        return ""
    after = bisect_left(lines, begins_ns)
    nearest = min(lines[max(0, after - 1) : after + 1], key=lambda line: abs(line - begins_ns))
    off_ns = begins_ns - nearest
    if abs(off_ns) <= max(frame_ns, _LEAST_FRAME_NS):
        return ""
    side = "after" if off_ns > 0 else "before"
    bar = f"bar {grid.bar}" if grid.bar else "a bar"
    return (
        f"{bar} of {grid.who} begins {abs(off_ns) / NS_PER_S:.2f} s {side} bar {lines.index(nearest) + 1} of cue "
        f"{deck.programme.cue}: import score.mid with its tempo map"
    )

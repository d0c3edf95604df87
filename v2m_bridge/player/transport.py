"""Where on the edit every moment of the playing clock lies: play, stop, locate and loop, as pure arithmetic.

Two axes meet here: *clock* time, integer nanoseconds of the clock that drives playing, and *edit* time, integer
nanoseconds from the first frame of the edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

SHORTEST_LOOP_NS: Final = 50_000_000


class Segment(NamedTuple):
    """A stretch of clock time that plays a stretch of the edit without a jump inside it."""

    clock_ns: int
    from_ns: int
    to_ns: int
    wraps: bool
    """Whether the loop jumped back to the beginning of this stretch."""

    def clock_at(self, at_ns: int) -> int:
        """Clock time of a time of the edit inside the stretch."""
        return self.clock_ns + at_ns - self.from_ns


class Transport:
    """Position and motion.  It holds no clock: every method is told the time."""

    def __init__(self) -> None:
        self.playing = False
        self.loop: tuple[int, int] | None = None
        self._anchor_clock_ns = 0
        self._anchor_ns = 0

    def play(self, clock_ns: int) -> None:
        """Roll from the present position, which is left at `clock_ns`."""
        self._anchor_clock_ns = clock_ns
        self.playing = True

    def stop(self, clock_ns: int) -> None:
        """Stand still where `clock_ns` finds us."""
        self._anchor_ns = self.position_at(clock_ns)
        self.playing = False

    def locate(self, at_ns: int, clock_ns: int) -> None:
        """Be at `at_ns` of the edit at `clock_ns`, rolling or not."""
        self._anchor_ns = max(0, at_ns)
        self._anchor_clock_ns = clock_ns

    def set_loop(self, start_ns: int, end_ns: int, clock_ns: int) -> None:
        """Loop between two times from `clock_ns` on; less than `SHORTEST_LOOP_NS` between them ends the loop.

        A position behind the end of the loop plays on and never meets it.
        """
        self.locate(self.position_at(clock_ns), max(clock_ns, self._anchor_clock_ns))
        self.loop = (start_ns, end_ns) if end_ns - max(0, start_ns) >= SHORTEST_LOOP_NS and start_ns >= 0 else None

    def move_clock(self, by_ns: int) -> None:
        """Go on under another clock, which shows `by_ns` more than the old one."""
        self._anchor_clock_ns += by_ns

    def position_at(self, clock_ns: int) -> int:
        """Time of the edit at a moment of the clock."""
        if not self.playing:
            return self._anchor_ns
        at_ns = self._anchor_ns + max(0, clock_ns - self._anchor_clock_ns)
        if self.loop is None or self._anchor_ns >= self.loop[1] or at_ns < self.loop[1]:
            return at_ns
        start_ns, end_ns = self.loop
        return start_ns + (at_ns - end_ns) % (end_ns - start_ns)

    def segments(self, from_clock_ns: int, to_clock_ns: int) -> Iterator[Segment]:
        """Yield what ``[from, to)`` of the clock plays, cut at every jump of the loop; nothing while stopped."""
        clock_ns = max(from_clock_ns, self._anchor_clock_ns)
        while self.playing and clock_ns < to_clock_ns:
            at_ns = self.position_at(clock_ns)
            length_ns = to_clock_ns - clock_ns
            if self.loop is not None and at_ns < self.loop[1]:
                length_ns = min(length_ns, self.loop[1] - at_ns)
            yield Segment(clock_ns, at_ns, at_ns + length_ns, self._wraps_at(clock_ns))
            clock_ns += length_ns

    def _wraps_at(self, clock_ns: int) -> bool:
        if self.loop is None or self._anchor_ns >= self.loop[1]:
            return False
        start_ns, end_ns = self.loop
        since_wrap_ns = clock_ns - self._anchor_clock_ns - (end_ns - self._anchor_ns)
        return since_wrap_ns >= 0 and since_wrap_ns % (end_ns - start_ns) == 0

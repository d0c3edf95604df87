"""Where on the edit every moment of the playing clock lies: play, stop, locate and loop, as pure arithmetic.

Two axes meet here: *clock* time, integer nanoseconds of the clock that drives playing, and *edit* time, integer
nanoseconds from the first frame of the edit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

SHORTEST_LOOP_NS: Final = 50_000_000
_MOST_BENDS: Final = 64
UNITY: Final = 1_000_000_000
"""Speed at which the edit passes as fast as the clock: speeds are whole nanoseconds of the edit per second of clock."""


class Segment(NamedTuple):
    """A stretch of clock time that plays a stretch of the edit without a jump inside it."""

    clock_ns: int
    from_ns: int
    to_ns: int
    wraps: bool
    """Whether the loop jumped back to the beginning of this stretch."""
    speed: int = UNITY

    def clock_at(self, at_ns: int) -> int:
        """Clock time of a time of the edit inside the stretch."""
        return self.clock_ns + (at_ns - self.from_ns) * UNITY // self.speed


class Transport:
    """Position and motion.  It holds no clock: every method is told the time."""

    def __init__(self) -> None:
        self.playing = False
        self.loop: tuple[int, int] | None = None
        self.speed = UNITY
        self._anchor_clock_ns = 0
        self._anchor_ns = 0
        self._bends: deque[tuple[int, int, int]] = deque(maxlen=_MOST_BENDS)  # clock, position and speed before each

    def play(self, clock_ns: int) -> None:
        """Roll from the present position, which is left at `clock_ns`."""
        self._bends.clear()
        self._anchor_clock_ns = clock_ns
        self.playing = True

    def stop(self, clock_ns: int) -> None:
        """Stand still where `clock_ns` finds us."""
        self._anchor_ns = self.position_at(clock_ns)
        self.playing = False

    def locate(self, at_ns: int, clock_ns: int) -> None:
        """Be at `at_ns` of the edit at `clock_ns`, rolling or not; a source may lead us to before its first frame."""
        self._bends.clear()
        self._anchor_ns = at_ns
        self._anchor_clock_ns = clock_ns

    def set_speed(self, speed: int, clock_ns: int) -> None:
        """Let the edit pass at another speed from `clock_ns` on, where it goes on without a jump.

        Parameters
        ----------
        speed : int
            Nanoseconds of the edit per second of clock, above 0.
        clock_ns : int
            Not before what was planned.
        """
        if self.playing and clock_ns > self._anchor_clock_ns:
            at_ns = self.position_at(clock_ns)
            self._bends.append((self._anchor_clock_ns, self._anchor_ns, self.speed))
            self._anchor_clock_ns, self._anchor_ns = clock_ns, at_ns
        self.speed = speed

    def set_loop(self, start_ns: int, end_ns: int, clock_ns: int) -> None:
        """Loop between two times from `clock_ns` on; less than `SHORTEST_LOOP_NS` between them ends the loop.

        A position behind the end of the loop plays on and never meets it.
        """
        self.locate(self.position_at(clock_ns), max(clock_ns, self._anchor_clock_ns))
        self.loop = (start_ns, end_ns) if end_ns - max(0, start_ns) >= SHORTEST_LOOP_NS and start_ns >= 0 else None

    def move_clock(self, by_ns: int) -> None:
        """Go on under another clock, which shows `by_ns` more than the old one."""
        self._anchor_clock_ns += by_ns
        self._bends = deque(((clock + by_ns, at, speed) for clock, at, speed in self._bends), maxlen=_MOST_BENDS)

    def position_at(self, clock_ns: int) -> int:
        """Time of the edit at a moment of the clock."""
        if not self.playing:
            return self._anchor_ns
        if self._bends and clock_ns < self._anchor_clock_ns:
            return self._position_before(clock_ns)
        at_ns = self._anchor_ns + max(0, clock_ns - self._anchor_clock_ns) * self.speed // UNITY
        if self.loop is None or self._anchor_ns >= self.loop[1] or at_ns < self.loop[1]:
            return at_ns
        start_ns, end_ns = self.loop
        return start_ns + (at_ns - end_ns) % (end_ns - start_ns)

    def _position_before(self, clock_ns: int) -> int:
        """Time of the edit at a moment before the last change of speed."""
        for anchor_clock_ns, anchor_ns, speed in reversed(self._bends):
            if clock_ns >= anchor_clock_ns:
                return anchor_ns + (clock_ns - anchor_clock_ns) * speed // UNITY
        return self._bends[0][1]

    def segments(self, from_clock_ns: int, to_clock_ns: int) -> Iterator[Segment]:
        """Yield what ``[from, to)`` of the clock plays, cut at every jump of the loop; nothing while stopped."""
        clock_ns = max(from_clock_ns, self._anchor_clock_ns)
        while self.playing and clock_ns < to_clock_ns:
            n_wraps = self._wraps_until(clock_ns)
            wraps = self._wrap_clock(n_wraps) == clock_ns if n_wraps else False
            next_wrap_ns = self._wrap_clock(n_wraps + 1)
            end_ns = to_clock_ns if next_wrap_ns is None else min(to_clock_ns, next_wrap_ns)
            from_ns = self.loop[0] if wraps and self.loop else self.position_at(clock_ns)
            to_ns = self.loop[1] if self.loop and end_ns == next_wrap_ns else self.position_at(end_ns)
            yield Segment(clock_ns, from_ns, to_ns, wraps, self.speed)
            clock_ns = end_ns

    def _wraps_until(self, clock_ns: int) -> int:
        """Count how often the loop has jumped by a moment of the clock."""
        if self.loop is None or self._anchor_ns >= self.loop[1]:
            return 0
        start_ns, end_ns = self.loop
        past_ns = self._anchor_ns + max(0, clock_ns - self._anchor_clock_ns) * self.speed // UNITY - end_ns
        return 0 if past_ns < 0 else 1 + past_ns // (end_ns - start_ns)

    def _wrap_clock(self, number: int) -> int | None:
        """Return the clock time of a jump of the loop, the first of which is 1; None where there is none."""
        if self.loop is None or self._anchor_ns >= self.loop[1]:
            return None
        start_ns, end_ns = self.loop
        way_ns = end_ns - self._anchor_ns + (number - 1) * (end_ns - start_ns)
        return self._anchor_clock_ns - (-way_ns * UNITY // self.speed)

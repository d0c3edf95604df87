"""MIDI Clock with song position, start, stop and continue: messages in, a place in the song out, and the other way.

A song is ruled in clocks, 24 to a quarter note.  Start, and Continue after a song position, name the clock that comes
next; every clock after that is one further.  Source: MIDI 1.0, System Common and Real Time Messages.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from v2m_bridge.core.timebase import NS_PER_S

CLOCKS_PER_QUARTER: Final = 24
CLOCKS_PER_SIXTEENTH: Final = 6
N_SONG_POSITIONS: Final = 1 << 14
"""A song position counts sixteenths in 14 bits: it reaches 1024 bars of four quarters, and no further."""
SONG_POSITION, CLOCK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
_SMOOTHING: Final = 12
_SLOWEST_NS: Final = 250_000_000
"""Between two clocks: 10 quarter notes a minute."""


class ClockPlace(NamedTuple):
    """Where the song is at a moment of the clock."""

    clock_ns: int
    clocks: int
    """Clocks from its beginning."""
    rolling: bool
    interval_ns: float
    """Time between two clocks, 0 where it is not known yet."""

    @property
    def bpm(self) -> float:
        """Quarter notes per minute, 0 where they are not known yet."""
        return 60 * NS_PER_S / (self.interval_ns * CLOCKS_PER_QUARTER) if self.interval_ns else 0.0


class ClockDecoder:
    """Follows one stream of MIDI Clock.  It holds no clock: each message comes with its time."""

    def __init__(self) -> None:
        self._next = 0
        self._starts = self._rolls = False
        self._last_ns: int | None = None
        self._interval_ns = 0.0

    def hear(self, message: bytes, clock_ns: int) -> ClockPlace | None:
        """Take a whole MIDI message of any kind; None where it tells no place."""
        match tuple(message[:4]):
            case (0xF8,):
                return self._hear_clock(clock_ns)
            case (0xFA,):
                self._next, self._starts, self._rolls = 0, True, False
            case (0xFB,):
                self._starts = not self._rolls
            case (0xFC,):
                self._starts = self._rolls = False
            case (0xF2, low, high) if low < 128 and high < 128:
                self._next = (low | high << 7) * CLOCKS_PER_SIXTEENTH
                if self._rolls:
                    return None  # the next clock tells it
            case _:
                return None
        return self._place(clock_ns, self._next)

    def _hear_clock(self, clock_ns: int) -> ClockPlace | None:
        if self._last_ns is not None and 0 < clock_ns - self._last_ns <= _SLOWEST_NS:
            elapsed_ns = clock_ns - self._last_ns
            weight = 1 / _SMOOTHING if self._interval_ns else 1.0
            self._interval_ns += (elapsed_ns - self._interval_ns) * weight
        self._last_ns = clock_ns
        if self._starts:
            self._starts, self._rolls = False, True
        if not self._rolls:
            return None
        self._next += 1
        return self._place(clock_ns, self._next - 1)

    def _place(self, clock_ns: int, clocks: int) -> ClockPlace:
        return ClockPlace(clock_ns, clocks, self._rolls, self._interval_ns)


def song_position(clocks: int) -> bytes | None:
    """Return the message that names a place on a sixteenth; None where song positions do not reach.

    Raises
    ------
    ValueError
        When the place lies between two sixteenths.
    """
    sixteenths, rest = divmod(clocks, CLOCKS_PER_SIXTEENTH)
    if rest or clocks < 0:
        raise ValueError(f"clock {clocks} is not on a sixteenth")
    if sixteenths >= N_SONG_POSITIONS:
        return None
    return bytes((SONG_POSITION, sixteenths & 127, sixteenths >> 7))


def sixteenth_from(clocks: int) -> int:
    """Return the first clock at or after `clocks` that a song position can name."""
    return -(-clocks // CLOCKS_PER_SIXTEENTH) * CLOCKS_PER_SIXTEENTH


def entry(clocks: int) -> tuple[bytes, ...]:
    """Return what is sent before the clock with which playing enters on a sixteenth; nothing beyond their reach."""
    if clocks == 0:
        return (bytes((START,)),)
    position = song_position(clocks)
    return (position, bytes((CONTINUE,))) if position else ()

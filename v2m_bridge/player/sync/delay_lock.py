"""A line through jittery reports of where a source is: position and speed, corrected a little by each report.

A second-order delay-locked loop as in Adriaensen, Using a DLL to filter time (2005): the bandwidth is wide at first, so
that it locks at once, and narrows to its final width as what it has seen grows.
"""

from __future__ import annotations

import math
from typing import Final

from v2m_bridge.core.timebase import NS_PER_S

_FIRST_BANDWIDTH_HZ: Final = 2.0
_NARROWING: Final = 0.3
_MOST_PLACE_GAIN: Final = 0.8
_MOST_SPEED_GAIN: Final = 0.3


class DelayLock:
    """Where a source is at any moment, as far as its reports tell.  It holds no clock.

    Parameters
    ----------
    bandwidth_hz : float
        Final width; jitter faster than this is averaged away, and a change of speed is followed as fast as this.
        Infinite for a source whose reports are exact.
    """

    def __init__(self, bandwidth_hz: float) -> None:
        self._bandwidth_hz = bandwidth_hz
        self.speed = 1.0
        """Nanoseconds of the source per nanosecond of the clock."""
        self._clock_ns = self._at_ns = self._began_clock_ns = self._began_at_ns = 0

    def begin(self, clock_ns: int, at_ns: int, speed: float, since_ns: int = 0) -> None:
        """Draw a new line through a report; it has held for `since_ns` before it."""
        self._clock_ns, self._at_ns, self.speed = clock_ns, at_ns, speed
        self._began_clock_ns = clock_ns - since_ns
        self._began_at_ns = self.at(self._began_clock_ns)

    @property
    def began_ns(self) -> int:
        """When the line began."""
        return self._began_clock_ns

    @property
    def mean_speed(self) -> float:
        """Speed over all that was seen since the line began."""
        length_ns = self._clock_ns - self._began_clock_ns
        return (self._at_ns - self._began_at_ns) / length_ns if length_ns > 0 else self.speed

    @property
    def seen_ns(self) -> int:
        """How long the line has been seen."""
        return self._clock_ns - self._began_clock_ns

    def at(self, clock_ns: int) -> int:
        """Return where the source is at a moment of the clock."""
        return self._at_ns + round((clock_ns - self._clock_ns) * self.speed)

    def error(self, clock_ns: int, at_ns: int) -> int:
        """Return how far ahead of the line a report lies."""
        return at_ns - self.at(clock_ns)

    def hear(self, clock_ns: int, at_ns: int, speed: float) -> None:
        """Bend the line towards a report; `speed` is what an exact source says of itself."""
        error_ns = self.error(clock_ns, at_ns)
        elapsed_s = (clock_ns - self._clock_ns) / NS_PER_S
        if math.isinf(self._bandwidth_hz):
            self._at_ns, self._clock_ns, self.speed = at_ns, clock_ns, speed
            return
        if elapsed_s <= 0:
            return
        seen_s = (clock_ns - self._began_clock_ns) / NS_PER_S
        bandwidth_hz = max(self._bandwidth_hz, min(_FIRST_BANDWIDTH_HZ, _NARROWING / seen_s))
        omega = 2 * math.pi * bandwidth_hz * elapsed_s
        self._at_ns = self.at(clock_ns) + round(error_ns * min(_MOST_PLACE_GAIN, math.sqrt(2) * omega))
        self._clock_ns = clock_ns
        self.speed += error_ns / NS_PER_S * min(_MOST_SPEED_GAIN, omega * omega) / elapsed_s

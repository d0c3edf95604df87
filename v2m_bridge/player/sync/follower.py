"""Chasing a source: a state machine from its reports to what the transport does.  Pure: it is told the time.

Drift is made good by playing a little faster or slower; only a jump of the source is a locate.  A source that falls
silent is carried on for some frames, then playing stops.  Scrubbing and reverse are silent: the transport goes along.
What a source says of its speed is believed until its places say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from v2m_bridge.player.sync.delay_lock import DelayLock
from v2m_bridge.player.transport import UNITY, Transport

SLOWEST, FASTEST = 0.5, 2.0
"""Speeds outside of these are scrubbing."""
_STRETCH_NS: Final = 200_000_000
_MOST_OFF: Final = 2
"""Stretches in a row that places go at such a speed, whatever the source says of itself; one may be jitter."""
_MOST_BEND: Final = 0.02
_CORRECTION_NS: Final = 500_000_000
"""Time in which drift is made good."""
_LATEST_ENTRY_NS: Final = 80_000_000
"""A start that is noticed late is played from where it was, as far back as this."""
_NEAR_TURN_NS: Final = 5_000_000
_EXACT_JUMP_NS: Final = 100_000_000
"""Sources whose jumps are larger than this tell too coarsely where they turned."""
_FINEST_BEND: Final = 2e-5
_UNHEARD_DRIFT_NS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is normal for a kind of source."""

    jump_ns: int
    """A report that lies further from the line is a jump of the source."""
    bandwidth_hz: float
    """Of the delay-locked loop; infinite where reports are exact."""
    n_confirm: int = 1
    """Reports in a row that a jump takes to be believed."""


class Report(NamedTuple):
    """Where a source is on the edit at a moment of the playing clock."""

    clock_ns: int
    at_ns: int
    rolling: bool
    speed: float = 1.0
    """Nanoseconds of the edit per nanosecond of the clock, negative in reverse."""
    since_ns: int = 0
    """How long it has come this way without a jump, as far as that is known."""


class Chasing(Enum):
    """What the follower is about."""

    WAITING = "waiting"
    """Nothing was heard yet."""
    STOPPED = "stopped"
    ROLLING = "rolling"
    SCRUBBING = "scrubbing"
    FREEWHEELING = "freewheeling"
    LOST = "lost"


class Stand(NamedTuple):
    """Be stopped at a place."""

    at_ns: int


class Enter(NamedTuple):
    """End what sounds and roll from a place."""

    at_ns: int
    clock_ns: int
    speed: int


class Bend(NamedTuple):
    """Go on at another speed from the horizon on."""

    speed: int


Motion = Stand | Enter | Bend


class Follower:
    """Follows one source.

    Parameters
    ----------
    tolerance : Tolerance
        What is normal for it.
    freewheel_ns : int
        How long playing goes on after the last report.
    """

    def __init__(self, tolerance: Tolerance, freewheel_ns: int) -> None:
        self._tolerance = tolerance
        self.freewheel_ns = freewheel_ns
        self._line = DelayLock(tolerance.bandwidth_hz)
        self._heard_ns: int | None = None
        self._usual_gap_ns = 0.0
        self._stand_ns = 0
        self._n_odd = 0
        self._is_new = False
        self._stretch = (0, 0)  # clock and place where the present stretch began
        self._n_off = 0  # stretches that it said it played, and its places went at no such speed
        self._turn_ns: int | None = None  # where it last jumped back while it rolled: the end of a loop, it may be
        self.state = Chasing.WAITING

    @property
    def speed(self) -> float:
        """Speed of the source against the clock."""
        return self._line.speed if self.state in (Chasing.ROLLING, Chasing.FREEWHEELING) else 0.0

    @property
    def line(self) -> DelayLock:
        """The line that is followed."""
        return self._line

    def age_ns(self, now_ns: int) -> int:
        """Time since the last report; -1 before the first."""
        return -1 if self._heard_ns is None else max(0, now_ns - self._heard_ns)

    def drift_ns(self, now_ns: int, transport: Transport) -> int:
        """How far the source is ahead of playing; 0 while it does not roll."""
        if self.state not in (Chasing.ROLLING, Chasing.FREEWHEELING) or not transport.playing:
            return 0
        return self._line.at(now_ns) - transport.position_at(now_ns)

    def adopt(self, at_ns: int, clock_ns: int) -> None:
        """Take over from a player that was rolling: freewheel from here until the source is heard."""
        self._line.begin(clock_ns, at_ns, 1.0)
        self._heard_ns, self._is_new = clock_ns, True
        self._stretch, self._n_off = (clock_ns, at_ns), 0
        self.state = Chasing.FREEWHEELING

    def move_clock(self, by_ns: int) -> None:
        """Go on under another clock, which shows `by_ns` more than the old one."""
        if self._heard_ns is not None:
            line = self._line
            line.begin(self._heard_ns + by_ns, line.at(self._heard_ns), line.speed)
            self._heard_ns += by_ns
            self._stretch = (self._stretch[0] + by_ns, self._stretch[1])

    def hear(self, report: Report) -> None:
        """Take a report; they come in order of time."""
        if self._heard_ns is not None and report.clock_ns > self._heard_ns:
            self._usual_gap_ns += (report.clock_ns - self._heard_ns - self._usual_gap_ns) / 8
        self._heard_ns = report.clock_ns
        self._mind_turn(report)
        if not report.rolling or not _is_played(report.speed):
            self.state = Chasing.SCRUBBING if report.rolling else Chasing.STOPPED
            self._stand_ns, self._n_off = report.at_ns, 0
        elif self.state is Chasing.SCRUBBING and self._n_off:
            self._scrub(report)
        elif self.state not in (Chasing.ROLLING, Chasing.FREEWHEELING):
            self._begin(report)
        elif abs(self._line.error(report.clock_ns, report.at_ns)) <= self._tolerance.jump_ns:
            self._line.hear(report.clock_ns, report.at_ns, report.speed)
            self._n_odd = 0
            self.state = Chasing.ROLLING
            self._mind_speed(report)
        else:
            self._n_odd += 1
            if self._n_odd >= self._tolerance.n_confirm:
                self._begin(report)

    def _mind_speed(self, report: Report) -> None:
        """Notice a source that says it plays while its places stand, run away or go back."""
        clock_ns, at_ns = self._stretch
        if report.clock_ns < clock_ns + _STRETCH_NS:
            return
        speed = (report.at_ns - at_ns) / (report.clock_ns - clock_ns)
        self._stretch = report.clock_ns, report.at_ns
        self._n_off = 0 if _is_played(speed) else self._n_off + 1
        if self._n_off == _MOST_OFF:
            self.state = Chasing.SCRUBBING
            self._go_along(report, speed)

    def _scrub(self, report: Report) -> None:
        """Go along with such a source until its places move as it says; from a stand the first step forward does."""
        line = self._line
        gap_ns, way_ns = report.clock_ns - line.began_ns, report.at_ns - line.at(line.began_ns)
        if line.speed == 0 and 0 < way_ns <= FASTEST * gap_ns:
            self._begin(report._replace(since_ns=min(_LATEST_ENTRY_NS, round(way_ns / report.speed))))
            return
        if abs(line.error(report.clock_ns, report.at_ns)) <= self._tolerance.jump_ns:
            line.hear(report.clock_ns, report.at_ns, report.speed)
        if _is_played(line.speed):
            self._begin(report)
        else:
            self._go_along(report, line.speed if way_ns else 0.0)

    def _go_along(self, report: Report, speed: float) -> None:
        """Be silent where the source is; a line that is drawn anew finds the next speed soonest."""
        self._line.begin(report.clock_ns, report.at_ns, speed)
        self._stand_ns = report.at_ns

    def _mind_turn(self, report: Report) -> None:
        """Remember where the source turns back, and forget it once it has rolled on from there."""
        if self.state is Chasing.ROLLING:
            was_ns = self._line.at(report.clock_ns - report.since_ns if report.rolling else report.clock_ns)
            if self._tolerance.jump_ns <= _EXACT_JUMP_NS and report.at_ns < was_ns - self._tolerance.jump_ns:
                self._turn_ns = was_ns
                return
        if report.rolling and self._turn_ns is not None and report.at_ns >= self._turn_ns + _NEAR_TURN_NS:
            self._turn_ns = None

    def hold_ns(self, now_ns: int, transport: Transport) -> int | None:
        """Return the clock time up to which may be planned; None where nothing holds it back.

        Where the source turned back it is likely to do so again, as in a loop: what lies beyond waits until it has
        rolled on from there, at most as long as a late start may be.
        """
        if self._turn_ns is None or not transport.playing:
            return None
        left_ns = self._turn_ns - _NEAR_TURN_NS - transport.position_at(now_ns)
        return None if left_ns < -_LATEST_ENTRY_NS else now_ns + left_ns * UNITY // transport.speed

    def _begin(self, report: Report) -> None:
        self._line.begin(report.clock_ns, report.at_ns, report.speed, report.since_ns)
        self._stretch, self._n_off = (report.clock_ns, report.at_ns), 0
        self._n_odd, self._is_new = 0, True
        self.state = Chasing.ROLLING

    def decide(self, now_ns: int, horizon_ns: int, transport: Transport) -> Motion | None:
        """Return what the transport must do now; None where it does right.

        Parameters
        ----------
        now_ns : int
            The playing clock.
        horizon_ns : int
            Up to where was planned: what lies before is on its way.
        transport : Transport
            What plays; it is read only.
        """
        self._mind_silence(now_ns)
        if self.state not in (Chasing.ROLLING, Chasing.FREEWHEELING):
            is_there = not transport.playing and transport.position_at(now_ns) == self._stand_ns
            return None if is_there or self.state is Chasing.WAITING else Stand(self._stand_ns)
        if self._is_new or not transport.playing:
            return self._enter(max(self._line.began_ns, now_ns - _LATEST_ENTRY_NS))
        drift_ns = self._line.at(horizon_ns) - transport.position_at(horizon_ns)
        if abs(drift_ns) > self._tolerance.jump_ns:
            return self._enter(now_ns)
        hold_ns = self.hold_ns(now_ns, transport)
        if hold_ns is not None and hold_ns <= now_ns:
            return None  # what is held back is not to be cut by another speed
        if abs(drift_ns) <= _UNHEARD_DRIFT_NS:
            drift_ns = 0
        bend = max(-_MOST_BEND, min(_MOST_BEND, drift_ns / _CORRECTION_NS))
        speed = _speed(self._line.speed + bend)
        return Bend(speed) if abs(speed - transport.speed) > _FINEST_BEND * UNITY else None

    def _enter(self, clock_ns: int) -> Enter:
        self._is_new = False
        return Enter(self._line.at(clock_ns), clock_ns, _speed(self._line.speed))

    def _mind_silence(self, now_ns: int) -> None:
        if self.state not in (Chasing.ROLLING, Chasing.FREEWHEELING) or self._heard_ns is None:
            return
        silent_ns = now_ns - self._heard_ns
        if silent_ns > self.freewheel_ns:
            self._stand_ns = self._line.at(now_ns)
            self.state = Chasing.LOST
        elif silent_ns > 4 * self._usual_gap_ns + 20_000_000:
            self.state = Chasing.FREEWHEELING


def _is_played(speed: float) -> bool:
    return SLOWEST <= speed <= FASTEST


def _speed(speed: float) -> int:
    """Return a speed for the transport, which knows no other than those that are played."""
    return round(min(FASTEST, max(SLOWEST, speed)) * UNITY)

"""A DAW that the test drives, on the clock that the test turns, and a stage whose player follows it."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from tests.player.stage import MS, FakeClock, Stage
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import OutputError
from v2m_bridge.player.sync.chase import Chase
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.midi_reports import MidiReports, TimecodeReports
from v2m_bridge.player.sync.mtc import full_frame, quarter_frames
from v2m_bridge.player.sync.sources.base import Source
from v2m_bridge.player.sync.timecode_label import MtcRate

STEP_NS = 5 * MS


class Tape:
    """Position and motion of a DAW, as exact arithmetic on the test's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._anchor_clock_ns, self._anchor_ns = clock.now_ns, 0
        self.speed = Fraction(0)
        self.began_ns = clock.now_ns

    def at_ns(self, clock_ns: int | None = None) -> int:
        """Where it stands."""
        clock_ns = self._clock.now_ns if clock_ns is None else clock_ns
        return self._anchor_ns + int((clock_ns - self._anchor_clock_ns) * self.speed)

    @property
    def line(self) -> tuple[int, int, Fraction]:
        """A moment, where it was then, and its speed since."""
        return self._anchor_clock_ns, self._anchor_ns, self.speed

    def roll(self, speed: Fraction | int = 1) -> None:
        """Go on at a speed."""
        self.locate(self.at_ns())
        self.speed = Fraction(speed)

    def locate(self, at_ns: int) -> None:
        """Go to a place."""
        self._anchor_clock_ns, self._anchor_ns = self._clock.now_ns, at_ns
        self.began_ns = self._clock.now_ns


class FakeSource(Source):
    """Reports of a tape, as often and as exactly as a test wants."""

    tolerance = Tolerance(jump_ns=60 * MS, bandwidth_hz=0.5)

    def __init__(self, place: EditPlace, tape: Tape, clock: FakeClock) -> None:
        super().__init__(place)
        self.tape, self._clock = tape, clock
        self.every_ns, self.jitter_ns = 10 * MS, 0
        self.may_open, self.mute = True, False
        self.says: float | None = None  # the speed that it says it plays at, whatever the tape does
        self.chance = random.Random(1)  # noqa: S311  jitter
        self.orders: list[str] = []
        self._next_ns = 0

    def open(self) -> None:
        if not self.may_open:
            raise OutputError("the source is not there")
        self.lost = ""

    def close(self) -> None:
        pass

    def now_ns(self) -> int:
        return self._clock.now_ns

    def play(self) -> bool:
        self.orders.append("play")
        return True

    def take(self) -> list[Report]:
        if self.mute or self._clock.now_ns < self._next_ns:
            return []
        self._next_ns = self._clock.now_ns + self.every_ns
        late_ns = self.chance.randrange(self.jitter_ns) if self.jitter_ns else 0
        clock_ns = self._clock.now_ns - late_ns // 2
        at_ns = self.place.of_time(self.tape.at_ns(clock_ns - late_ns // 2))
        if self.says is not None:
            return [Report(clock_ns, at_ns, True, self.says)]
        rolling = self.tape.speed != 0
        return [Report(clock_ns, at_ns, rolling, float(self.tape.speed), max(0, clock_ns - self.tape.began_ns))]


class MidiTape(Source):
    """A tape that sends MIDI timecode, as a DAW does, through the real decoder."""

    tolerance = Tolerance(jump_ns=60 * MS, bandwidth_hz=0.5)

    def __init__(self, place: EditPlace, tape: Tape, clock: FakeClock, rate: MtcRate, start_frame: int) -> None:
        super().__init__(place)
        self.tape, self._clock = tape, clock
        self.rate, self.start_frame = rate, start_frame
        self.frames_per_s = rate.label_rate
        self._reports: MidiReports = TimecodeReports(place)
        self._sent_to_ns = clock.now_ns
        self.mangle: Callable[[list[tuple[int, bytes]]], list[tuple[int, bytes]]] = lambda sent: sent

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def now_ns(self) -> int:
        return self._clock.now_ns

    def locate(self, at_ns: int) -> bool:
        """Move the tape, and say so with a full frame."""
        self.tape.locate(at_ns)
        self._sent_to_ns = self._clock.now_ns
        frame = self.start_frame + int(Fraction(at_ns, NS_PER_S) * self.frames_per_s)
        self._reports.hear(full_frame(frame, self.rate), self._clock.now_ns)
        return True

    def take(self) -> list[Report]:
        since_ns, now_ns = self._sent_to_ns, self._clock.now_ns
        self._sent_to_ns = now_ns
        if self.tape.speed == 0:
            return []
        from_ns, to_ns = self.tape.at_ns(since_ns), self.tape.at_ns(now_ns)
        sent = [
            (since_ns + int((at_ns - from_ns) / self.tape.speed), message)
            for at_ns, message in quarter_frames(
                from_ns, to_ns, self.frames_per_s, self.rate, start_frame=self.start_frame
            )
        ]
        reports = [self._reports.hear(message, clock_ns) for clock_ns, message in self.mangle(sent)]
        self.warning = self._reports.warning
        return [report for report in reports if report is not None]


class ChasingStage(Stage):
    """A player that follows a tape."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.tape = Tape(clock)
        self.source = FakeSource(EditPlace(), self.tape, clock)
        super().__init__(chase=lambda: Chase("fake", self._source, monotonic=clock), clock=clock)

    def _source(self, place: EditPlace) -> Source:
        self.source.place = place
        return self.source

    def drift_ms(self) -> float:
        """How far the tape is ahead of playing."""
        return (self.tape.at_ns() - self.player.state().at_ns) / MS

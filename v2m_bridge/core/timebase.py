"""The four time axes and every conversion between them.

`FrameTime` counts frames of a timeline (exact), `Seconds` is what media and features are measured in, `Ticks` and
`Beats` are musical positions inside one cue, and `MonoNs` is the monotonic clock of a running player.  Nothing else
in the project multiplies by a rate or a tempo.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import le, lt
from typing import Final, NewType

Seconds = NewType("Seconds", float)
Beats = NewType("Beats", float)
Ticks = NewType("Ticks", int)
MonoNs = NewType("MonoNs", int)

TICKS_PER_QUARTER: Final = 960
NS_PER_S: Final = 1_000_000_000
US_PER_MINUTE: Final = 60_000_000

_NTSC: Final = {n: Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)}
_LABEL: Final = re.compile(r"(\d{2,3}):([0-5]\d):([0-5]\d)([:;.,])(\d{2,3})")


def exact_rate(frames_per_s: float | Fraction) -> Fraction:
    """Return the exact frame rate behind a rounded one: 23.976 and 23.98 become 24000/1001.

    Raises
    ------
    ValueError
        When the rate is not a number from 1 to 1000.
    """
    if not 1 <= float(frames_per_s) <= 1000:
        raise ValueError(f"{frames_per_s} is not a frame rate")
    for ntsc in _NTSC.values():
        if abs(float(frames_per_s) - float(ntsc)) < 0.006:
            return ntsc
    exact = Fraction(frames_per_s)
    nearest = Fraction(round(exact))
    return nearest if abs(exact - nearest) < Fraction(1, 10_000) else exact.limit_denominator(1001)


@dataclass(frozen=True, slots=True, order=False)
class FrameTime:
    """A whole number of frames at an exact rate (frames per second)."""

    frame: int
    rate: Fraction

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ValueError(f"frame rate {self.rate} is not positive")

    @classmethod
    def nearest(cls, seconds: float | Fraction, rate: Fraction) -> FrameTime:
        """Return the frame whose start is nearest to `seconds`."""
        return cls(round(Fraction(seconds) * rate), rate)

    @property
    def exact_s(self) -> Fraction:
        """Start of the frame in seconds, exact."""
        return Fraction(self.frame * self.rate.denominator, self.rate.numerator)

    @property
    def seconds(self) -> Seconds:
        """Start of the frame in seconds."""
        return Seconds(float(self.exact_s))

    @property
    def ns(self) -> int:
        """Start of the frame in whole nanoseconds, rounded down."""
        return self.frame * self.rate.denominator * NS_PER_S // self.rate.numerator

    def at_rate(self, rate: Fraction) -> FrameTime:
        """Return the nearest frame at another rate."""
        return self if rate == self.rate else FrameTime.nearest(self.exact_s, rate)

    def __add__(self, other: FrameTime) -> FrameTime:
        return FrameTime(self.frame + self._frames_of(other), self.rate)

    def __sub__(self, other: FrameTime) -> FrameTime:
        return FrameTime(self.frame - self._frames_of(other), self.rate)

    def __lt__(self, other: FrameTime) -> bool:
        return bool(lt(*self._sides(other)))

    def __le__(self, other: FrameTime) -> bool:
        return bool(le(*self._sides(other)))

    def _sides(self, other: FrameTime) -> tuple[int, int]:
        """Return whole numbers that are to each other as the two times are."""
        a, b = self.rate, other.rate
        if a is b:
            return self.frame, other.frame
        return self.frame * a.denominator * b.numerator, other.frame * b.denominator * a.numerator

    def _frames_of(self, other: FrameTime) -> int:
        if other.rate != self.rate:
            raise ValueError(f"cannot add frames at {other.rate} to frames at {self.rate}; convert with at_rate first")
        return other.frame


def timecode(at: FrameTime, *, drop_frame: bool = False) -> str:
    """Write the SMPTE label of a frame: ``01:00:00:00``, with ``;`` before the frames where labels are dropped.

    Drop-frame labels exist for 30000/1001 and 60000/1001 only: two (four) labels are skipped at each minute that is
    not a multiple of ten.  Source: SMPTE ST 12-1.
    """
    nominal = _nominal(at.rate)
    frame, sign = abs(at.frame), "-" if at.frame < 0 else ""
    if drop_frame:
        dropped = _dropped_per_minute(at.rate)
        tens, rest = divmod(frame, 600 * nominal - 9 * dropped)
        minutes_past = max(0, (rest - dropped) // (60 * nominal - dropped)) if rest >= 60 * nominal else 0
        frame += 9 * dropped * tens + dropped * minutes_past
    whole_s, frames = divmod(frame, nominal)
    minutes, seconds = divmod(whole_s, 60)
    hours, minutes = divmod(minutes, 60)
    width = 3 if nominal > 100 else 2
    return f"{sign}{hours:02}:{minutes:02}:{seconds:02}{';' if drop_frame else ':'}{frames:0{width}}"


def parse_timecode(text: str, rate: Fraction) -> FrameTime:
    """Read an SMPTE label; a ``;`` (or ``,``) before the frames says that labels are dropped.

    Raises
    ------
    ValueError
        When the text is no label, or the label does not exist at this rate.
    """
    match = _LABEL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a timecode like 01:00:00:00")
    nominal = _nominal(rate)
    hours, minutes, seconds, frames = int(match[1]), int(match[2]), int(match[3]), int(match[5])
    if frames >= nominal:
        raise ValueError(f"timecode {text} has frame {frames}, but there are {nominal} in a second")
    whole_minutes = 60 * hours + minutes
    frame = (60 * whole_minutes + seconds) * nominal + frames
    if match[4] in ";,":
        dropped = _dropped_per_minute(rate)
        if seconds == 0 and frames < dropped and minutes % 10:
            raise ValueError(f"timecode {text} is a dropped label and names no frame")
        frame -= dropped * (whole_minutes - whole_minutes // 10)
    return FrameTime(frame, rate)


def can_drop_frames(rate: Fraction) -> bool:
    """Whether drop-frame labels exist at `rate`."""
    return rate in (_NTSC[30], _NTSC[60])


def _nominal(rate: Fraction) -> int:
    return max(1, round(rate))


def _dropped_per_minute(rate: Fraction) -> int:
    if not can_drop_frames(rate):
        raise ValueError(f"there is no drop-frame timecode at {float(rate):.3f} frames per second")
    return round(rate) // 15


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature: `beats` of 1/`unit` notes in a bar."""

    beats: int = 4
    unit: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.beats <= 32 or self.unit not in (1, 2, 4, 8, 16):
            raise ValueError(f"{self.beats}/{self.unit} is not a meter")

    @property
    def ticks_per_beat(self) -> Ticks:
        """Length of one notated beat."""
        return Ticks(TICKS_PER_QUARTER * 4 // self.unit)

    @property
    def ticks_per_bar(self) -> Ticks:
        """Length of one bar."""
        return Ticks(self.beats * self.ticks_per_beat)


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `tick` on, a quarter note lasts `us_per_quarter` microseconds."""

    tick: int
    us_per_quarter: int


@dataclass(frozen=True, slots=True)
class MeterChange:
    """From `tick` on, which is a bar line, bars have this meter."""

    tick: int
    meter: Meter


def tempo_changes(steps: Sequence[tuple[int, float]]) -> tuple[TempoChange, ...]:
    """Round tempi in bpm at the given ticks to whole microseconds per quarter, carrying the rounding error on.

    Parameters
    ----------
    steps : sequence of (tick, bpm)
        In order; the first tick is 0.

    Returns
    -------
    tuple of TempoChange
        Every change starts within half a microsecond, for each quarter of the step before it, of where the unrounded
        tempi would put it: what one step is off, the next makes good.
    """
    changes: list[TempoChange] = []
    owed_us = Fraction(0)
    for index, (tick, bpm) in enumerate(steps):
        wanted = US_PER_MINUTE / Fraction(bpm)
        if index + 1 == len(steps):
            changes.append(TempoChange(tick, round(wanted)))
            break
        quarters = Fraction(steps[index + 1][0] - tick, TICKS_PER_QUARTER)
        rounded = round(wanted + owed_us / quarters)
        owed_us += (wanted - rounded) * quarters
        changes.append(TempoChange(tick, rounded))
    return tuple(changes)


def _starts(tempi: tuple[TempoChange, ...]) -> tuple[list[int], list[int]]:
    """Ticks of the tempo changes, and the time of each in units of 1/960 microsecond (exact)."""
    at, starts = 0, []
    for index, change in enumerate(tempi):
        if index:
            at += (change.tick - tempi[index - 1].tick) * tempi[index - 1].us_per_quarter
        starts.append(at)
    return [change.tick for change in tempi], starts


class _WorkedOut:
    """What a tempo map works out once; no part of its value."""

    __slots__ = ("_known",)
    _known: tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class TempoMap(_WorkedOut):
    """Tempo and meter of one cue, counted in ticks (960 to the quarter) from its first frame.

    `pickup_ticks` is the length of the incomplete bar that a cue may begin with; the first full bar starts there.
    """

    tempi: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...] = (MeterChange(0, Meter()),)
    pickup_ticks: int = 0

    def __post_init__(self) -> None:
        for changes in (self.tempi, self.meters):
            ticks = [change.tick for change in changes]
            if not ticks or ticks[0] != 0 or any(b <= a for a, b in itertools.pairwise(ticks)):
                raise ValueError("tempo and meter changes begin at tick 0 and come in order")
        if any(change.us_per_quarter <= 0 for change in self.tempi):
            raise ValueError("a quarter note has a positive length")
        if not 0 <= self.pickup_ticks < self.meters[0].meter.ticks_per_bar:
            raise ValueError("a pickup is shorter than a bar")
        for before, after in zip(self.meters, self.meters[1:], strict=False):
            if (after.tick - before.tick - (self.pickup_ticks if before.tick == 0 else 0)) % before.meter.ticks_per_bar:
                raise ValueError(f"the meter change at tick {after.tick} is not on a bar line")

    @classmethod
    def constant(cls, bpm: float, meter: Meter | None = None) -> TempoMap:
        """One tempo and one meter throughout."""
        return cls(tempo_changes([(0, bpm)]), (MeterChange(0, meter or Meter()),))

    def ns_at(self, tick: int) -> int:
        """Nanoseconds from the start of the cue to `tick`, rounded down; exact integer arithmetic."""
        ticks, starts = self._tempo_starts()
        index = max(0, bisect_right(ticks, tick) - 1)
        us_960 = starts[index] + (tick - ticks[index]) * self.tempi[index].us_per_quarter
        return us_960 * 1000 // TICKS_PER_QUARTER

    def seconds_at(self, tick: int) -> Seconds:
        """Seconds from the start of the cue to `tick`."""
        return Seconds(self.ns_at(tick) / NS_PER_S)

    def tick_at_ns(self, ns: int) -> Ticks:
        """Return the tick nearest to a time in nanoseconds from the start of the cue."""
        ticks, starts = self._tempo_starts()
        us_960 = Fraction(ns * TICKS_PER_QUARTER, 1000)
        index = max(0, bisect_right(starts, us_960) - 1)
        return Ticks(ticks[index] + round((us_960 - starts[index]) / self.tempi[index].us_per_quarter))

    def bpm_at(self, tick: int) -> float:
        """Quarter notes per minute at `tick`."""
        index = max(0, bisect_right(self._tempo_starts()[0], tick) - 1)
        return US_PER_MINUTE / self.tempi[index].us_per_quarter

    def meter_at(self, tick: int) -> Meter:
        """Meter in force at `tick`."""
        return self.meters[bisect_right(self.meters, max(0, tick), key=lambda change: change.tick) - 1].meter

    def _tempo_starts(self) -> tuple[list[int], list[int]]:
        if not hasattr(self, "_known"):
            object.__setattr__(self, "_known", _starts(self.tempi))
        return self._known

    def bar_lines(self, end_tick: int) -> Iterator[Ticks]:
        """Yield the bar lines in ``[0, end_tick)``, the first downbeat at the end of the pickup."""
        ends = [change.tick for change in self.meters[1:]] + [end_tick]
        for change, end in zip(self.meters, ends, strict=True):
            first = change.tick + (self.pickup_ticks if change.tick == 0 else 0)
            for tick in range(first, min(end, end_tick), change.meter.ticks_per_bar):
                yield Ticks(tick)

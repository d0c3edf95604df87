"""One tempo map and one tick axis for a whole edit, as a MIDI file needs it.

A cue has its own ticks from its own first frame.  In the file the silence between two cues is filled with bars whose
tempo is chosen so that the next cue begins on a bar line and on its exact time: the two bars before it have its own
meter and tempo, as a count-in needs them, and what comes before those is the next cue's tempo stretched as little as
whole bars allow; there the last quarter takes up what rounding to whole microseconds left.  A silence with no room for
that is stretched as a whole.  Each cue then starts within half a microsecond of its first frame, and the error is never
carried on to the next.

Every tempo change that is added stands on a whole quarter of the file, because Ardour moves others to the nearest one
and everything behind them with it.  A cue that ends between two quarters goes on to the next in its own tempo; where
the next cue begins before that, the last quarter (half as long to one and a half times as long as it was) is stretched
to end there, and what sounds in it, or beyond the start of the next cue, is placed on the nearest tick.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Final

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import NS_PER_S, TICKS_PER_QUARTER, Meter, TempoChange, TempoMap

_UNITS_PER_NS: Final = Fraction(TICKS_PER_QUARTER, 1000)
"""Time is counted in 1/960 microsecond: a tick at n microseconds per quarter lasts n of them."""
_UNITS_PER_S: Final = int(NS_PER_S * _UNITS_PER_NS)
_FASTEST_US, _SLOWEST_US = 200_000, 3_000_000
"""300 and 20 quarters a minute: what bars of silence may be stretched to."""
_ABSURD_US: Final = 100_000
"""600 quarters a minute."""
_DEFAULT_US: Final = 500_000
COUNT_IN_BARS: Final = 2
"""Bars before a cue that have its own tempo, where there is silence for them."""


@dataclass(frozen=True, slots=True)
class MeterAt:
    """From file tick `tick` on, bars have this meter."""

    tick: int
    beats: int
    unit: int


@dataclass(frozen=True, slots=True)
class SongMap:
    """Tempo, meters and the first tick of each cue of a score."""

    tempo: TempoMap
    """File ticks to time from the first frame of the edit."""
    meters: tuple[MeterAt, ...]
    bases: tuple[int, ...]
    """File tick of each cue's first frame, in the order of the score's cues."""
    _limits: tuple[int, ...]
    """For each cue the first file tick that is no longer its own."""
    _starts_ns: tuple[int, ...]
    _cue_tempi: tuple[TempoMap, ...]

    def tick(self, cue_index: int, tick: int) -> int:
        """Return the file tick of a tick of a cue."""
        own = self.bases[cue_index] + tick
        if own < self._limits[cue_index]:
            return own
        return self.tick_at_ns(self._starts_ns[cue_index] + self._cue_tempi[cue_index].ns_at(tick))

    def tick_at_ns(self, ns: int) -> int:
        """Return the file tick nearest to a time from the first frame of the edit."""
        return max(0, int(self.tempo.tick_at_ns(ns)))


def song_map(score: Score) -> SongMap:
    """Lay the cues of a score on one tick axis."""
    order = cues_in_order(score)
    drawn = _Drawing()
    bases, limits = [0] * len(order), [0] * len(order)
    for position, index in enumerate(order):
        cue = score.cues[index]
        limit = drawn.silence_until(_start_units(score, cue), cue)
        if position:
            limits[order[position - 1]] = limit
        bases[index] = drawn.end_tick
        drawn.add_cue(cue)
    if order:
        limits[order[-1]] = 1 << 62
    return SongMap(
        tempo=TempoMap(drawn.tempo_changes()),
        meters=drawn.meter_changes(),
        bases=tuple(bases),
        _limits=tuple(limits),
        _starts_ns=tuple(score.cue_start_ns(cue) for cue in score.cues),
        _cue_tempi=tuple(cue.tempo for cue in score.cues),
    )


def cues_in_order(score: Score) -> list[int]:
    """Return indices of the cues by time of their first frame."""
    return sorted(range(len(score.cues)), key=lambda index: score.cues[index].in_frame)


def _start_units(score: Score, cue: CueMusic) -> Fraction:
    return score.frame_time(cue.in_frame).exact_s * _UNITS_PER_S


@dataclass(slots=True)
class _Drawing:
    """The map up to `end_tick`; `tempi` and `meters` are keyed by file tick, later entries replace earlier ones."""

    tempi: dict[int, int] = field(default_factory=dict)
    meters: dict[int, tuple[int, int]] = field(default_factory=dict)
    end_tick: int = 0
    end_units: int = 0
    """Exact time of `end_tick`."""
    bar_ticks: int = 0
    bar_lines: tuple[int, ...] = (0,)
    """Of the last cue."""
    _cue: _Ticks = field(default_factory=lambda: _Ticks(0, 0, (TempoChange(0, _DEFAULT_US),)))
    _begins_in_bar: bool = False
    """Whether the bar in which the next cue begins is a whole one that began in silence."""

    def silence_until(self, at: Fraction, cue: CueMusic) -> int:
        """Go on to time `at`, where `cue` begins; return the tick where the stretched silence begins."""
        meter, us = cue.tempo.meters[0].meter, cue.tempo.tempi[0].us_per_quarter
        bar_ticks = self.bar_ticks or meter.ticks_per_bar
        start = _next_quarter(self.end_tick)
        rest_ticks = (self.bar_lines[-1] - start) % bar_ticks
        for lead_ticks in _leads(meter, cue.tempo.pickup_ticks):
            until = at - lead_ticks * us
            bars_ticks = _whole_bars(until - self._cue.units_at(start), us, start, rest_ticks, bar_ticks)
            if bars_ticks:
                self._stretch(start, start + bars_ticks, until)
                self._count_in(lead_ticks, us, meter)
                if not start:
                    self.meters[0] = (meter.beats, meter.unit)
                return start
        return self._short_seam(at)

    def add_cue(self, cue: CueMusic) -> None:
        """Lay a cue from `end_tick` on."""
        base, tempo = self.end_tick, cue.tempo
        self._cue = _Ticks(base, self.end_units, tempo.tempi)
        for change in tempo.tempi:
            self.tempi[base + change.tick] = change.us_per_quarter
        if tempo.pickup_ticks and not self._begins_in_bar and (short := _meter_of(tempo.pickup_ticks)):
            self.meters[base] = short
        for meter_change in tempo.meters:
            tick = meter_change.tick or tempo.pickup_ticks
            self.meters[base + tick] = (meter_change.meter.beats, meter_change.meter.unit)
        last_note = max((n.onset_tick + n.length_ticks for part in cue.parts for n in part.notes), default=0)
        end = max(cue.end_tick, last_note)
        lines = [int(line) for line in tempo.bar_lines(end)] or [0]
        self.bar_lines = tuple(base + line for line in lines)
        self.bar_ticks = tempo.meter_at(lines[-1]).ticks_per_bar
        self.end_tick = base + end
        self.end_units = self._cue.units_at(self.end_tick)

    def tempo_changes(self) -> tuple[TempoChange, ...]:
        """Return the tempo changes; a repeated tempo is left out."""
        changes: list[TempoChange] = []
        for tick, us in sorted(({0: _DEFAULT_US} | self.tempi).items()):
            if not changes or changes[-1].us_per_quarter != us:
                changes.append(TempoChange(tick, us))
        return tuple(changes)

    def meter_changes(self) -> tuple[MeterAt, ...]:
        """Return the meters, of which each starts a bar."""
        meters: list[MeterAt] = []
        for tick, (beats, unit) in sorted(({0: (4, 4)} | self.meters).items()):
            before = meters[-1] if meters else None
            says_nothing = (
                before is not None
                and (before.beats, before.unit) == (beats, unit)
                and (tick - before.tick) % Meter(beats, unit).ticks_per_bar == 0
            )
            if not says_nothing:
                meters.append(MeterAt(tick, beats, unit))
        return tuple(meters)

    def _count_in(self, ticks: int, us: int, meter: Meter) -> None:
        """Go on by bars of the next cue's tempo and meter, of which the last may be incomplete."""
        self._begins_in_bar = bool(ticks % meter.ticks_per_bar)
        if ticks:
            self.tempi[self.end_tick] = us
            self.meters[self.end_tick] = (meter.beats, meter.unit)
            self.end_tick += ticks
            self.end_units += ticks * us

    def _stretch(self, start: int, end: int, at: Fraction) -> None:
        """Fill ``[start, end)`` so that `end` lies at time `at`; the last quarter takes up the rounding."""
        last = max(start, end - TICKS_PER_QUARTER)
        self._cut_from(start)
        units = self._cue.units_at(start)
        if last > start:
            self.tempi[start] = round((at - units) / (end - start))
            units += self.tempi[start] * (last - start)
        self.tempi[last] = max(1, round((at - units) / (end - last)))
        self.end_tick, self.end_units = end, units + self.tempi[last] * (end - last)

    def _short_seam(self, at: Fraction) -> int:
        """Bridge a gap too short for bars, or none, by quarters; return the first tick of them."""
        self._begins_in_bar = False
        first = _next_quarter(self._cue.base)
        last = self._cue.last_tick_until(at) // TICKS_PER_QUARTER * TICKS_PER_QUARTER
        start = max(first, min(_next_quarter(self.end_tick), last))
        if start > first and at - self._cue.units_at(start) < self._cue.us_at(start) * TICKS_PER_QUARTER // 2:
            start -= TICKS_PER_QUARTER
        gap = at - self._cue.units_at(start)
        if gap <= 0:
            self._cut_from(start)
            self.end_tick, self.end_units = start, self._cue.units_at(start)
            return start
        ticks = max(1, round(gap / self._cue.us_at(start) / TICKS_PER_QUARTER)) * TICKS_PER_QUARTER
        if gap / ticks < _ABSURD_US:  # less than a tenth of a second in all: no quarter fits
            ticks = max(1, round(gap / self._cue.us_at(start)))
        self._stretch(start, start + ticks, at)
        bar = max((line for line in self.bar_lines if line < self.end_tick), default=self._cue.base)
        if short := _meter_of(self.end_tick - bar):
            self.meters[bar] = short
        return start

    def _cut_from(self, tick: int) -> None:
        self.tempi = {at: us for at, us in self.tempi.items() if at < tick}
        self.meters = {at: meter for at, meter in self.meters.items() if at < tick}


class _Ticks:
    """Exact times of the file ticks of one cue, which starts at tick `base` and time `units`."""

    def __init__(self, base: int, units: int, tempi: Sequence[TempoChange]) -> None:
        self.base = base
        self._us = [change.us_per_quarter for change in tempi]
        self._ticks = [base + change.tick for change in tempi]
        self._units = [units]
        for (a, b), us in zip(pairwise(self._ticks), self._us, strict=False):
            self._units.append(self._units[-1] + (b - a) * us)

    def units_at(self, tick: int) -> int:
        index = self._index(tick)
        return self._units[index] + (tick - self._ticks[index]) * self._us[index]

    def us_at(self, tick: int) -> int:
        return self._us[self._index(tick)]

    def last_tick_until(self, at: Fraction) -> int:
        """Return the last tick that does not lie after time `at`, at least the first of the cue."""
        index = max(0, bisect_right(self._units, at) - 1)
        return max(self.base, self._ticks[index] + int((at - self._units[index]) // self._us[index]))

    def _index(self, tick: int) -> int:
        return max(0, bisect_right(self._ticks, tick) - 1)


def _next_quarter(tick: int) -> int:
    return -(-tick // TICKS_PER_QUARTER) * TICKS_PER_QUARTER


def _leads(meter: Meter, pickup_ticks: int) -> list[int]:
    """Return how long the next cue's tempo may hold before it: two bars, or none.

    Where the pickup is no whole number of quarters, both have in front what its bar lacks: so bar lines stand on
    quarters.
    """
    bar_ticks = meter.ticks_per_bar
    lacking = (bar_ticks - pickup_ticks) % bar_ticks if pickup_ticks % TICKS_PER_QUARTER else 0
    leads = [lead for lead in (COUNT_IN_BARS * bar_ticks + lacking, lacking) if lead]
    return leads if lacking else [*leads, 0]


def _whole_bars(gap: Fraction, us_per_quarter: int, start: int, rest_ticks: int, bar_ticks: int) -> int:
    """Return ticks for the silence that end on a bar line and on a quarter, at nearly this tempo.

    0 where the tempo would be absurd.
    """
    nearest = max(0, round((gap / us_per_quarter - rest_ticks) / bar_ticks))
    for n_bars in (nearest, nearest + 1, nearest - 1):
        ticks = rest_ticks + n_bars * bar_ticks
        on_quarter = (start + ticks) % TICKS_PER_QUARTER == 0
        if ticks > 0 and on_quarter and _FASTEST_US <= gap / ticks <= _SLOWEST_US:
            return ticks
    return 0


def _meter_of(ticks: int) -> tuple[int, int] | None:
    """Return the meter of one bar of this length, with quarters where they fit; None where no meter has it."""
    for unit in (4, 8, 16):
        beats, left = divmod(ticks, Meter(1, unit).ticks_per_beat)
        if not left and 1 <= beats <= 32:
            return beats, unit
    return None

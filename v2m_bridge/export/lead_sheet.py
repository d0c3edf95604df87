"""A cue as a lead sheet: bars, one line of notes, chords and tempi, all on a grid of sixteenths.

A cue ends where its picture does, which is seldom on a beat: its last bar is as long as the sixteenths that it touches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from v2m_bridge.core.score import CueMusic, Note, Part
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, Meter
from v2m_bridge.export.marks import chord_changes

GRID_TICKS: Final = TICKS_PER_QUARTER // 4


class Held(NamedTuple):
    """A note or, where `pitch` is None, a rest; counted in sixteenths from the start of the cue."""

    start: int
    end: int
    pitch: int | None
    is_held: bool = False
    """Whether it began in the bar before."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a cue; times count sixteenths from the start of the cue."""

    start: int
    end: int
    meter: Meter
    key: str
    """``A minor``"""
    line: tuple[Held, ...]
    """Fills the bar; what is held into it or out of it has the same pitch on both sides of the bar line."""
    chords: tuple[tuple[int, str], ...]
    tempi: tuple[tuple[int, float], ...]
    """Time and quarters a minute."""

    @property
    def is_whole(self) -> bool:
        """Whether the bar is as long as its meter says."""
        return (self.end - self.start) * GRID_TICKS == self.meter.ticks_per_bar


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """The bars of a cue, and whether their line is a bass."""

    bars: tuple[Bar, ...]
    is_bass: bool


def lead_sheet(cue: CueMusic) -> LeadSheet:
    """Return the melody of a cue with its chords; the bass where there is no melody, else its top line."""
    part, is_bass = _part(cue)
    end = -(-cue.end_tick // GRID_TICKS)
    line = _line(part.notes, end, lowest=is_bass) if part else []
    chords = [(_grid(tick), chord) for tick, chord in chord_changes(cue)]
    tempi = [(_grid(change.tick), cue.tempo.bpm_at(change.tick)) for change in cue.tempo.tempi]
    lines = (_grid(tick) for tick in cue.tempo.bar_lines(cue.end_tick))
    edges = sorted({0, end, *(at for at in lines if at < end)})
    bars = tuple(
        Bar(
            start,
            stop,
            cue.tempo.meter_at(start * GRID_TICKS),
            _key_at(cue, start),
            _within(line, start, stop),
            tuple(each for each in chords if start <= each[0] < stop),
            tuple(each for each in tempi if start <= each[0] < stop),
        )
        for start, stop in pairwise(edges)
    )
    return LeadSheet(bars, is_bass)


def _grid(tick: int) -> int:
    return round(tick / GRID_TICKS)


def _part(cue: CueMusic) -> tuple[Part | None, bool]:
    parts = {part.name: part for part in reversed(cue.parts) if part.notes}
    if "melody" not in parts and "bass" in parts:
        return parts["bass"], True
    return parts.get("melody") or next((part for part in cue.parts if part.notes), None), False


def _line(notes: Sequence[Note], end: int, *, lowest: bool) -> list[Held]:
    """Return one note at a time: the lowest or highest of those that begin together, up to where the next begins."""
    at: dict[int, Held] = {}
    for note in notes:
        start, stop = _grid(note.onset_tick), min(end, _grid(note.onset_tick + note.length_ticks))
        there = at.get(start)
        if start >= end or (there and there.pitch is not None and (there.pitch < note.pitch) == lowest):
            continue
        at[start] = Held(start, max(start + 1, stop), note.pitch)
    starts = sorted(at)
    afters = [*starts[1:], end][: len(starts)]  # a part whose only notes lie on the end has none
    return [at[start]._replace(end=min(at[start].end, after)) for start, after in zip(starts, afters, strict=True)]


def _within(line: Sequence[Held], start: int, stop: int) -> tuple[Held, ...]:
    """Return what of a line lies in a bar, with rests where there is nothing."""
    found: list[Held] = []
    now = start
    for held in line:
        if held.end <= start or held.start >= stop:
            continue
        first, last = max(start, held.start), min(stop, held.end)
        if first > now:
            found.append(Held(now, first, None))
        found.append(Held(first, last, held.pitch, held.start < start))
        now = last
    if now < stop:
        found.append(Held(now, stop, None))
    return tuple(found)


def _key_at(cue: CueMusic, at: int) -> str:
    slot = sum(1 for slot in cue.slots if slot.onset_tick <= at * GRID_TICKS) - 1
    return cue.key_at(max(0, slot))

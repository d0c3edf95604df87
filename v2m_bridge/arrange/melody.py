"""A free melody: motifs in phrases of four bars, on the chords and inside the scale.

Reads from left to right: a note depends on its own bar and on earlier ones.  A bar whose motif and chords were heard
before is sung again as it was, so that a tune is remembered; the last bar of a phrase comes to rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.arrange.motif import Cell, Motif, varied
from v2m_bridge.core.harmony import Chord, Key

_LARGEST_LEAP: Final = 7
"""Semitones from one note to the next; a bar that is sung again may begin no farther away."""
_NEAR: Final = 4
"""Semitones by which the first note of a bar comes nearer to where the bar aims, at most."""
_LIFT: Final = 9
_STEP: Final = 2
_LEAP_COST: Final = 0.3
"""What a semitone beyond a step costs, in semitones away from where a note was wanted."""
_CHROMATIC_COST: Final = 1.5
"""The same into a chord that is not in the key, or out of one, whose tones lie elsewhere than the line goes."""
_VARIED: Final = 0.1
"""Share of the bars that end another way than their motif."""


class Sung(NamedTuple):
    """A note of a melody, in ticks from the start of the cue."""

    onset_tick: int
    length_ticks: int
    pitch: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A bar to sing in."""

    start_tick: int
    end_tick: int
    beat_ticks: int
    bar_in_phrase: int
    is_last: bool
    """The phrase ends with this bar."""
    chords: tuple[tuple[int, Chord], ...]
    """Each chord and the tick from which it sounds; empty is silence."""
    key: Key

    def chord_at(self, tick: int) -> Chord:
        """Return the chord that sounds at a tick."""
        return next(chord for at, chord in reversed(self.chords) if at <= tick)


@dataclass(slots=True)
class Singer:
    """Sings measure after measure between two pitches; `centre` is where a phrase begins."""

    motif: Motif
    low: int
    high: int
    centre: int
    seed: tuple[int, int]
    """Key of the draws, one stream for each measure."""
    _n_sung: int = 0
    _last: int | None = None
    _known: dict[tuple[object, ...], tuple[int, ...]] = field(default_factory=dict)
    _heard: dict[tuple[object, ...], list[tuple[int, ...]]] = field(default_factory=dict)
    """What was sung to a rhythm and a contour, over any chords."""

    def sing(self, measure: Measure) -> tuple[Sung, ...]:
        """Return the notes of a measure, in order, each ended before the next."""
        draws = self._draws()
        if not measure.chords:
            return ()
        onsets, cell = self._onsets(measure)
        if draws.random() < _VARIED:
            cell = varied(cell, draws)
        relative = tuple((tick - measure.start_tick, chord) for tick, chord in measure.chords)
        name = cell, measure.bar_in_phrase % 4 if measure.is_last else -1, relative, tuple(onsets)
        pitches = self._known.get(name)
        if pitches is None or (self._last is not None and abs(pitches[0] - self._last) > _LARGEST_LEAP):
            pitches = self._moved(measure, onsets, cell) or self._pitches(measure, onsets, cell)
            self._known.setdefault(name, pitches)
        heard = self._heard.setdefault(_rhythm(measure, onsets, cell), [])
        if pitches not in heard:
            heard.append(pitches)
        self._last = pitches[-1]
        return tuple(_held(measure, onsets, pitches, self.motif))

    def rest(self, heard: int | None = None) -> None:
        """Let a measure go by in which something else sounds, or nothing; `heard` is its last pitch, to go on from."""
        self._n_sung += 1
        self._last = self._last if heard is None else heard

    def _draws(self) -> np.random.Generator:
        """Return the draws of the next measure."""
        stream = np.random.Philox(key=np.array(self.seed, dtype=np.uint64), counter=[0, 0, 0, self._n_sung])
        self._n_sung += 1
        return np.random.Generator(stream)

    def _onsets(self, measure: Measure) -> tuple[list[int], Cell]:
        cell = self.motif.cells["c"] if measure.is_last else self.motif.cell(measure.bar_in_phrase)
        ticks = [measure.start_tick + round(beat * measure.beat_ticks) for beat in cell.beats]
        first = measure.chords[0][0]
        inside = [tick for tick in ticks if first <= tick < measure.end_tick]
        return inside or [first], cell

    def _pitches(self, measure: Measure, onsets: Sequence[int], cell: Cell) -> tuple[int, ...]:
        aim = self._aim(measure)
        found: list[int] = []
        for index, tick in enumerate(onsets):
            chord = measure.chord_at(tick)
            scale = scale_of(measure.key, chord)
            tones = self._fitting(measure, onsets, index)
            before = found[-1] if found else self._last
            if before is None:
                found.append(self._nearest(aim, chord.pitch_classes))
                continue
            wanted = _stepped(before, cell.steps[(index - 1) % len(cell.steps)] if found else 0, scale)
            if not found:
                wanted = before + max(-_NEAR, min(_NEAR, aim - before))
            if not self.low <= wanted <= self.high:
                wanted = _stepped(before, -cell.steps[(index - 1) % len(cell.steps)], scale)
            cost = _CHROMATIC_COST if _is_chromatic(chord, before, measure.key) else _LEAP_COST
            found.append(self._nearest(wanted, tones, before, cost))
        return tuple(found)

    def _moved(self, measure: Measure, onsets: Sequence[int], cell: Cell) -> tuple[int, ...] | None:
        """Return a bar that was sung before, moved to where it fits the chords that sound now; None where none does."""
        aim = self._aim(measure)
        start = aim if self._last is None else self._last + max(-_NEAR, min(_NEAR, aim - self._last))
        tones = [self._fitting(measure, onsets, index, is_free=not measure.is_last) for index in range(len(onsets))]
        trials = [
            tuple(pitch + by for pitch in heard)
            for heard in self._heard.get(_rhythm(measure, onsets, cell), ())
            for by in range(start - _LARGEST_LEAP - heard[0], start + _LARGEST_LEAP + 1 - heard[0])
        ]
        fitting = [
            trial
            for trial in trials
            if (self._last is None or abs(trial[0] - self._last) <= _LARGEST_LEAP)
            and all(self.low <= pitch <= self.high for pitch in trial)
            and all(pitch % 12 in own for pitch, own in zip(trial, tones, strict=True))
        ]
        return min(fitting, key=lambda trial: (abs(trial[0] - start), trial), default=None)

    def _fitting(self, measure: Measure, onsets: Sequence[int], index: int, *, is_free: bool = False) -> frozenset[int]:
        """Return the pitch classes for a note: on a strong beat and at the end those of the chord, else the scale.

        Where the end is free it need not be a tone of the chord.
        """
        chord, is_end = measure.chord_at(onsets[index]), index == len(onsets) - 1
        strong = (onsets[index] - measure.start_tick) % (2 * measure.beat_ticks) == 0 or (is_end and not is_free)
        return frozenset(chord.pitch_classes) if strong else scale_of(measure.key, chord)

    def _aim(self, measure: Measure) -> int:
        return self.centre + round(12 / 7 * self.motif.aim(measure.bar_in_phrase)) + self._lift()

    def _lift(self) -> int:
        """Return by how much a phrase lies above the others: every third of four does."""
        return _LIFT if (self._n_sung - 1) // 4 % 4 == 2 else 0

    def _nearest(self, wanted: int, pitch_classes: Iterable[int], before: int | None = None, cost: float = 0.0) -> int:
        """Return the pitch nearest to one, of these classes and inside the range; of two the lower one.

        What is more than a step from the note before counts as farther away, by a cost for each semitone.
        """
        classes = frozenset(pitch_classes)
        inside = (pitch for pitch in range(self.low, self.high + 1) if pitch % 12 in classes)
        start = wanted if before is None else before

        def far(pitch: int) -> float:
            return abs(pitch - wanted) + cost * max(0, abs(pitch - start) - _STEP)

        return min(inside, key=lambda pitch: (far(pitch), pitch))


def _rhythm(measure: Measure, onsets: Sequence[int], cell: Cell) -> tuple[object, ...]:
    return cell, tuple(tick - measure.start_tick for tick in onsets)


def scale_of(key: Key, chord: Chord) -> frozenset[int]:
    """Return the seven pitch classes of a key, each that lies a semitone from a tone of the chord replaced by it."""
    scale = set(key.scale)
    tones = frozenset(chord.pitch_classes)
    for tone in tones - scale:
        scale -= {pitch for pitch in ((tone + 1) % 12, (tone - 1) % 12) if pitch not in tones}
        scale.add(tone)
    return frozenset(scale)


def _is_chromatic(chord: Chord, before: int, key: Key) -> bool:
    return before % 12 not in key.scale or not frozenset(chord.pitch_classes) <= frozenset(key.scale)


def _stepped(pitch: int, steps: int, scale: frozenset[int]) -> int:
    """Go some steps of a scale up or down."""
    way = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += way
        while pitch % 12 not in scale:
            pitch += way
    return pitch


def _held(measure: Measure, onsets: Sequence[int], pitches: Sequence[int], motif: Motif) -> list[Sung]:
    """Let each note last to the next, no longer than the motif holds any; the last one of a phrase leaves a rest."""
    longest = round(motif.longest_beats * measure.beat_ticks)
    ends = [min(end, tick + longest) for tick, end in zip(onsets, [*onsets[1:], measure.end_tick], strict=True)]
    if measure.is_last:
        rest = round(motif.rest_beats * measure.beat_ticks)
        ends[-1] = min(measure.end_tick, max(onsets[-1] + measure.beat_ticks, measure.end_tick - rest))
    return [Sung(tick, stop - tick, pitch) for tick, stop, pitch in zip(onsets, ends, pitches, strict=True)]

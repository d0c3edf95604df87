"""Themes for tests, and finding one in a part by its intervals and its rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from v2m_bridge.core.harmony import Key
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import Note, Part
from v2m_bridge.core.theme import Theme, ThemeNote, degree_mapped
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, Meter

SHARE_FOUND = 0.8
Move = tuple[int, int]
"""Semitones to the next note, and twelfths of a quarter until it begins."""
_RHYTHMS = ((1, 1, 1, 1), (1.5, 0.5, 1, 1), (1, 0.5, 0.5, 2), (2, 1, 1), (0.5, 0.5, 1, 2), (1, 1, 2), (3, 1))


def drawn_theme(seed: int, n_bars: int | None = None, name: str = "hero") -> Theme:
    """A melody of 2 to 8 bars of 4/4 in a key of its own: steps and small leaps on common rhythms, an octave wide."""
    draws = np.random.Generator(np.random.Philox(key=[seed, 7]))
    key = Key(int(draws.integers(12)), "major" if draws.random() < 0.5 else "minor")
    bars = int(draws.choice([2, 4, 8])) if n_bars is None else n_bars
    degree, notes = int(draws.choice([0, 2, 4])), []
    for bar in range(bars):
        beat = Fraction(4 * bar)
        for length in _RHYTHMS[int(draws.integers(len(_RHYTHMS)))]:
            pitch = 60 + key.tonic + 12 * (degree // 7) + (key.scale[degree % 7] - key.tonic) % 12
            notes.append(ThemeNote(beat, Fraction(length), pitch))
            beat += Fraction(length)
            degree = min(7, max(0, degree + int(draws.choice([-2, -1, 1, 1, 2, -1, 3]))))
    return Theme(name, key, Meter(4, 4), tuple(notes))


def with_theme(plan: CuePlan, theme: Theme, form: str | None = None) -> CuePlan:
    """The plan of a cue that names a theme."""
    return replace(plan, wishes=replace(plan.wishes, theme=theme.name, theme_form=form, tune=theme))


def theme_moves(theme: Theme, key: Key, stretch: int = 1, n_notes: int | None = None) -> list[Move]:
    """The sequence of a theme, mapped to the mode of a key."""
    quarter = Fraction(4, theme.meter.unit)
    notes = theme.notes[:n_notes]
    return [
        (
            degree_mapped(b.pitch, theme.key, key) - degree_mapped(a.pitch, theme.key, key),
            round(12 * stretch * quarter * (b.beat - a.beat)),
        )
        for a, b in pairwise(notes)
    ]


def part_moves(notes: Sequence[Note]) -> list[Move]:
    return [
        (b.pitch - a.pitch, round(12 * (b.onset_tick - a.onset_tick) / TICKS_PER_QUARTER)) for a, b in pairwise(notes)
    ]


def places_of(wanted: Sequence[Move], notes: Sequence[Note]) -> list[int]:
    """Ticks at which a sequence begins of which 80 % are equal."""
    moves = part_moves(notes)
    return [
        notes[first].onset_tick
        for first in range(len(moves) - len(wanted) + 1)
        if sum(a == b for a, b in zip(wanted, moves[first : first + len(wanted)], strict=True))
        >= SHARE_FOUND * len(wanted)
    ]


def part_named(parts: Sequence[Part], name: str = "melody") -> Part:
    return next(part for part in parts if part.name == name)

"""Figures: which tone of a chord sounds on which part of a beat, written as short text.

``0:0 0.5:1 1:2 | 0:3 1:*`` holds two cells of two beats, for the first and the second slot of a chord (and so on in
turn).  Before the colon stands the beat in the cell, after it the tone of the voicing counted from the lowest, or
``*`` for all of them; ``-`` is a rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

ALL_TONES: Final = -1
CELL_BEATS: Final = 2


@dataclass(frozen=True, slots=True)
class Stroke:
    """A stroke of a figure: `beat` from the start of its cell, `tone` of the voicing or `ALL_TONES`."""

    beat: Fraction
    tone: int


Figure = tuple[tuple[Stroke, ...], ...]
"""Cells of two beats, used in turn."""


def parse_figure(text: str) -> Figure:
    """Read a figure.

    Raises
    ------
    ValueError
        When a stroke is not ``beat:tone`` or lies outside its cell of two beats.
    """
    return tuple(_parse_cell(cell.split()) for cell in text.split("|"))


def _parse_cell(words: list[str]) -> tuple[Stroke, ...]:
    if words == ["-"]:
        return ()
    strokes = []
    for word in words:
        beat, colon, tone = word.partition(":")
        stroke = Stroke(Fraction(beat), ALL_TONES if tone == "*" else int(tone))
        if not colon or not 0 <= stroke.beat < CELL_BEATS or stroke.tone < ALL_TONES:
            raise ValueError(f"{word!r} is not a stroke of a figure")
        strokes.append(stroke)
    return tuple(strokes)


def mean_notes(figure: Figure, n_all: int) -> float:
    """Return how many notes a cell of a figure has on average, where all tones are `n_all`."""
    return sum(n_all if stroke.tone == ALL_TONES else 1 for cell in figure for stroke in cell) / len(figure)


def strokes_in_slot(
    figure: Figure, turn: int, slot_ticks: int, beat_ticks: int, step_ticks: int
) -> Iterator[tuple[int, int]]:
    """Yield (ticks after the slot's start, tone) of a figure in one slot.

    Parameters
    ----------
    figure : Figure
        What is played.
    turn : int
        How many slots the chord has lasted; picks the first cell.  A slot of more than two beats goes on with the
        next cell.
    slot_ticks, beat_ticks : int
        Length of the slot and of one notated beat.
    step_ticks : int
        Strokes that do not fall on a multiple of this are left out: finer ones would be too fast to play.
    """
    cell_ticks = CELL_BEATS * beat_ticks
    for cell in range(-(-slot_ticks // cell_ticks)):
        for stroke in figure[(turn + cell) % len(figure)]:
            tick = int(stroke.beat * beat_ticks)
            if tick % step_ticks == 0 and cell * cell_ticks + tick < slot_ticks:
                yield cell * cell_ticks + tick, stroke.tone

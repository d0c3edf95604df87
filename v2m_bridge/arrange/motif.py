"""Motifs: the few rhythms and contours that a cue's melody is made of, drawn once for the cue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

BEATS_DRAWN: Final = 8
"""A cell is drawn for the longest bar; a shorter bar takes its first beats."""
_IN_A_BEAT: Final = ((), (0.0,), (0.0, 0.5), (0.5,), (0.0, 0.75), (0.0, 0.25, 0.5, 0.75))
"""Onsets inside a beat: quarters and eighths mostly, as in songs."""
_IN_A_BEAT_SHARES: Final = (0.17, 0.42, 0.30, 0.05, 0.03, 0.03)
_SPLIT_FIRST: Final = 0.3
_TRIALS: Final = 32
_JUDGED_BEATS: Final = 4
_FEWEST_NOTES, _MOST_NOTES = 4, 7
_LEAST_STEPS, _MOST_STEPS = 0.7, 0.9
"""Share of the moves in a cell that are repeated notes or steps; a cell outside it is drawn again."""
_STEPS: Final = (0, 1, -1, 2, -2, 3, -3, 4)
"""Scale steps from a note to the next, a little more often down than up."""
_STEP_SHARES: Final = (0.22, 0.29, 0.33, 0.06, 0.06, 0.02, 0.01, 0.01)
_FORMS: Final = ("abac", "aabc", "abac", "abbc", "abab", "aaac")
"""Which cell each bar of a phrase of four takes; c is the one that comes to rest."""
_ARCHES: Final = ((0, 3, 5, 0), (0, 1, 5, 2), (3, 5, 1, -2), (0, 4, 2, -2))
"""Scale steps by which each bar of a phrase aims above the phrase."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One bar of a motif: beats from the bar line, and scale steps from each note to the next."""

    beats: tuple[float, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Motif:
    """What a melody is made of."""

    cells: dict[str, Cell]
    """By letter of the form."""
    form: str
    arch: tuple[int, ...]
    rest_beats: float
    """How much of the last bar of a phrase is silent at least."""
    longest_beats: float
    """No note but the last of a phrase is held longer."""

    def cell(self, bar_in_phrase: int) -> Cell:
        """Return the cell of a bar, counted from the start of its phrase."""
        return self.cells[self.form[bar_in_phrase % len(self.form)]]

    def aim(self, bar_in_phrase: int) -> int:
        """Return the scale steps by which a bar aims above its phrase."""
        return self.arch[bar_in_phrase % len(self.arch)]


_RESTS: Final = (1.5, 2.0, 2.5, 3.0)
_LONGEST: Final = (1.0, 1.5, 1.5, 2.0)


def draw_motif(draws: np.random.Generator) -> Motif:
    """Draw the motif of a cue.

    Parameters
    ----------
    draws : numpy.random.Generator
        The cue's own, so that one seed gives one motif.
    """
    a, b = _cell(draws), _cell(draws)
    form = _FORMS[int(draws.integers(len(_FORMS)))]
    arch = _ARCHES[int(draws.integers(len(_ARCHES)))]
    rest, longest = _RESTS[int(draws.integers(len(_RESTS)))], _LONGEST[int(draws.integers(len(_LONGEST)))]
    return Motif({"a": a, "b": b, "c": _closing(a, draws)}, form, arch, rest, longest)


def varied(cell: Cell, draws: np.random.Generator) -> Cell:
    """Return a cell whose start is kept and whose end goes another way."""
    n_kept = min(len(cell.beats) // 2, int(draws.integers(1, 4)))
    return Cell(cell.beats, (*cell.steps[:n_kept], *_steps(len(cell.beats) - n_kept, draws)))


def _cell(draws: np.random.Generator) -> Cell:
    """Draw a cell until one moves and breathes as songs do in its first four beats, or the last of a few."""
    for _ in range(_TRIALS):
        cell = _any_cell(draws)
        moves = [abs(step) <= 1 for step, beat in zip(cell.steps, cell.beats, strict=True) if beat < _JUDGED_BEATS]
        if _FEWEST_NOTES <= len(moves) <= _MOST_NOTES and _LEAST_STEPS <= sum(moves) / len(moves) <= _MOST_STEPS:
            break
    return cell


def _any_cell(draws: np.random.Generator) -> Cell:
    """Draw a cell that begins on the bar line."""
    beats = [0.0, 0.5] if draws.random() < _SPLIT_FIRST else [0.0]
    for beat in range(1, BEATS_DRAWN):
        beats += [beat + after for after in _IN_A_BEAT[_index(_IN_A_BEAT_SHARES, draws)]]
    return Cell(tuple(beats), tuple(_steps(len(beats), draws)))


def _closing(cell: Cell, draws: np.random.Generator) -> Cell:
    """Return the cell that ends a phrase: the start of another one, its last note to be held."""
    n_kept = int(draws.integers(1, 4))
    return Cell(cell.beats[:n_kept], (*cell.steps[: n_kept - 1], -1))


def _steps(number: int, draws: np.random.Generator) -> list[int]:
    return [_STEPS[_index(_STEP_SHARES, draws)] for _ in range(number)]


def _index(shares: tuple[float, ...], draws: np.random.Generator) -> int:
    return int(draws.choice(len(shares), p=shares))

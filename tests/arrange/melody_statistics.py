"""What songs are measured by: how a melody moves, rests, ranges and returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.arrange.melody import Sung

BANDS: Final = {
    "steps": (0.51, 0.81),
    "leaps": (0.0, 0.09),
    "rests": (0.07, 0.35),
    "range": (10.0, 17.0),
    "notes_per_beat": (0.7, 2.0),
    "recurring": (0.64, 0.98),
}
"""5 to 95 % of the melodies of POP909 (Wang et al. 2020)."""


class Moved(NamedTuple):
    """Figures of one melody."""

    steps: float
    """Share of moves of two semitones or less."""
    leaps: float
    """Share of moves over seven semitones."""
    rests: float
    """Share of the span in silences of half a beat or more."""
    range: float
    """Semitones between the 5th and the 95th percentile."""
    notes_per_beat: float
    recurring: float
    """Share of figures of four notes, intervals and rhythm, that come more than once."""


def measured(notes: Sequence[Sung], beat_ticks: int) -> Moved:
    """Measure a melody of at least four notes, in order."""
    onset = np.array([note.onset_tick for note in notes]) / beat_ticks
    end = onset + np.array([note.length_ticks for note in notes]) / beat_ticks
    pitch = np.array([note.pitch for note in notes])
    moves, gaps = np.diff(pitch), onset[1:] - end[:-1]
    span = float(end[-1] - onset[0])
    rhythm = np.rint(np.diff(onset) * 4).astype(int)
    figures = [(*moves[i : i + 3].tolist(), *rhythm[i : i + 3].tolist()) for i in range(len(moves) - 2)]
    counts = Counter(figures)
    low, high = np.percentile(pitch, [5, 95])
    return Moved(
        steps=float((np.abs(moves) <= 2).mean()),
        leaps=float((np.abs(moves) > 7).mean()),
        rests=float(gaps[gaps >= 0.5 - 1e-9].sum()) / span,
        range=float(high - low),
        notes_per_beat=len(notes) / span,
        recurring=sum(n for n in counts.values() if n > 1) / len(figures),
    )

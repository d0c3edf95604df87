"""Pieces over a grid of wished valence and arousal, and what their notes alone tell of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.neutral import planned
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.affect import Affect
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, Note
from v2m_bridge.core.timebase import TempoMap
from v2m_bridge.model.weights import Weights, load_weights

GRID: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
FEATURES: Final = ("notes_per_s", "velocity", "bpm", "pitch", "detached", "major_thirds", "brightness")
_PERCUSSION: Final = 10
_FIFTHS_UP: Final = 7


@dataclass(frozen=True)
class Heard:
    """A piece: what was wished, and figures of its notes."""

    valence: float
    arousal: float
    seed: int
    features: dict[str, float]


@cache
def loaded() -> Weights:
    return load_weights()


def piece(wishes: CueDirection) -> tuple[CuePlan, CueMusic]:
    """Compose the neutral minute."""
    plan = planned(wishes)
    return plan, compose_cue(plan, None, loaded())


def pieces(seeds: Iterable[int]) -> list[Heard]:
    """Compose every point of the grid with every seed, in the default style."""
    found = []
    for seed, valence, arousal in itertools.product(seeds, GRID, GRID):
        plan, music = piece(CueDirection(emotion=Affect(valence, arousal), seed=seed))
        notes = [note for part in music.parts if part.channel != _PERCUSSION for note in part.notes]
        found.append(Heard(valence, arousal, seed, heard(notes, plan.tempo, plan.end_tick)))
    return found


def heard(notes: list[Note], tempo: TempoMap, end_tick: int) -> dict[str, float]:
    """Return `FEATURES` of notes and their tempo map; nothing else of the piece is known."""
    seconds = tempo.seconds_at(end_tick)
    length, pitch, velocity = np.array([note[1:4] for note in notes], np.float64).T
    weights = np.bincount(pitch.astype(np.int64) % 12, length, 12).astype(np.float64)
    key = heard_key(weights)
    return {
        "notes_per_s": len(notes) / seconds,
        "velocity": float(velocity.mean()),
        "bpm": 60 * end_tick / 960 / seconds,
        "pitch": float(pitch.mean()),
        "detached": float(np.mean(length / (960 / 2))),
        "major_thirds": _major_thirds(notes),
        "brightness": brightness(weights, key),
    }


def brightness(weights: NDArray[np.float64], key: Key) -> float:
    """Mean place of the notes on the line of fifths from the tonic (0): Lydian is the brightest mode, Locrian the last.

    `weights` holds the ticks that each of the twelve pitch classes sounds.
    """
    places = np.array([((pc - key.tonic) * _FIFTHS_UP % 12 + 5) % 12 - 5 for pc in range(12)])
    return float((weights * places).sum() / weights.sum())


def heard_key(weights: NDArray[np.float64]) -> Key:
    """Find the key whose profile fits the pitch classes best.  Source of the profiles: Krumhansl and Kessler 1982."""
    profiles = {
        "major": [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
        "minor": [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
    }
    fits = {Key(tonic, mode): float(np.corrcoef(np.roll(profile, tonic), weights)[0, 1])  # type: ignore[arg-type]
            for mode, profile in profiles.items() for tonic in range(12)}  # fmt: skip
    return max(fits, key=fits.__getitem__)


def _major_thirds(notes: list[Note]) -> float:
    """Share of the triads struck together that are major."""
    chords: dict[int, set[int]] = {}
    for note in notes:
        chords.setdefault(note.onset_tick, set()).add(note.pitch % 12)
    major = minor = 0
    for tones in chords.values():
        major += any({r % 12, (r + 4) % 12, (r + 7) % 12} <= tones for r in range(12))
        minor += any({r % 12, (r + 3) % 12, (r + 7) % 12} <= tones for r in range(12))
    return (major + 1) / (major + minor + 2)

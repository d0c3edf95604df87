"""Valence and arousal are heard in the notes: over a grid of wishes, the unit is the piece, the style the default.

A linear model that has only the notes and the tempo of other pieces tells in which quadrant a piece was wished.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.affect import spearman
from tests.arrange.affect_grid import FEATURES, Heard, pieces

pytestmark = pytest.mark.usefixtures("one_thread")


def correlations(found: Sequence[Heard]) -> dict[str, float]:
    arousal, valence = [p.arousal for p in found], [p.valence for p in found]

    def of(wished: list[float], name: str) -> float:
        return spearman(wished, [p.features[name] for p in found])

    return {
        **{name: of(arousal, name) for name in ("notes_per_s", "velocity", "bpm")},
        **{name: of(valence, name) for name in ("major_thirds", "pitch")},
    }


def recovered(train: Sequence[Heard], test: Sequence[Heard]) -> float:
    """Share of the test pieces with valence and arousal off 0 whose signs a least-squares model of the others finds."""

    def rows(found: Sequence[Heard]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x = np.array([[p.features[name] for name in FEATURES] for p in found])
        return np.column_stack([x, np.ones(len(x))]), np.array([(p.valence, p.arousal) for p in found])

    x, wished = rows(train)
    scale = np.append(x[:, :-1].std(axis=0), 1.0)
    model = np.linalg.lstsq(x / scale, wished, rcond=None)[0]
    x, wished = rows([p for p in test if p.valence and p.arousal])
    return float(np.mean((np.sign(x / scale @ model) == np.sign(wished)).all(axis=1)))


def check(found: Sequence[Heard], middle: int) -> None:
    rho = correlations(found)
    quadrants = recovered([p for p in found if p.seed < middle], [p for p in found if p.seed >= middle])
    sys.stdout.write(f"{ {name: round(value, 3) for name, value in rho.items()} }, quadrants {quadrants:.3f}\n")
    assert min(rho["notes_per_s"], rho["velocity"], rho["bpm"]) >= 0.9
    assert min(rho["major_thirds"], rho["pitch"]) >= 0.8
    assert quadrants >= 0.85


@pytest.mark.long
def test_affect_is_heard_in_the_notes_of_twenty_seeds() -> None:
    check(pieces(range(20)), 10)

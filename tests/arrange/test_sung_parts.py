"""Melody parts sing, on progressions that the chord model gives, as the songs of POP909 do."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from tests.arrange.cues import Music, musics
from tests.arrange.melody_statistics import BANDS, Moved, measured
from tests.arrange.sung_themes import part_named
from tests.plans import make_plan
from v2m_bridge.arrange.melody import Sung
from v2m_bridge.composing import compose_cue
from v2m_bridge.model.weights import Weights, load_weights

pytestmark = pytest.mark.usefixtures("one_thread")


@cache
def shipped() -> Weights:
    return load_weights()


def sung(seed: int, style: str = "pop-band") -> Moved:
    """Measure the melody of a composed cue of 64 bars at arousal 0, intense enough for every part."""
    tonic, mode = 5 * seed % 12, "major" if seed % 2 else "minor"
    plan = make_plan(64, 100, mode, seed=seed, tonic=tonic, style=style, intensity=1.0)  # type: ignore[arg-type]
    notes = part_named(compose_cue(plan, None, shipped()).parts).notes
    return measured([Sung(note.onset_tick, note.length_ticks, note.pitch) for note in notes], 960)


def check_bands(found: list[Moved]) -> None:
    inside = {
        name: np.array([low <= getattr(each, name) <= high for each in found]) for name, (low, high) in BANDS.items()
    }
    shares = {name: float(row.mean()) for name, row in inside.items()}
    assert min(shares.values()) >= 0.85, shares
    assert np.all(list(inside.values()), axis=0).mean() >= 0.5, shares


def test_a_few_melodies_of_composed_cues_move_as_songs_do() -> None:
    found = [sung(seed) for seed in range(4)]
    assert all(sum(low <= getattr(each, name) <= high for each in found) >= 3 for name, (low, high) in BANDS.items())


@pytest.mark.long
@pytest.mark.parametrize("style", ["pop-band", "strings-chorale", "hybrid-action"])
def test_a_hundred_melodies_of_composed_cues_move_as_songs_do(style: str) -> None:
    check_bands([sung(seed, style) for seed in range(100)])


@settings(max_examples=40, deadline=None)
@given(musics())
def test_a_melody_has_one_voice(music: Music) -> None:
    for part in music.parts():
        if part.name == "melody":
            assert all(a.onset_tick + a.length_ticks <= b.onset_tick for a, b in pairwise(part.notes))


@pytest.mark.long
def test_another_seed_sings_another_melody_and_the_same_seed_the_same() -> None:
    assert sung(1) == sung(1)
    assert sung(1) != sung(3)

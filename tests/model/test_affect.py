"""What the starter weights do with a wished emotion, and a minute in which nothing is wished."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import affect
from v2m_bridge.core.affect import Affect
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.model.weights import Weights, load_weights


@pytest.fixture(scope="module")
def starter() -> Weights:
    return load_weights()


@pytest.mark.long
def test_chords_follow_valence_and_the_model_still_finds_them_likely(starter: Weights) -> None:
    wishes = (
        CueDirection(emotion=Affect(valence, arousal), seed=seed)
        for seed, valence, arousal in itertools.product(range(3), affect.GRID, (-0.5, 0.5))
    )
    pieces = [affect.composed(starter, wish) for wish in wishes]
    assert affect.spearman_of(pieces) >= 0.8
    assert affect.falls(starter, pieces).mean() < 0.7


def test_strength_nought_hears_no_valence_not_even_in_the_mode(starter: Weights) -> None:
    wishes = (
        CueDirection(emotion=Affect(valence, 0.2), seed=seed, affect_strength=0.0)
        for seed, valence in itertools.product(range(2), affect.GRID)
    )
    assert abs(affect.spearman_of([affect.composed(starter, wish) for wish in wishes])) < 0.05


def test_a_minute_without_a_wish_changes_chords_keeps_its_key_and_does_not_turn_in_circles(starter: Weights) -> None:
    for seed in range(6):
        minute = affect.composed(starter, CueDirection(seed=seed))
        assert 0.3 <= minute.change_rate <= 0.6
        assert minute.in_key >= 0.85
        assert affect.most_rounds(minute.symbol_ids) <= 4


@pytest.mark.long
def test_over_the_whole_grid_chords_follow_valence_in_either_mode() -> None:
    figures = affect.measure(n_seeds=3)  # the benchmark takes twenty
    assert min(figures[f"spearman{each}"] for each in ("", "_major", "_minor")) >= 0.8
    assert abs(figures["spearman_strength_0"]) < 0.05
    assert figures["nats_fall"] < 0.7
    assert 0.3 <= figures["minute_change_rate_least"] <= figures["minute_change_rate_most"] <= 0.6
    assert figures["minute_in_key_least_pct"] >= 85
    assert figures["minute_most_rounds"] <= 4


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=30))
def test_rank_correlation_counts_the_order_and_not_the_distance(pairs: list[tuple[int, int]]) -> None:
    first, second = ([float(pair[n]) for pair in pairs] for n in (0, 1))
    found = affect.spearman(first, second)
    assert -1 - 1e-9 <= found <= 1 + 1e-9
    assert affect.spearman(first, [value**3 for value in second]) == pytest.approx(found)
    assert affect.spearman(first, [-value for value in second]) == pytest.approx(-found)
    if len(set(first)) > 1:
        assert affect.spearman(first, first) == pytest.approx(1)


def test_ties_share_their_mean_rank() -> None:
    assert affect.spearman([1, 2, 2, 3], [10, 20, 30, 40]) == pytest.approx(np.sqrt(0.9))


def test_rounds_of_a_loop_are_counted_whole() -> None:
    assert affect.most_rounds(np.array([1, 2, 1, 2, 1, 2, 1])) == 3
    assert affect.most_rounds(np.array([5, 1, 1, 1, 1, 6])) == 4
    assert affect.most_rounds(np.array([1, 2, 3, 4, 1, 2, 3, 4])) == 1

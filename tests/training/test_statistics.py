from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.training.statistics import bootstrap, paired_p

N = 2_000


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_lies_around_its_mean_and_inside_the_values(values: list[float]) -> None:
    mean, low, high = bootstrap(np.array(values), N)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert mean == pytest.approx(np.mean(values))
    assert low - 1e-9 <= mean <= high + 1e-9


def test_an_interval_has_the_width_that_the_normal_law_gives_it() -> None:
    values = np.random.default_rng(1).normal(size=400)
    _, low, high = bootstrap(values, N)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / math.sqrt(400), rel=0.08)


def test_songs_without_a_value_are_left_out() -> None:
    values = np.array([0.2, math.nan, 0.6])
    assert bootstrap(values, N) == bootstrap(np.array([0.2, 0.6]), N)
    assert math.isnan(bootstrap(np.array([math.nan]), N).mean)
    assert paired_p(values, np.array([0.2, 0.9, math.nan]), N) == 1


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_p_is_the_share_of_all_ways_to_flip_signs_that_differ_as_much(seed: int, n: int) -> None:
    one, other = np.random.default_rng(seed).normal(size=(2, n))
    difference = one - other
    sums = np.array([abs(np.dot(signs, difference)) for signs in product((-1, 1), repeat=n)])
    exact = float((sums >= abs(difference.sum()) - 1e-12).mean())
    assert paired_p(one, other, N) == pytest.approx(exact, abs=0.05)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_p_is_the_same_both_ways_and_one_for_equals(seed: int, n: int) -> None:
    one, other = np.random.default_rng(seed).normal(size=(2, n))
    assert paired_p(one, other, N) == paired_p(other, one, N)
    assert paired_p(one, one, N) == 1


def test_a_difference_that_is_large_in_every_song_has_the_smallest_p_that_resampling_can_show() -> None:
    random = np.random.default_rng(2)
    worse = random.random(60)
    assert paired_p(worse + 0.3 + 0.01 * random.random(60), worse, N) == 1 / (N + 1)

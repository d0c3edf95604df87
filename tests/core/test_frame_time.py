"""Exact frame rates, and frames as exact times."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import NTSC_RATES, WHOLE_RATES, rates
from v2m_bridge.core.timebase import NS_PER_S, FrameTime, exact_rate

frames = st.integers(-(10**7), 10**7)


@pytest.mark.parametrize(
    ("written", "nominal"),
    [(23.976, 24), (23.98, 24), (29.97, 30), (47.952, 48), (47.95, 48), (59.94, 60), (119.88, 120)],
)
def test_rounded_ntsc_rates_become_exact(written: float, nominal: int) -> None:
    assert exact_rate(written) == Fraction(nominal * 1000, 1001)


@given(st.sampled_from(NTSC_RATES + WHOLE_RATES))
def test_an_exact_rate_stays_as_it_is_and_survives_being_written_as_a_float(rate: Fraction) -> None:
    assert exact_rate(rate) == rate
    assert exact_rate(float(rate)) == rate


@given(st.fractions(1, 1000))
def test_making_a_rate_exact_twice_changes_nothing_more(rate: Fraction) -> None:
    once = exact_rate(rate)
    assert exact_rate(once) == once
    assert abs(float(once) - float(rate)) <= 0.006
    assert once.denominator <= 1001


@pytest.mark.parametrize("rate", [0, -25, 0.5, 1000.5, math.nan, math.inf, -math.inf])
def test_what_is_no_frame_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="not a frame rate"):
        exact_rate(rate)


@given(frames, frames, frames, rates)
def test_adding_and_taking_away_frames_is_exact(a: int, b: int, c: int, rate: Fraction) -> None:
    x, y, z = (FrameTime(n, rate) for n in (a, b, c))
    assert (x + y) + z == x + (y + z)
    assert x + y == y + x
    assert (x + y) - y == x
    assert (x + y).exact_s == x.exact_s + y.exact_s


@given(frames, rates, frames, rates)
def test_frames_compare_by_when_they_start_at_any_rates(a: int, ra: Fraction, b: int, rb: Fraction) -> None:
    x, y = FrameTime(a, ra), FrameTime(b, rb)
    assert (x < y) == (Fraction(a) / ra < Fraction(b) / rb)
    assert (x <= y) == (not y < x)
    assert (x > y) == (y < x)
    assert (x >= y) == (y <= x)


def test_frames_at_two_rates_are_not_added_in_silence() -> None:
    with pytest.raises(ValueError, match="at_rate"):
        FrameTime(1, Fraction(25)) + FrameTime(1, Fraction(24))
    with pytest.raises(ValueError, match="at_rate"):
        FrameTime(1, Fraction(25)) - FrameTime(1, Fraction(24))


@given(frames, rates, rates)
def test_another_rate_is_never_more_than_half_a_frame_away(frame: int, rate: Fraction, other: Fraction) -> None:
    at = FrameTime(frame, rate)
    assert at.at_rate(rate) is at
    assert abs(at.at_rate(other).exact_s - at.exact_s) <= 1 / (2 * other)


@given(frames, rates)
def test_the_frame_nearest_to_its_own_start_is_itself(frame: int, rate: Fraction) -> None:
    at = FrameTime(frame, rate)
    assert FrameTime.nearest(at.exact_s, rate) == at
    assert FrameTime.nearest(at.seconds, rate) == at


@given(st.integers(0, 10**7), rates)
def test_nanoseconds_are_rounded_down_by_less_than_one(frame: int, rate: Fraction) -> None:
    at = FrameTime(frame, rate)
    assert 0 <= at.exact_s * NS_PER_S - at.ns < 1


def test_a_rate_that_is_not_positive_is_refused() -> None:
    for rate in (Fraction(0), Fraction(-25)):
        with pytest.raises(ValueError, match="not positive"):
            FrameTime(0, rate)

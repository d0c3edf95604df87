"""Ticks and time: exact, without drift, in both directions."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import bpms, meters, tempo_maps
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.timebase import (
    TICKS_PER_QUARTER,
    Meter,
    MeterChange,
    TempoChange,
    TempoMap,
    tempo_changes,
)

EIGHT_HOURS_S = 8 * 3600
ticks = st.integers(0, EIGHT_HOURS_S * 5 * TICKS_PER_QUARTER)


def exact_ns(tempo: TempoMap, tick: int) -> Fraction:
    """Add up the time of every tempo on the way, in fractions."""
    total = Fraction(0)
    for change, after in zip(tempo.tempi, (*tempo.tempi[1:], None), strict=True):
        if change.tick >= tick:
            break
        end = tick if after is None else min(tick, after.tick)
        total += Fraction(end - change.tick, TICKS_PER_QUARTER) * change.us_per_quarter * 1000
    return total


@given(tempo_maps(), ticks)
def test_time_is_the_exact_sum_rounded_down_and_does_not_drift_in_eight_hours(tempo: TempoMap, tick: int) -> None:
    assert 0 <= exact_ns(tempo, tick) - tempo.ns_at(tick) < 1


@given(tempo_maps(), ticks)
def test_every_tick_comes_back_from_its_time(tempo: TempoMap, tick: int) -> None:
    assert tempo.tick_at_ns(tempo.ns_at(tick)) == tick


@given(tempo_maps(), ticks, st.integers(1, 10**6))
def test_a_later_tick_is_a_later_time(tempo: TempoMap, tick: int, step: int) -> None:
    assert tempo.ns_at(tick) < tempo.ns_at(tick + step)


@given(tempo_maps(), st.integers(0, EIGHT_HOURS_S * 10**9))
def test_the_tick_of_a_time_is_the_nearest(tempo: TempoMap, ns: int) -> None:
    tick = tempo.tick_at_ns(ns)
    here = abs(exact_ns(tempo, tick) - ns)
    assert here <= abs(exact_ns(tempo, tick + 1) - ns)
    assert tick == 0 or here <= abs(exact_ns(tempo, tick - 1) - ns)


def test_a_hundred_and_twenty_beats_a_minute_are_two_a_second_after_eight_hours() -> None:
    tempo = TempoMap.constant(120)
    tick = EIGHT_HOURS_S * 2 * TICKS_PER_QUARTER
    assert tempo.ns_at(tick) == EIGHT_HOURS_S * 10**9
    assert float(tempo.seconds_at(tick)) == EIGHT_HOURS_S
    assert tempo.bpm_at(tick) == 120


@given(st.lists(st.tuples(st.integers(TICKS_PER_QUARTER, 200_000), bpms), min_size=1, max_size=60))
def test_rounding_tempi_to_microseconds_never_adds_up(steps: list[tuple[int, float]]) -> None:
    starts, tick = [], 0
    for length, bpm in steps:
        starts.append((tick, bpm))
        tick += length
    changes = tempo_changes(starts)
    wanted = got = Fraction(0)
    for (start, bpm), change, (end, _) in zip(starts, changes, starts[1:], strict=False):
        assert change.tick == start
        quarters = Fraction(end - start, TICKS_PER_QUARTER)
        wanted += 60_000_000 / Fraction(bpm) * quarters
        got += change.us_per_quarter * quarters
        assert abs(got - wanted) <= quarters / 2


@given(bpms, meters)
def test_a_constant_tempo_has_one_tempo_and_one_meter_everywhere(bpm: float, meter: Meter) -> None:
    tempo = TempoMap.constant(bpm, meter)
    assert tempo.meter_at(10**7) == meter
    assert tempo.bpm_at(0) == tempo.bpm_at(10**7) == pytest.approx(bpm, rel=1e-5)
    assert TempoMap.constant(bpm).meter_at(0) == Meter(4, 4)


@given(tempo_maps(), st.integers(1, 60_000))
def test_bar_lines_lie_one_bar_of_the_meter_in_force_apart(tempo: TempoMap, end: int) -> None:
    lines = list(tempo.bar_lines(end))
    assert lines == sorted(set(lines))
    assert all(0 <= line < end for line in lines)
    assert lines[:1] == ([tempo.pickup_ticks] if tempo.pickup_ticks < end else [])
    for line, following in pairwise(lines):
        assert following - line == tempo.meter_at(line).ticks_per_bar
    if lines:
        assert lines[-1] + tempo.meter_at(lines[-1]).ticks_per_bar >= end
    assert {change.tick for change in tempo.meters[1:] if change.tick < end} <= set(lines)


@pytest.mark.parametrize(
    ("tempi", "meter_changes", "pickup"),
    [
        ((), (MeterChange(0, Meter()),), 0),
        ((TempoChange(1, 500_000),), (MeterChange(0, Meter()),), 0),
        ((TempoChange(0, 0),), (MeterChange(0, Meter()),), 0),
        ((TempoChange(0, 500_000), TempoChange(0, 400_000)), (MeterChange(0, Meter()),), 0),
        ((TempoChange(0, 500_000),), (), 0),
        ((TempoChange(0, 500_000),), (MeterChange(0, Meter()),), 3840),
        ((TempoChange(0, 500_000),), (MeterChange(0, Meter()),), -1),
        ((TempoChange(0, 500_000),), (MeterChange(0, Meter()), MeterChange(960, Meter(3, 4))), 0),
        ((TempoChange(0, 500_000),), (MeterChange(0, Meter()), MeterChange(3840, Meter(3, 4))), 960),
    ],
)
def test_a_map_that_cannot_be_played_is_refused(
    tempi: tuple[TempoChange, ...], meter_changes: tuple[MeterChange, ...], pickup: int
) -> None:
    with pytest.raises(ValueError, match=r"tick|quarter|pickup|bar line"):
        TempoMap(tempi, meter_changes, pickup)


@pytest.mark.parametrize(("beats", "unit"), [(0, 4), (33, 4), (4, 3), (4, 0), (4, 32)])
def test_what_is_no_meter_is_refused(beats: int, unit: int) -> None:
    with pytest.raises(ValueError, match="not a meter"):
        Meter(beats, unit)


@given(tempo_maps(), ticks)
def test_a_map_that_was_asked_is_the_same_value_and_the_same_bytes(tempo: TempoMap, tick: int) -> None:
    asked = decode(encode(tempo), TempoMap)
    before = encode(asked)
    assert copy(asked).ns_at(tick) == asked.ns_at(tick) == tempo.ns_at(tick)
    assert encode(asked) == before
    assert (asked, hash(asked)) == (tempo, hash(tempo))
    faster = replace(asked, tempi=tuple(replace(each, us_per_quarter=1) for each in asked.tempi))
    assert faster.ns_at(tick) == exact_ns(faster, tick) // 1


@given(tempo_maps(), ticks)
def test_the_meter_at_a_tick_is_that_of_the_last_change_before_it(tempo: TempoMap, tick: int) -> None:
    assert tempo.meter_at(tick) == [change.meter for change in tempo.meters if change.tick <= tick][-1]
    assert tempo.meter_at(-1) == tempo.meters[0].meter

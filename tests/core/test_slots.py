"""The grid of slots."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import meters, tempo_maps
from v2m_bridge.core.slots import beats_per_slot, slots_of
from v2m_bridge.core.timebase import NS_PER_S, Meter, MeterChange, TempoMap, tempo_changes

ends = st.integers(1, 60_000)


@given(tempo_maps(), ends)
def test_slots_tile_the_cue(tempo: TempoMap, end: int) -> None:
    slots = slots_of(tempo, end)
    assert slots[0].onset_tick == 0
    assert slots[-1].end_tick == end
    assert all(slot.length_ticks > 0 for slot in slots)
    assert all(a.end_tick == b.onset_tick for a, b in pairwise(slots))


@given(tempo_maps(), ends)
def test_every_bar_line_starts_a_slot_so_that_none_crosses_one(tempo: TempoMap, end: int) -> None:
    slots = slots_of(tempo, end)
    assert set(tempo.bar_lines(end)) <= {slot.onset_tick for slot in slots}


@given(tempo_maps(), ends)
def test_bars_are_counted_from_zero_and_a_new_one_begins_on_each_bar_line(tempo: TempoMap, end: int) -> None:
    first = {bar: next(group).onset_tick for bar, group in groupby(slots_of(tempo, end), lambda slot: slot.bar)}
    assert list(first) == list(range(len(first)))
    assert list(first.values()) == sorted({0, *tempo.bar_lines(end)})


@given(tempo_maps(), ends)
def test_a_whole_bar_has_the_slots_of_its_meter_and_a_broken_one_slots_of_a_beat(tempo: TempoMap, end: int) -> None:
    for _, group in groupby(slots_of(tempo, end), lambda slot: slot.bar):
        slots = list(group)
        meter = tempo.meter_at(slots[0].onset_tick)
        lengths = [slot.length_ticks for slot in slots]
        if sum(lengths) == meter.ticks_per_bar:
            assert lengths == [beats * meter.ticks_per_beat for beats in beats_per_slot(meter)]
        else:
            assert sum(length != meter.ticks_per_beat for length in lengths) <= 1
            assert max(lengths) <= meter.ticks_per_beat


@given(meters)
def test_the_slots_of_a_bar_fill_it_with_one_two_or_three_beats_each(meter: Meter) -> None:
    assert sum(beats_per_slot(meter)) == meter.beats
    assert set(beats_per_slot(meter)) <= {1, 2, 3}
    assert (1 in beats_per_slot(meter)) == (meter.beats == 1)


@pytest.mark.parametrize(
    ("beats", "unit", "expected"),
    [
        (4, 4, (2, 2)), (3, 4, (3,)), (2, 4, (2,)), (5, 4, (3, 2)), (6, 4, (2, 2, 2)), (7, 4, (3, 2, 2)),
        (1, 4, (1,)), (6, 8, (3, 3)), (9, 8, (3, 3, 3)), (12, 8, (3, 3, 3, 3)), (7, 8, (3, 2, 2)), (3, 8, (3,)),
    ],
)  # fmt: skip
def test_the_usual_meters_split_as_musicians_count_them(beats: int, unit: int, expected: tuple[int, ...]) -> None:
    assert beats_per_slot(Meter(beats, unit)) == expected


def test_at_120_bpm_in_common_time_a_slot_is_one_second() -> None:
    tempo = TempoMap.constant(120)
    slots = slots_of(tempo, tempo.tick_at_ns(60 * NS_PER_S))
    assert [tempo.ns_at(slot.onset_tick) for slot in slots] == [second * NS_PER_S for second in range(60)]


@pytest.mark.parametrize(("pickup", "lengths"), [(960, [960]), (1920, [960, 960]), (1000, [40, 960])])
def test_a_pickup_is_cut_into_beats_that_lead_to_the_downbeat(pickup: int, lengths: list[int]) -> None:
    tempo = TempoMap(tempo_changes([(0, 100)]), (MeterChange(0, Meter(4, 4)),), pickup)
    slots = slots_of(tempo, pickup + 3840)
    assert [slot.length_ticks for slot in slots] == [*lengths, 1920, 1920]
    assert [slot.bar for slot in slots] == [*[0] * len(lengths), 1, 1]


def test_a_cue_that_ends_off_the_bar_ends_with_single_beats_and_what_is_left() -> None:
    slots = slots_of(TempoMap.constant(100, Meter(3, 4)), 2880 + 960 + 100)
    assert [slot.length_ticks for slot in slots] == [2880, 960, 100]


@given(tempo_maps(), ends, st.integers(0, 2000))
def test_a_fragment_that_is_too_short_joins_the_beat_before_it_in_its_bar(
    tempo: TempoMap, end: int, shortest: int
) -> None:
    slots, plain = slots_of(tempo, end, shortest_ticks=shortest), slots_of(tempo, end)
    assert [slot.onset_tick for slot in slots] == [slot.onset_tick for slot in plain][: len(slots)]
    assert slots[-1].end_tick == end
    assert all(a.end_tick == b.onset_tick for a, b in pairwise(slots))
    if len(slots) < len(plain):
        assert len(slots) == len(plain) - 1
        assert plain[-1].length_ticks < shortest
        assert plain[-1].bar == slots[-1].bar


def test_a_last_fragment_is_kept_apart_where_it_is_long_enough() -> None:
    tempo = TempoMap.constant(100)
    lengths = [[slot.length_ticks for slot in slots_of(tempo, 4900, shortest_ticks=n)] for n in (100, 101)]
    assert lengths == [[1920, 1920, 960, 100], [1920, 1920, 1060]]


def test_nothing_has_no_slots() -> None:
    assert slots_of(TempoMap.constant(100), 0) == ()

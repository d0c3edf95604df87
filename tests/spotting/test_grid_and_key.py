from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spotting.edits import METERS
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.core.slots import slots_of
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.spotting.grid import grid_of, last_tick, owners_of
from v2m_bridge.spotting.key import choose_key


@given(st.floats(20, 300), st.integers(1, 10**11))
def test_the_last_tick_is_at_or_before_the_end_and_the_next_after_it(bpm: float, length_ns: int) -> None:
    tempo = TempoMap.constant(bpm)
    tick = last_tick(tempo, length_ns)
    assert tempo.ns_at(tick) <= length_ns < tempo.ns_at(tick + 1)


@given(st.sampled_from(METERS), st.integers(1, 60_000))
def test_no_slot_is_shorter_than_a_quarter_beat_or_crosses_a_bar_line(meter: Meter, ticks: int) -> None:
    tempo = TempoMap.constant(120, meter)
    end_tick, slots = grid_of(tempo, tempo.ns_at(ticks) + 1)
    beat = meter.ticks_per_beat
    assert ticks - beat // 4 < end_tick <= ticks
    assert all(a.end_tick == b.onset_tick for a, b in pairwise(slots))
    assert len(slots) == 1 or min(slot.length_ticks for slot in slots) >= beat // 4
    assert all(slot.onset_tick // meter.ticks_per_bar == (slot.end_tick - 1) // meter.ticks_per_bar for slot in slots)


def test_a_short_fragment_joins_the_slot_before_it_only_where_it_is_asked() -> None:
    tempo = TempoMap.constant(120)
    assert [slot.length_ticks for slot in slots_of(tempo, 960 + 3)] == [960, 3]
    assert [slot.length_ticks for slot in slots_of(tempo, 960 + 3, shortest_ticks=240)] == [963]
    assert [slot.length_ticks for slot in slots_of(tempo, 960 + 240, shortest_ticks=240)] == [960, 240]
    assert [slot.length_ticks for slot in slots_of(tempo, 3, shortest_ticks=240)] == [3]


def test_a_slot_belongs_to_the_scene_of_its_larger_part_and_the_earlier_of_equals() -> None:
    slots = np.array([[0, 10], [10, 20], [20, 30], [30, 40]])
    assert owners_of(slots, np.array([0, 4, 15, 21, 24, 40])).tolist() == [1, 1, 4, 4]


@given(st.integers(0, 2**40), st.floats(-1, 1), st.from_regex(r"\dm\d\d", fullmatch=True))
def test_valence_chooses_the_mode_and_chance_a_practical_tonic(seed: int, valence: float, number: str) -> None:
    key = choose_key(number, seed=seed, valence=valence)
    assert key.mode == ("major" if valence >= 0 else "minor")
    assert key.tonic in ({0, 2, 3, 5, 7, 9, 10} if key.mode == "major" else {9, 11, 0, 2, 4, 6, 7})
    assert key == choose_key(number, seed=seed, valence=valence)


def test_seeds_and_cues_reach_every_practical_tonic() -> None:
    assert len({choose_key("1m01", seed=seed, valence=0.5).tonic for seed in range(100)}) == 7
    assert len({choose_key(f"1m{order:02}", seed=0, valence=-0.5).tonic for order in range(100)}) == 7


@pytest.mark.parametrize(
    ("primer", "key"), [("D G A D", "D major"), ("F#m D A E", "F# minor"), ("N Gm Cm D7 Gm", "G minor")]
)
def test_a_primer_stands_in_its_own_key(primer: str, key: str) -> None:
    for valence in (-0.5, 0.5):
        assert choose_key("1m01", seed=0, valence=valence, primer=parse_progression(primer)).text() == key

"""How often chords change: targets, strengths, pedals and vamps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.tiny import tiny_amt, tiny_weights
from tests.plans import make_plan
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.harmonic_rhythm import RhythmWish, parse_rhythm
from v2m_bridge.core.harmony import N_SYMBOLS, chord_of_id
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import Meter
from v2m_bridge.model.compose import compose_chords
from v2m_bridge.model.rhythm import HarmonicRhythm, hold_pull
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.model.steering import rhythm_of

MODEL = tiny_amt()
LONG = 96


def _drawn(rhythm: HarmonicRhythm | None, n_slots: int = LONG, seed: int = 0) -> I64:
    rows = np.random.default_rng(3).normal(size=(1, n_slots, MODEL.config.n_inputs)).astype(np.float32)
    sheet = Sheet(np.full(n_slots, FREE), rows, 0.0, np.zeros((n_slots, N_SYMBOLS)), rhythm=rhythm)
    return fill(MODEL, sheet, NoiseSource(seed, 0), Decoding())


def _rate(symbols: I64) -> float:
    return float(np.mean(symbols[1:] != symbols[:-1]))


def _steady(rate: float, strength: float, n_slots: int = LONG, n_chords: int | None = None) -> HarmonicRhythm:
    return HarmonicRhythm(np.full(n_slots, rate), strength, n_chords)


@settings(max_examples=15)
@given(st.integers(1, 24), st.integers(0, 99))
def test_an_exact_rhythm_changes_after_so_many_slots_and_never_between(period: int, seed: int) -> None:
    drawn = _drawn(_steady(1 / period, math.inf), 50, seed)
    assert (np.flatnonzero(drawn[1:] != drawn[:-1]) + 1).tolist() == list(range(period, 50, period))


@settings(max_examples=15)
@given(st.floats(0.1, 0.9), st.integers(0, 99))
def test_a_rate_is_met_whatever_the_model_prefers(rate: float, seed: int) -> None:
    assert _rate(_drawn(_steady(rate, 2.0), seed=seed)) == pytest.approx(rate, abs=0.08)


def test_more_strength_comes_nearer_to_the_target_and_none_leaves_it_to_the_model() -> None:
    free = [_drawn(None, seed=seed) for seed in range(4)]
    assert [_drawn(_steady(0.2, 0.0), seed=seed).tolist() for seed in range(4)] == [each.tolist() for each in free]
    off = [
        abs(np.mean([_rate(_drawn(_steady(0.2, strength), seed=seed)) for seed in range(4)]) - 0.2)
        for strength in (0.0, 0.2, 1.0)
    ]
    assert off[0] > off[1] > off[2]


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.floats(0.05, 0.95))
def test_holding_gains_where_too_many_changes_were_heard_and_loses_where_some_are_owed(
    heard: list[int], rate: float
) -> None:
    rhythm = _steady(rate, 1.0, len(heard) + 1)
    changes = np.count_nonzero(np.diff(heard[-33:]))
    owed = rate * min(len(heard) - 1, 32) - changes
    neutral = hold_pull(np.zeros(1, np.int64), rhythm, 1)
    pull = hold_pull(np.array(heard), rhythm, len(heard))
    assert pull == pytest.approx(neutral - 2 * owed)


@settings(max_examples=15)
@given(st.integers(1, 4), st.floats(0.2, 1), st.integers(0, 9))
def test_chords_take_turns_where_their_number_is_asked(n_chords: int, rate: float, seed: int) -> None:
    drawn = _drawn(_steady(rate, 1.0, 40, n_chords), 40, seed)
    assert len(set(drawn.tolist())) <= n_chords


@pytest.mark.parametrize("rates", [[-0.1], [1.1], [float("nan")]])
def test_a_rate_that_is_no_share_is_refused(rates: list[float]) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        HarmonicRhythm(np.array(rates))


def _wished(text: str, n_bars: int = 32, meter: Meter | None = None, seed: int = 0) -> CuePlan:
    plan = make_plan(n_bars, seed=seed, meter=meter)
    object.__setattr__(plan, "wishes", CueDirection(seed=seed, affect_strength=1.0, rhythm=parse_rhythm(text)))
    return plan


def _bars_of_changes(plan: CuePlan, drawn: I64) -> list[int]:
    """Bars at whose start the chord changes; every change must stand there."""
    at = np.flatnonzero(drawn[1:] != drawn[:-1]) + 1
    assert all(plan.slots[t].bar != plan.slots[t - 1].bar for t in at[at < len(drawn) - 1])
    return [plan.slots[t].bar for t in at.tolist()]


def test_a_pedal_is_one_chord_from_beginning_to_end() -> None:
    drawn = compose_chords(tiny_weights(), _wished("pedal"))
    assert len(set(drawn.tolist())) == 1
    assert chord_of_id(int(drawn[0])).text() == "C"


def test_a_vamp_is_two_chords_bar_by_bar() -> None:
    plan = _wished("vamp")
    drawn = compose_chords(tiny_weights(), plan)
    assert len(set(drawn.tolist())) == 2
    assert set(range(1, 31)) <= set(_bars_of_changes(plan, drawn))


@pytest.mark.parametrize("meter", [Meter(4, 4), Meter(3, 4), Meter(5, 4)])
def test_a_chord_of_eight_bars_lasts_eight_bars_in_any_meter(meter: Meter) -> None:
    plan = _wished("8 bars", meter=meter)
    assert [bar for bar in _bars_of_changes(plan, compose_chords(tiny_weights(), plan)) if bar < 31] == [8, 16, 24]


def test_without_a_wish_arousal_says_how_often_and_strength_nought_does_not_listen() -> None:
    calm, wild = make_plan(2, arousal=-1.0), make_plan(2, arousal=1.0)
    assert rhythm_of(calm, 1.0).changes_per_slot.max() < rhythm_of(wild, 1.0).changes_per_slot.min()
    assert (rhythm_of(calm, 0.0).changes_per_slot == rhythm_of(wild, 0.0).changes_per_slot).all()
    assert (rhythm_of(wild, 2.0).changes_per_slot <= 1).all()


def test_a_wish_says_one_thing() -> None:
    for more in ({}, {"bars_per_chord": 2, "changes_per_slot": 0.5}):
        with pytest.raises(ValueError, match="say"):
            RhythmWish(**more)  # type: ignore[arg-type]

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.harmony import Chord, parse_progression
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.training.free_running import (
    PIECE_SLOTS,
    Piece,
    divergence,
    free_running,
    looping,
    own_key,
    repeated_phrases,
    style,
)

ROWS = np.zeros((300, 12), np.float32)


def _symbols(text: str, n: int = 0) -> np.ndarray:
    symbols = np.array([chord.symbol_id for chord in parse_progression(text)])
    return np.resize(symbols, n or len(symbols))


@pytest.mark.parametrize(
    ("text", "key"),
    [("C F G7 C Am Dm G C", (0, "major")), ("Am Dm E7 Am F E7 Am", (9, "minor")), ("D G A7 D Bm Em A D", (2, "major"))],
)
def test_a_progression_has_the_key_that_a_musician_hears(text: str, key: tuple[int, str]) -> None:
    assert own_key(_symbols(text)) == key


@given(st.integers(1, 11))
def test_the_key_moves_with_the_chords(semitones: int) -> None:
    chords = [Chord(0), Chord(5), Chord(7, "7"), Chord(0)]
    moved = np.array([chord.transposed(semitones).symbol_id for chord in chords])
    assert own_key(moved) == (semitones, "major")


def test_silence_has_no_key_of_its_own() -> None:
    assert own_key(np.zeros(8, np.int64)) == (0, "major")


def test_a_loop_is_stale_from_its_third_round_on_and_a_held_chord_is_no_loop() -> None:
    assert looping(_symbols("C Am F G", 8)) == 0
    assert looping(_symbols("C Am F G", 12)) == pytest.approx(4 / 12)
    assert looping(_symbols("C", 40)) == 0
    assert looping(_symbols("C Am F G Dm Em", 24)) == pytest.approx(12 / 24)


def test_a_phrase_is_repeated_whatever_its_chords_last() -> None:
    once, held = _symbols("C Am F G Dm"), _symbols("C C Am F G Dm C Am Am F G")
    assert repeated_phrases(once) == 0
    assert repeated_phrases(held) == pytest.approx(1 / 6)
    assert math.isnan(repeated_phrases(_symbols("C C C Am")))


@given(st.integers(0, 2**32 - 1))
def test_a_divergence_is_symmetric_zero_for_equals_and_one_for_strangers(seed: int) -> None:
    one, other = np.random.default_rng(seed).random((2, 9)) + 0.01
    assert divergence(one, other) == pytest.approx(divergence(other, one))
    assert divergence(one, 3 * one) == pytest.approx(0, abs=1e-12)
    assert divergence(np.append(one, np.zeros(9)), np.append(np.zeros(9), other)) == pytest.approx(1)


def test_the_style_of_pieces_is_counted_slot_by_slot() -> None:
    figures = style([Piece(_symbols("C C Am F"), "major", ROWS), Piece(_symbols("N N F# F#"), "major", ROWS)])
    assert figures["change_rate"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert figures["in_key"] == pytest.approx((1 + 0) / 2)
    assert figures["no_chord"] == pytest.approx(1 / 4)
    assert figures["quality_maj"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert figures["longest_hold"] == 2
    shares = [value for name, value in figures.items() if name.startswith("quality_")]
    assert sum(shares) + figures["no_chord"] == pytest.approx(1)


def test_a_model_plays_alone_the_same_each_time_and_is_compared_with_the_songs() -> None:
    torch.manual_seed(1)
    model = Amt(AmtConfig(12, 16, 2, 16, 1, 1, 64, start_symbol=157)).eval()
    songs = [Piece(_symbols("C Am F G", 200), "major", ROWS), Piece(_symbols("Am F", 40), "minor", ROWS)]
    figures = free_running(model, songs)
    assert figures == free_running(model, songs)
    assert figures["songs_change_rate"] == 1
    assert figures["free_distance_chords"] > 10 * figures["songs_distance_chords"]
    assert figures["songs_longest_hold"] == 1 <= PIECE_SLOTS
    assert free_running(model, [Piece(_symbols("C", 5), "major", ROWS)]) == {}

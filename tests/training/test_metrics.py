from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.harmony import END, NO_CHORD, PAD, VOCABULARY_SIZE, Chord
from v2m_bridge.training.metrics import (
    CHORD_SHARE,
    F64,
    RANKS,
    blind_loss,
    correspondence,
    cross_entropy,
    emotion_bce,
    emotion_targets,
    hits_at,
    places,
)

SAD, RELAXING, NEUTRAL = 3, 4, 5


def _sure(*emotions: int) -> np.ndarray:
    return np.eye(6, dtype=np.float32)[list(emotions)]


def _answers(*symbols: int) -> F64:
    return 5 * np.eye(VOCABULARY_SIZE)[list(symbols)]


@pytest.mark.shared
def test_the_published_fixture_is_matched_to_a_millionth(shared: Path) -> None:
    wanted = json.loads((shared / "reference" / "metrics.json").read_text(encoding="utf-8"))
    with np.load(shared / "reference" / "metrics.npz", allow_pickle=False) as file:
        logits, targets, emotion = file["logits"], file["target"], file["emotion"]
    place = places(logits, targets)
    chords, feeling = cross_entropy(logits, targets), emotion_bce(logits, emotion_targets(emotion, targets))
    found = {
        **{f"hits_at_{k}": hits_at(k, place, targets != PAD) for k in RANKS},
        "emotion_correspondence_t0.8": correspondence(logits, targets, emotion),
        "chord_cross_entropy": chords,
        "emotion_bce": feeling,
        "total_lambda0.4": CHORD_SHARE * chords + (1 - CHORD_SHARE) * feeling,
    }
    assert found.keys() == wanted.keys()
    assert all(abs(found[name] - wanted[name]) < 1e-6 for name in wanted)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_a_place_is_where_sorting_puts_the_target_and_of_equals_the_lower_symbol_is_first(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.integers(0, 4, (n, VOCABULARY_SIZE)).astype(np.float32)
    targets = random.integers(0, VOCABULARY_SIZE, n)
    order = np.argsort(-logits, axis=1, kind="stable")
    assert places(logits, targets).tolist() == [int(np.flatnonzero(order[t] == targets[t])[0]) for t in range(n)]


@given(st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_padding_changes_neither_hits_nor_cross_entropy_nor_correspondence(seed: int, n_padding: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(20 + n_padding, VOCABULARY_SIZE))
    targets = np.concatenate([random.integers(0, END, 19), [END], np.full(n_padding, PAD)])
    emotion = _sure(*random.integers(0, 6, 20 + n_padding))
    heard = slice(0, 20)
    for k in RANKS:
        whole, part = places(logits, targets), places(logits[heard], targets[heard])
        assert hits_at(k, whole, targets != PAD) == hits_at(k, part, targets[heard] != PAD)
    assert cross_entropy(logits, targets) == pytest.approx(cross_entropy(logits[heard], targets[heard]))
    assert correspondence(logits, targets, emotion) == pytest.approx(
        correspondence(logits[heard], targets[heard], emotion[heard]), nan_ok=True
    )


def test_padding_counts_in_the_emotion_loss() -> None:
    logits, targets = _answers(1, 1), np.array([1, PAD])
    emotion = _sure(RELAXING, RELAXING)
    alone = emotion_bce(logits[:1], emotion_targets(emotion[:1], targets[:1]))
    assert emotion_bce(logits, emotion_targets(emotion, targets)) != pytest.approx(alone)


def test_emotions_ask_for_their_qualities_on_every_root_and_neutral_seconds_for_nothing() -> None:
    asked = emotion_targets(_sure(SAD, NEUTRAL, SAD, SAD), np.array([1, 1, END, PAD]))
    sad = {Chord(root, quality).symbol_id for root in range(12) for quality in ("min7", "min", "sus2")}
    assert set(np.flatnonzero(asked[0]).tolist()) == sad
    assert [np.flatnonzero(row).tolist() for row in asked[1:]] == [[], [END], [PAD]]


def test_the_correspondence_counts_n_as_a_major_chord_and_end_as_wrong() -> None:
    targets, relaxing = np.array([1, 1, 1]), _sure(RELAXING, RELAXING, RELAXING)
    assert correspondence(_answers(NO_CHORD, Chord(0, "min").symbol_id, END), targets, relaxing) == pytest.approx(1 / 3)


def test_only_seconds_that_are_sure_and_not_neutral_correspond() -> None:
    unsure = np.full((2, 6), 0.04, np.float32)
    unsure[0, RELAXING], unsure[1, RELAXING] = 0.79, 0.8
    assert correspondence(_answers(5, 1), np.array([1, 1]), unsure) == 1
    assert math.isnan(correspondence(_answers(1, 1), np.array([1, PAD]), _sure(NEUTRAL, RELAXING)))


@given(st.integers(0, 2**32 - 1))
def test_no_constant_answer_is_better_than_the_shares_themselves(seed: int) -> None:
    random = np.random.default_rng(seed)
    asked, other = random.random(VOCABULARY_SIZE), random.random(VOCABULARY_SIZE)
    assert blind_loss(asked, asked) <= blind_loss(asked, other)


@given(st.integers(0, 2**32 - 1))
def test_a_constant_answer_has_the_emotion_loss_that_is_said_of_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    wanted = (random.random((30, VOCABULARY_SIZE)) < 0.3).astype(float)
    answer = random.uniform(0.05, 0.95, VOCABULARY_SIZE)
    logits = np.tile(np.log(answer / (1 - answer)), (30, 1))
    assert emotion_bce(logits, wanted) == pytest.approx(blind_loss(wanted.mean(0), answer))

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmony import N_SYMBOLS, PAD
from v2m_bridge.training.baselines import baselines_of
from v2m_bridge.training.marks import chord_marks
from v2m_bridge.training.muvi import open_muvi
from v2m_bridge.training.published_view import progression

progressions = st.lists(st.integers(0, 5), min_size=2, max_size=40).map(lambda symbols: np.array(symbols, np.int64))
NAMES = ("constant", "repeat_last", "trigram", "ngram_cache", "long_cache")
LOOP = np.resize(np.array([1, 122, 66, 92]), 24)


@settings(max_examples=20)
@given(st.lists(progressions, min_size=1, max_size=4), progressions)
def test_every_baseline_gives_probabilities(known: list[I64], heard: I64) -> None:
    baselines = baselines_of(known)
    assert tuple(baselines) == NAMES
    for baseline in baselines.values():
        likelihood = np.exp(baseline.scores(heard))
        assert likelihood.shape == (len(heard), PAD + 1)
        assert likelihood.sum(1) == pytest.approx(1)


@settings(max_examples=20)
@given(progressions, progressions, progressions)
def test_no_baseline_sees_the_future(known: I64, heard: I64, other: I64) -> None:
    n = len(heard)
    for baseline in baselines_of([known]).values():
        whole, another = baseline.scores(np.concatenate([heard, other])), baseline.scores(np.append(heard, 7))
        assert np.array_equal(whole[:n], another[:n])


@settings(max_examples=20)
@given(st.lists(progressions, min_size=1, max_size=4), progressions)
def test_the_last_chord_comes_first_and_then_the_most_frequent(known: list[I64], heard: I64) -> None:
    counts = np.bincount(np.concatenate(known), minlength=N_SYMBOLS)
    ranking = np.argsort(-baselines_of(known)["repeat_last"].scores(heard)[1:], axis=1, kind="stable")
    for last, ranked in zip(heard.tolist(), ranking.tolist(), strict=False):
        frequent = [s for s in np.argsort(-counts, kind="stable").tolist() if s != last]
        assert ranked[0] == last
        assert ranked[1:3] == frequent[:2]


def test_a_trigram_learns_a_loop_and_a_cache_learns_one_that_the_corpus_does_not_hold() -> None:
    baselines, new = baselines_of([LOOP, LOOP + 13]), np.resize(np.array([5, 70, 5, 31]), 64)
    hits = {
        name: chord_marks(baseline.scores(song)[-16:], song[-16:], song[-17:-1])["hits_at_1"]
        for name, baseline in baselines.items()
        for song in (new,)
    }
    assert chord_marks(baselines["trigram"].scores(LOOP)[2:], LOOP[2:], LOOP[1:-1])["hits_at_1"] == 1
    assert hits["long_cache"] == 1
    assert hits["ngram_cache"] >= 0.75
    assert hits["trigram"] == hits["repeat_last"] == 0


def test_without_training_songs_there_are_no_baselines() -> None:
    assert baselines_of([]) == {}


@pytest.mark.shared
@pytest.mark.long
def test_repeating_the_last_chord_scores_on_muvi_sync_what_is_known_of_it(shared: Path, tmp_path: Path) -> None:
    muvi = open_muvi(shared / "data", tmp_path)
    assert muvi is not None
    train, val = ([progression(video) for video in muvi.videos(split, semantic=False)] for split in ("train", "val"))
    baseline = baselines_of(train)["repeat_last"]
    marks = [chord_marks(baseline.scores(song)[1:], song[1:], song[:-1]) for song in val]
    means = [np.mean([mark[f"hits_at_{k}"] for mark in marks]) for k in (1, 3, 5)]
    assert means == pytest.approx([0.525, 0.690, 0.819], abs=5e-4)

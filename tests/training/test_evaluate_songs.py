from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from tests.training.songs import loop_songs, write_pop909
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import MUSIC_COLUMNS, video_columns
from v2m_bridge.model.weights import Header
from v2m_bridge.training import pop909
from v2m_bridge.training.conditions import measure_standings
from v2m_bridge.training.evaluate import evaluate
from v2m_bridge.training.evaluate_songs import evaluate_on, logits_of
from v2m_bridge.training.evaluate_table import sections
from v2m_bridge.training.examples import START, Example, examples_of
from v2m_bridge.training.song import is_validation

CONFIG = AmtConfig(
    n_inputs=len(MUSIC_COLUMNS), d_model=16, n_heads=2, d_feedforward=16, n_encoder_layers=1, n_decoder_layers=1,
    n_positions=32, start_symbol=START, encoder_band=4, memory_band=4,
)  # fmt: skip
SONGS = (*loop_songs(8), *(replace(song, corpus="other") for song in loop_songs(4)))


def _header() -> Header:
    standings = msgspec.convert(msgspec.to_builtins(measure_standings(SONGS)), dict[str, dict[str, tuple[float, ...]]])
    return Header(kind="chords", name="m", inputs=MUSIC_COLUMNS, sizes=asdict(CONFIG), standings=standings)


@pytest.fixture(scope="module")
def model() -> Amt:
    torch.manual_seed(3)
    return Amt(CONFIG).eval()


@pytest.fixture(scope="module")
def figures(model: Amt) -> dict[str, float]:
    return evaluate_on(model, _header(), SONGS)


def test_a_mean_over_songs_is_the_mean_over_its_corpora(figures: dict[str, float]) -> None:
    assert (figures["n_songs"], figures["n_training_songs"]) == (3, 9)
    for mark in ("hits_at_1", "trigram_hits_at_3", "conditioned_cross_entropy", "long_cache_changes_hits_at_1"):
        assert figures[mark] == pytest.approx((2 * figures[f"loops_{mark}"] + figures[f"other_{mark}"]) / 3, abs=2e-6)


def test_the_first_chord_is_given_and_no_end_is_counted(model: Amt, figures: dict[str, float]) -> None:
    chosen = [song for song in SONGS if song.validation]
    shares = [float((song.symbol_ids[1:] == song.symbol_ids[:-1]).mean()) for song in chosen]
    assert figures["repeat_last_hits_at_1"] == pytest.approx(np.mean(shares), abs=1e-6)


def test_the_table_shows_each_predictor_on_each_corpus_and_leaves_out_no_single_value(
    figures: dict[str, float],
) -> None:
    found = sections({**figures, "density_rmse": 4.5})
    labels = [row[0] for row in found.predictors]
    assert labels[:4] == ["model", "  95 % from", "  to", "valence, changes told"]
    assert {"loops: model", "other: repeat the last chord", "loops: trigram, long cache"} <= set(labels)
    assert ("density_rmse", "4.500") in found.others
    assert len(found.alone) > 5
    assert all(len(row) <= 9 for section in found for row in section)


def test_logits_of_a_long_song_go_on_from_window_to_window(model: Amt) -> None:
    example = examples_of(SONGS[:1], measure_standings(SONGS))[0]
    short = Example(example.inputs[:32], example.targets[:32], example.rows[:32], example.key)
    whole = logits_of(model, example)
    assert whole.shape == (48, 159)
    assert np.array_equal(whole[:32], logits_of(model, short))


def test_the_starter_weights_are_measured_on_a_corpus_as_it_was_downloaded(tmp_path: Path) -> None:
    held_out = next(number for number in range(1, 900) if is_validation(f"pop909|{number:03}"))
    for number in (held_out, held_out + 1):
        write_pop909(tmp_path / "data" / pop909.CORPUS / f"{number:03}")
    figures = evaluate(None, tmp_path / "data", cache=tmp_path / "cache", corpora=[pop909.CORPUS])
    assert (figures["n_songs"], figures["n_training_songs"]) == (1, 1)
    assert figures["repeat_last_hits_at_1"] == pytest.approx(2 / 5)
    assert figures == evaluate(None, tmp_path / "data", corpora=[pop909.CORPUS])


def test_splits_and_weights_that_songs_cannot_answer_are_refused(model: Amt, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no split 'test'"):
        evaluate(None, tmp_path, "test")
    with pytest.raises(ModelError, match="read pictures"):
        evaluate_on(model, Header(kind="chords", name="m", inputs=video_columns(), sizes={}), SONGS)
    with pytest.raises(ModelError, match="no song"):
        evaluate_on(model, _header(), [song for song in SONGS if not song.validation])

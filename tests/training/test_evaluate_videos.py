from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from tests.training.muvi_files import SPLITS, symbols_of, write_muvi
from v2m_bridge.cli_model import model_app
from v2m_bridge.core.harmony import END, PAD
from v2m_bridge.errors import MediaError, ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.weights import Header, save_weights
from v2m_bridge.training.baselines import baselines_of
from v2m_bridge.training.evaluate import evaluate
from v2m_bridge.training.evaluate_videos import others
from v2m_bridge.training.examples import START, collate
from v2m_bridge.training.muvi import open_muvi
from v2m_bridge.training.published_view import padded_symbols, progression, published_logits
from v2m_bridge.training.video_examples import video_example

CONFIG = AmtConfig(
    n_inputs=776, d_model=16, n_heads=2, d_feedforward=16, n_encoder_layers=1, n_decoder_layers=1,
    start_symbol=START, encoder_band=16, memory_band=4,
)  # fmt: skip
BASELINES = ("constant", "repeat_last", "trigram", "ngram_cache", "long_cache")
TEST_ALONE = {"test": SPLITS["test"]}


def _model(config: AmtConfig = CONFIG) -> Amt:
    torch.manual_seed(5)
    return Amt(config).eval()


def _weights(path: Path, config: AmtConfig = CONFIG) -> Path:
    save_weights(_model(config), Header(kind="chords", name="m", inputs=video_columns(), sizes=asdict(config)), path)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _weights(tmp_path_factory.mktemp("weights") / "m.safetensors")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_muvi(tmp_path_factory.mktemp("whole"), SPLITS)


@pytest.fixture(scope="module")
def figures(weights: Path, whole: Path) -> dict[str, float]:
    return evaluate(weights, whole, "test")


def test_a_model_stands_beside_every_baseline_with_intervals_and_p_values(figures: dict[str, float]) -> None:
    assert (figures["n_songs"], figures["n_training_songs"], figures["n_without_semantic"]) == (3, 5, 0)
    for front in ("", "shuffled_", "hidden_", *(f"{name}_" for name in BASELINES)):
        assert figures[f"{front}hits_at_1"] <= figures[f"{front}hits_at_3"] <= figures[f"{front}hits_at_5"]
        assert figures[f"{front}hits_at_1_low"] <= figures[f"{front}hits_at_1"] <= figures[f"{front}hits_at_1_high"]
        assert 0 <= figures[f"{front}correspondence"] <= 1
        assert front == "" or 0 < figures[f"p_{front}hits_at_1"] <= 1
    assert figures["repeat_last_changes_hits_at_1"] == 0
    assert figures["long_cache_changes_hits_at_1"] > 0.5
    assert figures["emotion_bce_bound_knowing_end"] < figures["emotion_bce_bound"] <= figures["blind_emotion_bce"]
    assert figures["total_loss"] == pytest.approx(0.4 * figures["cross_entropy"] + 0.6 * figures["emotion_bce"])
    assert {"free_change_rate", "songs_change_rate", "free_distance_changes", "free_quality_maj7"} <= figures.keys()


def test_hits_are_counted_from_the_second_chord_to_the_end_of_each_song(figures: dict[str, float]) -> None:
    known = [np.array([*symbols_of(name), END]) for name in SPLITS["train"]]
    constant = baselines_of(known)["constant"].scores(known[0])[0].argmax()
    shares = []
    for name in SPLITS["test"]:
        heard = symbols_of(name) + ([END] if len(symbols_of(name)) < 300 else [])
        shares.append(np.mean([symbol == constant for symbol in heard[1:]]))
    assert figures["constant_hits_at_1"] == pytest.approx(np.mean(shares), abs=1e-6)


def test_a_held_back_split_is_scored_alone_and_says_that_it_has_no_baselines(
    weights: Path, whole: Path, figures: dict[str, float], tmp_path: Path
) -> None:
    alone = write_muvi(tmp_path / "alone", TEST_ALONE)
    found = evaluate(weights, alone, "test")
    assert found["n_training_songs"] == 0
    own = [name for name in figures if not any(baseline in name for baseline in (*BASELINES, "blind_emotion", "n_tr"))]
    assert {name: found[name] for name in own} == {name: figures[name] for name in own}
    assert not any(baseline in name for name in found for baseline in BASELINES)
    assert evaluate(weights, alone, "test", train_data=whole) == figures


def test_rows_as_bytes_give_nearly_the_figures_of_rows_as_numbers(
    weights: Path, figures: dict[str, float], tmp_path: Path
) -> None:
    found = evaluate(weights, write_muvi(tmp_path, SPLITS, packed=True), "test")
    assert found["n_without_semantic"] == 0
    assert found["cross_entropy"] == pytest.approx(figures["cross_entropy"], abs=0.01)
    assert found["cross_entropy"] != found["hidden_cross_entropy"]


def test_a_model_that_does_not_look_scores_the_same_whatever_it_is_shown(whole: Path, tmp_path: Path) -> None:
    model = _model()
    assert model.input_projection is not None
    torch.nn.init.zeros_(model.input_projection.weight)
    path = tmp_path / "blind.safetensors"
    save_weights(model, Header(kind="chords", name="m", inputs=video_columns(), sizes=asdict(CONFIG)), path)
    found = evaluate(path, whole, "test")
    for mark in ("hits_at_1", "cross_entropy", "emotion_bce", "correspondence"):
        assert found[mark] == found[f"shuffled_{mark}"] == found[f"hidden_{mark}"]
    assert found["p_shuffled_hits_at_1"] == 1


def test_two_models_are_compared_video_by_video(weights: Path, whole: Path, tmp_path: Path) -> None:
    other = _weights(tmp_path / "other.safetensors", replace(CONFIG, d_model=8))
    found, turned = evaluate(weights, whole, "test", against=other), evaluate(other, whole, "test", against=weights)
    assert found["against_cross_entropy"] == turned["cross_entropy"] != found["cross_entropy"]
    assert found["p_against_cross_entropy"] == turned["p_against_cross_entropy"]


def test_a_video_of_which_a_file_is_missing_is_left_out_and_counted(weights: Path, tmp_path: Path) -> None:
    alone = write_muvi(tmp_path, TEST_ALONE)
    (alone / "vevo_motion" / "all" / "012.lab").unlink()
    found = evaluate(weights, alone, "test")
    assert (found["n_songs"], found["n_left_out"]) == (2, 1)
    for name in TEST_ALONE["test"]:
        (alone / "vevo_chord" / "lab_v2_norm" / "all" / f"{name}.lab").unlink()
    with pytest.raises(MediaError, match="no video"):
        evaluate(weights, alone, "test")


def test_what_is_measured_is_what_was_trained(whole: Path, tmp_path: Path) -> None:
    muvi, model = open_muvi(whole, tmp_path), _model(replace(CONFIG, recall=True))
    assert muvi is not None
    for video in muvi.videos("test"):
        batch = collate([video_example(video)])
        with torch.no_grad():
            trained = model(batch.inputs, batch.rows, batch.key, batch.row_mask)[0, 1:].double().numpy()
        measured = published_logits(model, video, video.rows)
        assert measured.shape == (299, 159)
        assert np.isfinite(measured).all()
        assert measured[: len(trained)] == pytest.approx(trained, abs=1e-4)
        assert padded_symbols(video)[: len(trained) + 1].tolist() == progression(video).tolist()
        assert (padded_symbols(video)[len(trained) + 1 :] == PAD).all()


def test_published_weights_are_given_the_first_chord_and_see_300_rows(whole: Path, tmp_path: Path) -> None:
    published = replace(CONFIG, start_symbol=None, encoder_band=None, memory_band=None)
    muvi, model = open_muvi(whole, tmp_path), _model(published)
    assert muvi is not None
    video = muvi.videos("test")[0]
    rows = torch.zeros(1, 300, 776)
    rows[0, : len(video.rows)] = torch.from_numpy(video.rows)
    given = torch.from_numpy(padded_symbols(video))[None, :-1]
    with torch.no_grad():
        wanted = model(given, rows, torch.zeros(1))[0].double().numpy()
    assert published_logits(model, video, video.rows) == pytest.approx(wanted, abs=1e-5)
    assert evaluate(_weights(tmp_path / "published.safetensors", published), whole, "test")["n_songs"] == 3


def test_everyone_sees_another_video_and_every_video_is_seen_once() -> None:
    for n in (2, 3, 75):
        order = others(n)
        assert sorted(order) == list(range(n))
        assert all(other != own for own, other in enumerate(order))


def test_an_unknown_split_is_answered_with_those_that_are_there(weights: Path, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no split") as caught:
        evaluate(weights, whole, "../../secret")
    assert "test, train" in caught.value.hint
    with pytest.raises(ModelError, match="no MuVi-Sync"):
        evaluate(weights, tmp_path, "test")
    with pytest.raises(ModelError, match="no MuVi-Sync"):
        evaluate(weights, whole, "test", train_data=tmp_path)


def test_weights_that_nothing_here_can_feed_are_refused(whole: Path, tmp_path: Path) -> None:
    narrow, short = replace(CONFIG, n_inputs=24), replace(CONFIG, n_positions=200)
    path = tmp_path / "narrow.safetensors"
    save_weights(_model(narrow), Header(kind="chords", name="m", inputs=video_columns(16), sizes=asdict(narrow)), path)
    with pytest.raises(ModelError, match="24 inputs") as caught:
        evaluate(path, whole, "test")
    assert "776" in caught.value.hint
    with pytest.raises(ModelError, match="776 columns"):
        evaluate(_weights(tmp_path / "wide.safetensors"), whole, "test", against=path)
    with pytest.raises(ModelError, match="300 seconds"):
        evaluate(_weights(tmp_path / "short.safetensors", short), whole, "test")


def test_damaged_and_foreign_semantic_rows_are_named(weights: Path, tmp_path: Path) -> None:
    alone = write_muvi(tmp_path / "alone", TEST_ALONE)
    rows = next(iter(sorted(alone.glob("vevo_semantic/**/*.npy"))))
    np.save(rows, np.zeros((5, 512), np.float32))
    with pytest.raises(MediaError, match="768 columns"):
        evaluate(weights, alone, "test")
    rows.write_bytes(b"torn")
    with pytest.raises(MediaError, match="cannot read"):
        evaluate(weights, alone, "test")
    rows.unlink()
    (alone / "clip-vit-l14-336-int8.npz").write_bytes(b"torn")
    with pytest.raises(MediaError, match="cannot read"):
        evaluate(weights, alone, "test")


def test_the_command_prints_one_table_or_one_flat_object(
    weights: Path, whole: Path, figures: dict[str, float], tmp_path: Path
) -> None:
    alone = write_muvi(tmp_path, TEST_ALONE)
    arguments = ["evaluate", "--weights", str(weights), "--split", "test", "--data"]
    flat = CliRunner().invoke(model_app, [*arguments, str(alone), "--json"])
    assert json.loads(flat.stdout)["hits_at_1"] == figures["hits_at_1"]
    assert "--train-data" in flat.stderr
    table = CliRunner().invoke(model_app, [*arguments, str(whole)], env={"COLUMNS": "100"}).stdout
    for label in ("model", "95 % from", "repeat the last chord", "trigram, long cache", "blind emotion loss, best"):
        assert label in table
    assert f"{figures['hits_at_3']:.3f}" in table
    assert f"{figures['songs_change_rate']:.3f}" in table

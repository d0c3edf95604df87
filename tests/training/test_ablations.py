from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.ablation_figures import blind_bounds, figures_of
from benchmarks.ablation_page import COLUMNS, differences, page, table
from benchmarks.ablation_runs import ALL, VARIANTS, Result, finished, settings_of
from benchmarks.ablations import measure
from tests.training.muvi_files import SECONDS, write_muvi
from v2m_bridge.model.amt import Amt
from v2m_bridge.training.config import ChordTraining, TrainConfig, VideoTraining
from v2m_bridge.training.muvi import MusicVideo, open_muvi
from v2m_bridge.training.train_videos import architecture

TINY = TrainConfig(
    corpora=(), chords=ChordTraining(d_model=16, n_heads=2, d_feedforward=16, n_encoder_layers=1, n_decoder_layers=1)
)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[MusicVideo]:
    folder = tmp_path_factory.mktemp("muvi")
    muvi = open_muvi(write_muvi(folder, {"train": tuple(SECONDS)}), folder)
    assert muvi is not None
    return muvi.videos("train")


@pytest.fixture(scope="module")
def model() -> Amt:
    torch.manual_seed(1)
    return Amt(architecture(TINY, VideoTraining(recall=False))).eval()


def test_a_model_that_is_shown_nothing_answers_alike_whose_pictures_they_are(
    model: Amt, videos: list[MusicVideo]
) -> None:
    hidden = figures_of(model, videos, VideoTraining(hidden=ALL))
    seen = figures_of(model, videos, VideoTraining())
    own = {name: value for name, value in hidden.items() if not name.startswith("others_")}
    assert own == {name: hidden[f"others_{name}"] for name in own}
    assert seen["cross_entropy"] != seen["others_cross_entropy"]
    assert 0 <= seen["hits_at_1"] <= seen["hits_at_3"] <= seen["hits_at_5"] <= 1


def test_pictures_of_others_are_what_a_shuffled_model_is_measured_with(model: Amt, videos: list[MusicVideo]) -> None:
    plain, shuffled = (figures_of(model, videos, VideoTraining(shuffled=shuffled)) for shuffled in (False, True))
    for name, value in plain.items():
        if name.startswith("others_"):
            assert value == shuffled[name.removeprefix("others_")]


def test_no_model_that_looks_at_nothing_beats_the_blind_bound_on_what_it_was_counted_on(
    model: Amt, videos: list[MusicVideo]
) -> None:
    bound = blind_bounds(videos, videos)["emotion_bce"]
    assert 0 < bound < figures_of(model, videos, VideoTraining())["emotion_bce"]


def _result(value: float) -> Result:
    figures: Result = {"parameters": 2e6, "processor_s": 100.0}
    for column in COLUMNS:
        figures[column] = value
        figures[f"others_{column}"] = 0.5
    return figures


def _results() -> dict[str, list[Result]]:
    steps = {"full": (0.5, 0.004), "shuffled": (0.501, -0.004), "recall": (0.6, 0.004)}
    return {name: [_result(first + step * seed) for seed in range(3)] for name, (first, step) in steps.items()}


def test_the_page_tells_a_difference_from_chance_and_shows_every_variant() -> None:
    results = _results()
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in differences(results, "hits_at_1").splitlines()}
    assert lines[VARIANTS["recall"].says].endswith("differs |")
    assert lines[VARIANTS["shuffled"].says].endswith("no difference that the runs can tell |")
    assert VARIANTS["full"].says not in lines
    assert "| 0.5040 ± 0.0040 |" in table(results)
    whole = page(results, {"emotion_bce": 0.4, "emotion_bce_seconds": 0.5})
    assert all(VARIANTS[name].says in whole for name in results)
    assert "changes its Hits@1 by -0.0040" in whole
    assert "than blind" not in whole
    with_loss = page({**results, "emotion-loss": results["shuffled"]}, {"emotion_bce": 0.4, "emotion_bce_seconds": 0.5})
    assert "no better than blind" in with_loss


def test_every_variant_changes_one_thing_and_a_result_of_other_settings_does_not_count(tmp_path: Path) -> None:
    settings = [str(settings_of(name, 0)) for name in VARIANTS]
    assert len(set(settings)) == len(VARIANTS)
    assert all(variant.beside in VARIANTS for variant in VARIANTS.values())
    (tmp_path / "full-0.json").write_text('{"hits_at_1": 0.9, "settings": "others"}')
    assert finished("full", 0, tmp_path) is None
    assert measure(1, ["full"], tmp_path, tmp_path, only_finished=True) == {}
    assert np.isclose(float(settings_of("emotion-loss", 0)["chords"]["chord_share"]), 0.4)

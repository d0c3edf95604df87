from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.music_videos import music_videos
from v2m_bridge.errors import ModelError
from v2m_bridge.model.calibration import calibrations_of
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.dynamics_columns import GROUPS, place_columns
from v2m_bridge.model.weights import load_dynamics
from v2m_bridge.training.config import TrainConfig, read_config
from v2m_bridge.training.evaluate_dynamics import level_shares, measure, rank_correlation
from v2m_bridge.training.train_video_dynamics import CHECKPOINT, train_on_videos
from v2m_bridge.training.video_dynamics import VideoExample, epoch_batches, example_rows, inputs_of, song_errors
from v2m_bridge.training.video_dynamics_config import Group, Regressor, VideoDynamicsTraining

BLIND: tuple[Group, ...] = ("scene_offset", "motion", "emotion", "place")
TINY = VideoDynamicsTraining(
    columns=BLIND, hidden=8, n_epochs=12, batch_videos=4, peak_rate=2e-2, warm_up_steps=5, average_decay=0.8,
    dropout=0.0, weight_decay=0.0,
)  # fmt: skip


def _config(how: VideoDynamicsTraining, seed: int = 2) -> TrainConfig:
    return TrainConfig(seed=seed, video_dynamics=how)


def _trained(folder: Path, how: VideoDynamicsTraining = TINY, *, semantic: bool = False) -> Path:
    own, held_out = music_videos(16, semantic=semantic), music_videos(6, first_seed=100, semantic=semantic)
    return train_on_videos(own, held_out, _config(how), folder)


def _measured(path: Path, *, semantic: bool = False) -> dict[str, float]:
    model, header = load_dynamics(path)
    videos, known = music_videos(8, first_seed=200, semantic=semantic), music_videos(16, semantic=semantic)
    return measure(model, header.inputs, calibrations_of(header.standings), videos, known)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _trained(tmp_path_factory.mktemp("dynamics"))


def test_a_regressor_learns_what_the_picture_says_and_beats_every_baseline(weights: Path) -> None:
    figures = _measured(weights)
    for output in ("density", "loudness"):
        for rival in ("constant", "shuffled", "place"):
            assert figures[f"{output}_rmse"] < figures[f"{rival}_{output}_rmse"]
        assert figures[f"{output}_rmse_low"] <= figures[f"{output}_rmse"] <= figures[f"{output}_rmse_high"]
        assert figures[f"p_constant_{output}_rmse"] < 0.05
    assert figures["density_rmse"] < 0.6 * figures["constant_density_rmse"]


def test_calibration_keeps_the_order_and_restores_the_spread(weights: Path) -> None:
    figures = _measured(weights)
    for output in ("density", "loudness"):
        assert figures[f"calibrated_{output}_rank_correlation"] == pytest.approx(1, abs=1e-6)
        assert figures[f"calibrated_{output}_spread"] == pytest.approx(1, abs=0.2)
    for level in range(4):
        assert figures[f"calibrated_level_{level}"] == pytest.approx(figures[f"data_level_{level}"], abs=0.12)


@pytest.mark.parametrize("regressor", ["linear", "gru", "lstm", "bi-lstm"])
def test_every_baseline_is_trained_by_its_name(regressor: Regressor, tmp_path: Path) -> None:
    how = msgspec.structs.replace(TINY, regressor=regressor, n_epochs=2)
    model, header = load_dynamics(_trained(tmp_path, how))
    assert (model.config.n_layers == 0) == (regressor == "linear")
    assert model.config.lstm == regressor.endswith("lstm")
    assert model.config.bidirectional == regressor.startswith("bi")
    assert f'"regressor":"{regressor}"' in str(header.provenance["settings"])


def test_semantic_columns_are_learnt_from_and_may_be_hidden(tmp_path: Path) -> None:
    how = msgspec.structs.replace(TINY, columns=("semantic", "place"), n_components=2, hidden_semantic=0.3, n_epochs=10)
    path = _trained(tmp_path, how, semantic=True)
    seen, hidden = _measured(path, semantic=True), _measured(path, semantic=False)
    assert seen["density_rmse"] < 0.7 * hidden["density_rmse"]
    assert hidden["density_rmse"] < 1.15 * hidden["constant_density_rmse"]


class _BrokenOffError(Exception):
    """Stands for a run that is killed."""


def _breaking_off_at(epoch: int) -> Callable[[str, int, int], None]:
    def progress(label: str, done: int, total: int) -> None:
        if done == epoch:
            raise _BrokenOffError

    return progress


def test_a_run_that_was_broken_off_ends_in_the_same_bytes(tmp_path: Path) -> None:
    own, held_out = music_videos(8), music_videos(3, first_seed=100)
    how = msgspec.structs.replace(TINY, n_epochs=4, dropout=0.3)
    whole = train_on_videos(own, held_out, _config(how), tmp_path / "whole")
    with pytest.raises(_BrokenOffError):
        train_on_videos(own, held_out, _config(how), tmp_path / "broken", _breaking_off_at(2))
    resumed = train_on_videos(own, held_out, _config(how), tmp_path / "broken")
    assert whole.read_bytes() == resumed.read_bytes()
    other = train_on_videos(own, held_out, _config(how, seed=3), tmp_path / "other")
    assert other.read_bytes() != whole.read_bytes()


def test_a_checkpoint_of_other_sizes_is_refused_with_a_hint(tmp_path: Path) -> None:
    own, how = music_videos(3), msgspec.structs.replace(TINY, n_epochs=1)
    train_on_videos(own, own, _config(how), tmp_path)
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(ModelError, match="cannot go on") as caught:
        train_on_videos(own, own, _config(msgspec.structs.replace(how, hidden=5)), tmp_path)
    assert "Delete" in caught.value.hint


def test_training_without_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="videos"):
        train_on_videos([], music_videos(2), _config(TINY), tmp_path)


@settings(max_examples=30)
@given(st.integers(1, 300), st.floats(0, 20))
def test_the_error_counts_three_hundred_seconds_as_published(n: int, wrong_by: float) -> None:
    targets = torch.rand(n, 2)
    padded = np.zeros((300, 2))
    padded[:n] = wrong_by
    published = np.sqrt(np.square(padded).mean(0))
    assert song_errors(targets + wrong_by, targets).numpy() == pytest.approx(published, abs=2e-4, rel=1e-3)


@settings(max_examples=25)
@given(st.integers(1, 9), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_shows_every_video_once_in_its_own_order(batch: int, seed: int, epoch: int) -> None:
    lengths = [5, 9, 7, 12, 6, 8, 20]
    examples = [
        VideoExample(torch.full((n, 3), float(index)), torch.arange(n).float()[:, None].repeat(1, 2))
        for index, n in enumerate(lengths)
    ]
    how = VideoDynamicsTraining(batch_videos=batch, hidden_semantic=0.5)
    seen = []
    for rows, targets in epoch_batches(examples, how, 1, seed, epoch):
        seen += rows[:, 0, 2].int().tolist()
        assert (targets.diff(dim=1) > 0).all()
        assert rows.shape[1] == min(lengths[int(index)] for index in rows[:, 0, 2])
        assert ((rows[..., 0] == 0) | (rows[..., 0] == rows[..., 2])).all()
    assert sorted(seen) == list(range(len(lengths)))


def test_rows_hold_the_published_columns_first_and_in_their_order() -> None:
    video = music_videos(1, semantic=True)[0]
    inputs = inputs_of(("place", "chords", "emotion", "semantic", "motion", "scene_offset"))
    assert inputs[:776] == video_columns()
    rows = example_rows(video, inputs)
    assert np.array_equal(rows[:, :776], video.rows)
    assert rows.shape[1] == sum(map(len, GROUPS.values()))
    assert (example_rows(music_videos(1)[0], inputs)[:, :768] == 0).all()


def test_nearness_of_the_end_is_unknown_where_a_video_is_cut_off() -> None:
    last = [place_columns(9, ends=ends)["until_end_3"][-1] for ends in (True, False)]
    assert last == [1, 0]
    columns, video = GROUPS["place"], music_videos(1)[0]
    full = replace(video, symbol_ids=np.ones(300, np.int64), picture=np.ones((300, 8), np.float32))
    assert example_rows(video, columns)[-1, columns.index("until_end_1")] == 1
    assert (example_rows(full, columns)[:, columns.index("until_end_60")] == 0).all()
    assert example_rows(full, columns)[0, columns.index("since_start_1")] == 1


def test_levels_and_ranks_are_counted_as_they_should() -> None:
    shares = level_shares("x", np.array([0, 6, 6.5, 18, 24, 24.1, 30, 13.0]))
    assert [shares[f"x_level_{level}"] * 8 for level in range(5)] == [2, 1, 2, 1, 2]
    values = np.array([3.0, 1, 1, 5])
    assert rank_correlation(values, np.exp(values)) == pytest.approx(1)
    assert rank_correlation(values, -values) == pytest.approx(-1)


def test_the_packaged_configuration_names_a_bidirectional_gru_that_sees_the_picture_alone() -> None:
    import v2m_bridge.training as training

    config = read_config(Path(training.__file__).parent / "configs" / "muvi-dynamics.toml").video_dynamics
    assert config is not None
    assert config.regressor == "bi-gru"
    assert "chords" not in config.columns


@pytest.mark.parametrize("wrong", ['columns = ["place", "place"]', "columns = []", "n_epochs = 0", 'regressor = "mlp"'])
def test_wrong_settings_name_their_fault(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"[video_dynamics]\n{wrong}\n")
    with pytest.raises(ModelError, match="cannot train"):
        read_config(path)

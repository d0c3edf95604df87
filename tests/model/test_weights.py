from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import msgspec
import pytest
import safetensors.torch
import torch

from tests.model.tiny import tiny_weights
from v2m_bridge.errors import ModelError
from v2m_bridge.model.weights import Header, load_weights, n_parameters, read_header, save_weights


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    weights = tiny_weights()
    path = tmp_path / "own.safetensors"
    save_weights(weights.chords, weights.chords_header, path)
    save_weights(weights.dynamics, weights.dynamics_header, tmp_path / "own-dynamics.safetensors")
    return path


def test_weights_come_back_as_they_were_saved_to_half_precision(saved: Path) -> None:
    weights, again = tiny_weights(), load_weights(saved)
    assert again.chords_header == msgspec.convert(msgspec.to_builtins(weights.chords_header), Header)
    for before, after in zip(weights.chords.parameters(), again.chords.parameters(), strict=True):
        assert torch.equal(before.half().float(), after)
    assert again.chords.config == weights.chords.config
    assert not again.chords.training


def test_the_name_carries_a_digest_that_follows_the_content(saved: Path) -> None:
    first = load_weights(saved).name_and_digest
    assert first == load_weights(saved).name_and_digest
    other = tiny_weights(seed=1)
    save_weights(other.chords, other.chords_header, saved)
    second = load_weights(saved).name_and_digest
    assert first.startswith("own:")
    assert second.startswith("own:")
    assert first != second


def test_without_a_regressor_beside_it_the_packaged_one_is_used(saved: Path) -> None:
    saved.with_name("own-dynamics.safetensors").unlink()
    assert n_parameters(load_weights(saved).dynamics) == n_parameters(load_weights().dynamics)


def test_a_file_that_is_cut_short_at_any_place_is_a_model_error(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in (0, 4, 8, 200, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        with pytest.raises(ModelError) as caught:
            load_weights(saved)
        assert caught.value.hint


def test_absent_weights_and_a_folder_are_model_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(ModelError, match="no weights"):
            load_weights(path)


def test_a_regressor_in_place_of_a_chord_model_is_refused(saved: Path) -> None:
    with pytest.raises(ModelError, match="not a chord model"):
        load_weights(saved.with_name("own-dynamics.safetensors"))


def test_a_safetensors_file_of_someone_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="does not say what it holds") as caught:
        read_header(path)
    assert "v2m model import" in caught.value.hint


@pytest.mark.parametrize(
    "wrong", [{"d_model": 18}, {"d_model": 0}, {"d_model": "wide"}, {"n_heads": 3}, {"n_inputs": 4}, {"unheard": 1}]
)
def test_a_header_that_does_not_fit_its_tensors_is_a_model_error(
    tmp_path: Path, wrong: dict[str, int | float | None]
) -> None:
    weights = tiny_weights()
    header = msgspec.structs.replace(weights.chords_header, sizes={**asdict(weights.chords.config), **wrong})
    path = tmp_path / "wrong.safetensors"
    save_weights(weights.chords, header, path)
    with pytest.raises(ModelError):
        load_weights(path)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    weights = tiny_weights()
    weights.chords.output.bias[3] = float("nan")
    path = tmp_path / "broken.safetensors"
    save_weights(weights.chords, weights.chords_header, path)
    with pytest.raises(ModelError, match="finite"):
        load_weights(path)


def test_the_packaged_weights_load_and_stay_within_their_size() -> None:
    weights = load_weights()
    assert weights.name_and_digest.startswith("starter:")
    assert n_parameters(weights.chords) + n_parameters(weights.dynamics) < 8_000_000
    folder = Path(__file__).parents[2] / "v2m_bridge" / "model" / "starter"
    assert sum(path.stat().st_size for path in folder.glob("*.safetensors")) <= 16 * 2**20
    assert (folder / "MODEL_CARD.md").is_file()

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.dynamics_gru import DynamicsGru
from v2m_bridge.model.published import read_published
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.model.weights import load_chords, save_weights


def _expected(shared: Path) -> tuple[dict[str, F32], F32]:
    with np.load(shared / "reference" / "expected.npz") as file:
        arrays = {name: file[name] for name in file.files}
    columns = (arrays["semantic"], arrays["scene_offset"][:, None], arrays["motion"][:, None], arrays["emotion"])
    return arrays, np.concatenate(columns, axis=1)


@pytest.mark.shared
@pytest.mark.parametrize("key", [0, 1])
def test_the_chord_model_gives_the_logits_of_the_published_code(shared: Path, key: int) -> None:
    arrays, rows = _expected(shared)
    model, header = read_published(shared / "reference" / "best_loss_weights.pickle")
    assert isinstance(model, Amt)
    assert header.inputs == video_columns(16)
    logits = model(torch.from_numpy(arrays["chord"])[None], torch.from_numpy(rows)[None], torch.tensor([float(key)]))
    assert np.abs(logits[0].numpy() - arrays[f"logits_key{key}"]).max() < 1e-4


@pytest.mark.shared
def test_greedy_decoding_gives_the_sequence_of_the_published_code(shared: Path) -> None:
    arrays, rows = _expected(shared)
    model, _ = read_published(shared / "reference" / "best_loss_weights.pickle")
    assert isinstance(model, Amt)
    fixed = np.full(60, FREE)
    fixed[:4] = [1, 122, 66, 92]
    sheet = Sheet(fixed, rows[None], 0.0, np.zeros((60, 157)))
    drawn = fill(model, sheet, NoiseSource(0, 0), Decoding(temperature=0, repeat_limit=2, loop_penalty=0))
    assert drawn.tolist() == arrays["greedy_key0"].tolist()


@pytest.mark.shared
def test_the_regressor_gives_the_output_of_the_published_bigru(shared: Path) -> None:
    arrays, rows = _expected(shared)
    model, _ = read_published(shared / "reference" / "best_rmse_weights.pickle")
    assert isinstance(model, DynamicsGru)
    assert np.abs(model(torch.from_numpy(rows)[None])[0].numpy() - arrays["regression_bigru"]).max() < 1e-5


@pytest.mark.shared
def test_an_imported_checkpoint_survives_being_saved_and_loaded(shared: Path, tmp_path: Path) -> None:
    model, header = read_published(shared / "reference" / "best_loss_weights.pickle")
    path = tmp_path / "imported.safetensors"
    save_weights(model, header, path, half=False)
    again, header_again = load_chords(path)
    assert header_again == header
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))


@pytest.mark.shared
def test_sizes_that_do_not_fit_the_checkpoint_are_named(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "best_loss_weights.pickle"
    path.write_bytes((shared / "reference" / path.name).read_bytes())
    with pytest.raises(ModelError, match="sizes"):
        read_published(path)  # no config.json beside it: the published sizes hold


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 torn"])
def test_a_damaged_checkpoint_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pickle"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        read_published(path)


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this must not run",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "weights.pickle"
    torch.save({"weight": _Harmful()}, path)
    with pytest.raises(ModelError, match="more than tensors"):
        read_published(path)
    assert capsys.readouterr().out == ""


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pickle"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="neither"):
        read_published(path)
    with pytest.raises(ModelError, match="no checkpoint"):
        read_published(tmp_path / "absent.pickle")

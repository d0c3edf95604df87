from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from v2m_bridge.errors import ModelError
from v2m_bridge.model.weights import load_chords
from v2m_bridge.training.checkpoints import TOLERANCES, describe, import_checkpoint, verify


@pytest.mark.shared
def test_published_checkpoints_agree_with_the_published_code(shared: Path) -> None:
    differences = verify(shared / "reference", shared / "reference" / "expected.npz")
    assert differences.keys() == TOLERANCES.keys()
    assert all(difference <= TOLERANCES[name] for name, difference in differences.items())


@pytest.mark.shared
def test_a_published_checkpoint_is_imported_and_never_written_over(shared: Path, tmp_path: Path) -> None:
    out = import_checkpoint(shared / "reference" / "best_loss_weights.pickle", tmp_path / "imported.safetensors")
    assert load_chords(out)[0].config.d_model == 48
    with pytest.raises(ModelError, match="exists"):
        import_checkpoint(shared / "reference" / "best_loss_weights.pickle", out)


@pytest.mark.shared
def test_a_fixture_of_something_else_is_refused(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, semantic=np.zeros((2, 3)))
    with pytest.raises(ModelError, match="does not fit"):
        verify(shared / "reference", path)
    path.write_bytes(b"torn")
    with pytest.raises(ModelError, match="cannot read"):
        verify(shared / "reference", path)
    with pytest.raises(ModelError, match="no published checkpoint"):
        verify(tmp_path, shared / "reference" / "expected.npz")


def test_the_starter_weights_say_what_they_are_and_whose_music_made_them() -> None:
    about = describe()
    assert about["kind"] == "chords"
    assert isinstance(about["parameters"], int)
    assert 1_000_000 < about["parameters"] < 8_000_000
    for name in ("mcgill-billboard", "pop909", "rs200-cocopops"):
        assert name in str(about["corpora"])

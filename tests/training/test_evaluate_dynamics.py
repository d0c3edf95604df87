from __future__ import annotations

from pathlib import Path

import pytest

from v2m_bridge.errors import ModelError
from v2m_bridge.model.weights import STARTER_FOLDER, load_dynamics
from v2m_bridge.training.evaluate import evaluate

COMMITTED = Path(__file__).parents[2] / "benchmarks" / "weights" / "muvi-dynamics.safetensors"


def test_a_regressor_that_reads_music_cannot_be_measured_on_videos(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing to measure dynamics"):
        evaluate(STARTER_FOLDER / "dynamics.safetensors", tmp_path)


def test_the_committed_regressor_is_small_and_says_that_its_data_are_not_verified() -> None:
    _, header = load_dynamics(COMMITTED)
    assert COMMITTED.stat().st_size < 400_000
    assert "not verified" in str(header.provenance["corpora"])
    assert not any(name.startswith("chord") for name in header.inputs)


@pytest.mark.shared
@pytest.mark.long
def test_the_committed_regressor_beats_the_published_one_and_its_calibration_restores_the_spread(
    shared: Path, tmp_path: Path
) -> None:
    figures = evaluate(COMMITTED, shared / "data", "val", cache=tmp_path)
    assert figures["constant_density_rmse"] == pytest.approx(4.907, abs=5e-4)
    assert figures["constant_loudness_rmse"] == pytest.approx(0.0788, abs=5e-5)
    assert figures["density_rmse"] <= 4.47
    assert figures["loudness_rmse"] <= 0.0750
    assert figures["p_place_density_rmse"] < 0.05
    for output in ("density", "loudness"):
        assert figures[f"calibrated_{output}_rank_correlation"] > 0.99999
        assert figures[f"calibrated_{output}_spread"] >= 0.8
        assert figures[f"calibrated_{output}_spread_within"] >= 0.8
    assert all(figures[f"calibrated_level_{level}"] > 0 for level in range(5))
    assert figures["raw_level_4"] == 0

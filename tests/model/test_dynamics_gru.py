from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.row_reader import RowReader

_SIZES = {"n_inputs": 9, "hidden": 6, "n_layers": 1, "standardised": True, "n_semantic": 6, "n_components": 3}


def _rows(n_videos: int = 2, n: int = 40, seed: int = 0) -> torch.Tensor:
    """(B, T, 9): six semantic columns of rank three, and three others with a long tail."""
    random = torch.Generator().manual_seed(seed)
    semantic = torch.randn(n_videos, n, 3, generator=random) @ torch.randn(3, 6, generator=random) + 0.5
    return torch.cat([semantic, torch.randn(n_videos, n, 3, generator=random).mul(2).exp()], dim=-1)


def _model(**sizes: int | bool) -> DynamicsGru:
    torch.manual_seed(1)
    model = DynamicsGru(DynamicsConfig(**{**_SIZES, **sizes})).eval().requires_grad_(False)  # type: ignore[arg-type]
    if model.reader is not None:
        model.reader.fit(_rows(8).flatten(0, 1))
    return model


def test_what_is_read_has_mean_nought_and_deviation_one() -> None:
    rows = _rows(16, 200).flatten(0, 1)
    reader = RowReader(9, 6, 3)
    reader.fit(rows)
    read = reader(rows)
    assert read.shape == (3200, 6)
    assert read.mean(0).abs().max() < 0.05
    assert (read.std(0) - 1).abs().max() < 0.05
    assert (torch.corrcoef(read[:, :3].T) - torch.eye(3)).abs().max() < 0.05


def test_unknown_semantic_columns_read_as_the_mean_and_do_not_count_when_a_reader_is_fitted() -> None:
    rows = _rows(8).flatten(0, 1)
    hidden = rows.clone()
    hidden[:, :6] = 0
    whole, half = RowReader(9, 6, 3), RowReader(9, 6, 3)
    whole.fit(rows)
    half.fit(torch.cat([rows, hidden]))
    assert torch.allclose(whole(rows)[:, :3], half(rows)[:, :3], atol=1e-4)
    assert (whole(hidden)[:, :3] == 0).all()
    assert torch.equal(whole(hidden)[:, 3:], whole(rows)[:, 3:])


def test_no_row_is_so_far_out_that_it_drowns_the_others() -> None:
    model = _model()
    rows = _rows()
    rows[0, 0, 6:] = 1e30
    assert model.reader is not None
    assert model.reader(rows).abs().max() <= 5
    assert torch.isfinite(model(rows)).all()


@pytest.mark.parametrize(
    "sizes",
    [{}, {"lstm": True}, {"bidirectional": False}, {"bidirectional": False, "lstm": True}, {"n_layers": 0}],
    ids=["bi-gru", "bi-lstm", "gru", "lstm", "linear"],
)
@pytest.mark.parametrize("pooled", [False, True])
def test_every_regressor_gives_density_and_loudness_for_each_row(sizes: dict[str, bool], pooled: bool) -> None:
    assert _model(**sizes, pooled=pooled)(_rows(3, 17)).shape == (3, 17, 2)


@settings(max_examples=10)
@given(st.integers(0, 38), st.booleans(), st.booleans())
def test_one_direction_never_looks_ahead_and_two_do(second: int, lstm: bool, bidirectional: bool) -> None:
    model = _model(lstm=lstm, bidirectional=bidirectional)
    rows = _rows(1)
    changed = rows.clone()
    changed[:, second + 1 :] = _rows(1, seed=9)[:, second + 1 :]
    before = (model(rows) - model(changed))[:, : second + 1].abs().max()
    assert (before > 0) == bidirectional


def test_only_the_pooled_linear_regressor_knows_of_other_seconds() -> None:
    rows, changed = _rows(1), _rows(1)
    changed[:, 20:] = _rows(1, seed=9)[:, 20:]
    plain, pooled = _model(n_layers=0), _model(n_layers=0, pooled=True)
    assert torch.equal(plain(rows)[:, :20], plain(changed)[:, :20])
    assert not torch.equal(pooled(rows)[:, :20], pooled(changed)[:, :20])


def test_videos_of_one_batch_do_not_hear_each_other() -> None:
    model, rows = _model(pooled=True), _rows(3)
    assert torch.allclose(model(rows)[1], model(rows[1:2])[0], atol=1e-6)


def test_measured_values_are_in_notes_and_rms_whatever_the_model_was_trained_on() -> None:
    rows, mean, spread = _rows(), (10.0, 0.2), (5.0, 0.1)
    raw = DynamicsGru(DynamicsConfig(9, hidden=4, mean=mean, spread=spread)).eval().requires_grad_(False)
    assert torch.equal(raw.measured(rows), raw(rows))
    assert torch.allclose(raw.standard(rows) * torch.tensor(spread) + torch.tensor(mean), raw(rows), atol=1e-5)
    ours = DynamicsGru(DynamicsConfig(9, hidden=4, mean=mean, spread=spread, standardised=True)).eval()
    ours.requires_grad_(False)
    assert torch.equal(ours.standard(rows), ours(rows))
    assert torch.allclose(ours.measured(rows), ours(rows) * torch.tensor(spread) + torch.tensor(mean))


@pytest.mark.parametrize(
    "wrong",
    [{"n_inputs": 0}, {"n_layers": -1}, {"n_layers": 99}, {"n_components": 7}, {"n_semantic": 10},
     {"standardised": False}, {"spread": (0.0, 1.0)}],
)  # fmt: skip
def test_sizes_that_cannot_be_are_refused(wrong: dict[str, int | bool | tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="regressor"):
        DynamicsConfig(**{**_SIZES, **wrong})  # type: ignore[arg-type]

"""The published baselines are switches of the chord model: no encoder, and no relative attention."""

from __future__ import annotations

import pytest
import torch

from tests.model.tiny import tiny_amt
from v2m_bridge.model.layers import SharedDropout

BASELINES = {
    "transformer": {"relative": False, "sees_rows": False},
    "music transformer": {"relative": True, "sees_rows": False},
    "absolute positions": {"relative": False, "sees_rows": True},
}


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_predicts_from_the_past_alone_and_decodes_step_by_step(name: str) -> None:
    model = tiny_amt(**BASELINES[name])
    random = torch.Generator().manual_seed(1)
    symbols = torch.randint(0, 157, (2, 40), generator=random)
    rows, key = torch.randn(2, 40, model.config.n_inputs, generator=random), torch.tensor([0.0, 1.0])
    whole = model(symbols, rows, key)
    other = symbols.clone()
    other[:, 25] = (other[:, 25] + 1) % 157
    assert torch.equal(whole[:, :25], model(other, rows, key)[:, :25])
    cache = model.start(model.encode(rows), key).rows([0, 1])
    steps = torch.cat([model.extend(cache, symbols[:, t : t + 1]) for t in range(40)], dim=1)
    assert torch.allclose(whole, steps, atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_only_a_baseline_with_an_encoder_sees_the_rows(name: str) -> None:
    model = tiny_amt(**BASELINES[name])
    symbols, key = torch.arange(30)[None], torch.zeros(1)
    seen = [model(symbols, torch.full((1, 30, model.config.n_inputs), value), key) for value in (0.0, 1.0)]
    assert torch.equal(*seen) is not BASELINES[name]["sees_rows"]


def test_without_relative_attention_there_is_nothing_that_counts_distances() -> None:
    assert any("relative" in key for key in tiny_amt().state_dict())
    assert not any("relative" in key for key in tiny_amt(relative=False).state_dict())


def test_parts_of_a_batch_draw_the_dropout_of_the_whole_batch() -> None:
    whole, part = SharedDropout(0.5).train(), SharedDropout(0.5).train()
    x = torch.ones(5, 3, 8)
    torch.manual_seed(4)
    expected = whole(x)
    part.part = (2, 5)
    torch.manual_seed(4)
    assert torch.equal(part(x[2:4]), expected[2:4])

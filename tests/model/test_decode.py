"""One-step decoding with room laid out once, and takes side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.decode_reference import logits_after
from tests.model.tiny import greedy, tiny_amt
from v2m_bridge.core.harmony import N_SYMBOLS
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.linear_maps import single_map
from v2m_bridge.model.sampling import LOGIT_STEP

SHAPES: tuple[dict[str, Any], ...] = (
    {}, {"memory_band": None, "start_symbol": None}, {"relative": False}, {"sees_rows": False}, {"recall": True},
)  # fmt: skip


@pytest.fixture
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def _rows(model: Amt, n_rows: int, length: int) -> torch.Tensor:
    return torch.randn(n_rows, length, model.config.n_inputs, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("index", [[0, 1, 0, 1], [1, 1, 0]])
def test_branched_takes_go_on_like_progressions_of_their_own(sizes: dict[str, Any], index: list[int]) -> None:
    model = tiny_amt(**sizes)
    rows, key = _rows(model, 2, 30), torch.tensor([0.0, 1.0])
    common, own = torch.randint(0, 157, (2, 6)), torch.randint(0, 157, (len(index), 24))
    cache = model.start(model.encode(rows), key)
    model.extend(cache, common)
    takes = cache.rows(index)
    stepped = [model.extend(takes, own[:, t : t + 1]) for t in range(14)]
    at_once = model.extend(takes, own[:, 14:])
    whole = model(torch.cat([common[index], own], dim=1), rows[index], key[index])
    assert torch.allclose(torch.cat([*stepped, at_once], dim=1), whole[:, 6:], atol=1e-5)


def test_takes_share_what_the_encoder_said_and_nothing_that_they_did_since() -> None:
    model = tiny_amt()
    cache = model.start(model.encode(_rows(model, 1, 20)), torch.zeros(1))
    before = model.extend(cache, torch.tensor([[1]]))
    takes, again = cache.rows([0, 0, 0]), cache.rows([0])
    assert takes.memory[0].keys.data_ptr() == cache.memory[0].keys.data_ptr()
    after = model.extend(takes, torch.tensor([[1], [2], [3]]))
    assert torch.allclose(model.extend(cache, torch.tensor([[2]])), after[1:2], atol=1e-5)
    assert torch.allclose(model.extend(again, torch.tensor([[3]])), after[2:3], atol=1e-5)
    assert not torch.allclose(before[0], after[0], atol=1e-3)


def test_room_is_laid_out_once_and_every_tensor_lies_where_the_model_does() -> None:
    model = tiny_amt(recall=True)
    rows, key, symbols = _rows(model, 2, 24), torch.zeros(2), torch.ones(2, 24, dtype=torch.int64)
    cache = model.start(model.encode(rows), key).rows([0, 1])
    places = [past.room.data_ptr() for past in cache.past]
    with torch.device("meta"):  # a tensor that is made without a device would now hold nothing
        model.extend(cache, symbols[:, :10])
        logits = torch.cat([model.extend(cache, symbols[:, t : t + 1]) for t in range(10, 24)], dim=1)
        whole = model(symbols, rows, key)
    assert places == [past.room.data_ptr() for past in cache.past]
    assert torch.allclose(logits, whole[:, 10:], atol=1e-5)


@settings(max_examples=30)
@given(st.integers(1, 9), st.sampled_from([(512, 256), (300, 700), (159, 900)]))
def test_a_large_matrix_read_by_two_threads_gives_the_product(n_rows: int, shape: tuple[int, int]) -> None:
    weight, bias, x = torch.randn(shape), torch.randn(shape[0]), torch.randn(n_rows, shape[1])
    torch.set_num_threads(2)
    try:
        product = single_map(weight, bias)(x)
    finally:
        torch.set_num_threads(1)
    assert torch.allclose(product, x @ weight.t() + bias, atol=1e-3)


@pytest.mark.long
@pytest.mark.usefixtures("two_threads")
def test_at_full_size_300_chords_are_those_of_the_published_procedure() -> None:
    torch.manual_seed(0)
    model = Amt(AmtConfig(n_inputs=776)).eval().requires_grad_(False)
    rows, key = _rows(model, 1, 300), torch.zeros(1)
    chosen = greedy(model, rows.numpy(), 301)
    symbols = torch.from_numpy(chosen)[None]
    assert _likeliest(model(symbols[:, :300], rows, key)[0]) == chosen[1:].tolist()
    for slot in range(0, 300, 12):  # and with nothing in the decoder but the prefix
        assert _likeliest(logits_after(model, symbols[:, : slot + 1], rows, key)[None]) == [chosen[slot + 1]]
    assert len(set(chosen.tolist())) > 5


def _likeliest(logits: torch.Tensor) -> list[int]:
    """(n, 159) -> n chords."""
    return torch.round(logits[:, :N_SYMBOLS].double() / LOGIT_STEP).argmax(-1).tolist()

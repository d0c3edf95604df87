from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.tiny import tiny_amt
from v2m_bridge.core.harmony import END, PAD, chord_of_id
from v2m_bridge.model.amt import Amt, AmtConfig, sinusoids
from v2m_bridge.model.relative_attention import Attention


def _inputs(model: Amt, size: int, length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(7)
    symbols = torch.randint(0, 157, (size, length), generator=random)
    rows = torch.randn(size, length, model.config.n_inputs, generator=random)
    return symbols, rows, torch.arange(size).float() % 2


@pytest.mark.parametrize("published", [True, False])
def test_one_step_decoding_with_a_cache_gives_the_logits_of_the_whole_sequence(published: bool) -> None:
    model = tiny_amt(start_symbol=None, encoder_band=None, memory_band=None) if published else tiny_amt()
    symbols, rows, key = _inputs(model, 2, 120)
    whole = model(symbols, rows, key)
    cache = model.start(model.encode(rows), key)
    steps = torch.cat([model.extend(cache, symbols[:, t : t + 1]) for t in range(120)], dim=1)
    assert torch.allclose(whole, steps, atol=1e-5)


def test_a_cache_that_is_fed_in_pieces_gives_the_same_logits() -> None:
    model = tiny_amt()
    symbols, rows, key = _inputs(model, 1, 30)
    cache = model.start(model.encode(rows), key)
    pieces = torch.cat([model.extend(cache, symbols[:, a:b]) for a, b in ((0, 7), (7, 8), (8, 30))], dim=1)
    assert torch.allclose(model(symbols, rows, key), pieces, atol=1e-5)


@given(st.integers(1, 19))
def test_what_comes_later_does_not_change_what_came_before(changed: int) -> None:
    model = tiny_amt()
    symbols, rows, key = _inputs(model, 1, 20)
    other = symbols.clone()
    other[0, changed] = (other[0, changed] + 1) % 157
    first, second = model(symbols, rows, key), model(other, rows, key)
    assert torch.equal(first[:, :changed], second[:, :changed])
    assert not torch.equal(first[:, changed], second[:, changed])


def test_padding_a_batch_changes_nothing_in_its_real_slots() -> None:
    model = tiny_amt(encoder_band=None, memory_band=None)
    symbols, rows, key = _inputs(model, 2, 24)
    mask = torch.ones(2, 24, dtype=torch.bool)
    mask[1, 15:] = False
    symbols[1, 15:] = PAD
    together = model(symbols, rows, key, mask)
    alone = model(symbols[1:, :15], rows[1:, :15], key[1:])
    assert torch.allclose(together[1, :15], alone[0], atol=1e-5)


def test_with_bands_a_far_row_does_not_reach_a_slot() -> None:
    model = tiny_amt(encoder_band=2, memory_band=2)
    symbols, rows, key = _inputs(model, 1, 40)
    other = rows.clone()
    other[0, 30:] += 1
    changed = (model(symbols, rows, key) != model(symbols, other, key)).any(-1)[0]
    assert not changed[:25].any()
    assert changed[30:].all()


@given(st.integers(1, 6), st.integers(0, 9))
def test_the_relative_term_is_the_product_of_query_and_distance(n_queries: int, first: int) -> None:
    relative, n_keys = torch.randn(16, 4), first + n_queries
    queries = torch.randn(2, 3, n_queries, 4)
    got = Attention._relative_logits(relative, queries, first)
    for query in range(n_queries):
        for key in range(first + query + 1):
            wanted = (queries[:, :, query] * relative[15 - (first + query - key)]).sum(-1)
            assert torch.allclose(got[:, :, query, key], wanted, atol=1e-5)
    assert got.shape[-1] == n_keys


def test_every_symbol_has_the_root_and_quality_of_its_chord() -> None:
    model = tiny_amt()
    for symbol in range(1, 157):
        chord = chord_of_id(symbol)
        assert model._root_of[symbol] == (chord.root or 0) + 1
        assert model._quality_of[symbol] == (symbol - 1) % 13 + 1
    specials = {(int(model._root_of[s]), int(model._quality_of[s])) for s in (0, END, PAD)}
    assert specials == {(0, 0), (13, 14), (14, 15)}


def test_position_codes_are_sines_and_cosines() -> None:
    table = sinusoids(10, 6)
    assert table[0].tolist() == [0, 1, 0, 1, 0, 1]
    assert torch.allclose(table[:, 0], torch.sin(torch.arange(10.0)))


def test_a_width_that_does_not_divide_into_heads_is_refused() -> None:
    with pytest.raises(ValueError, match="heads"):
        AmtConfig(n_inputs=3, d_model=10, n_heads=4)

"""Counts of the song so far, and how they are mixed into likelihoods."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.tiny import tiny_amt
from v2m_bridge.core.harmony import END, VOCABULARY_SIZE
from v2m_bridge.errors import ModelError
from v2m_bridge.model.tally import N_CONTEXTS, Tally, TallyMix

C, F, G, AM = 1, 66, 92, 122
SYMBOLS = st.lists(st.sampled_from([C, F, G, AM, 0]), min_size=1, max_size=60).map(lambda ids: [END, *ids])


def counts_of(symbols: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    tally = Tally()
    return np.stack([tally.hear(symbol) for symbol in symbols])


def test_symbols_are_counted_by_what_stood_before_them() -> None:
    everywhere, after_f, after_cf, after_gcf = counts_of([END, C, F, G, C, F, AM, C, F])[-1]
    assert (everywhere[C], everywhere[F], everywhere[G], everywhere[END]) == (3, 3, 1, 0)
    assert after_f[G] == after_f[AM] == after_cf[G] == after_cf[AM] == 1
    assert after_f.sum() == after_cf.sum() == 2
    assert after_gcf.sum() == 0  # Am, C, F was not heard before


@given(SYMBOLS, st.integers(0, 60))
def test_nothing_is_known_of_the_future(symbols: list[int], cut: int) -> None:
    assert np.array_equal(counts_of(symbols)[: cut + 1], counts_of(symbols[: cut + 1]))


@given(SYMBOLS)
def test_every_context_is_counted_as_often_as_a_search_finds_it(symbols: list[int]) -> None:
    counts = counts_of(symbols)[-1]
    for size in range(N_CONTEXTS):
        last = symbols[len(symbols) - size :]
        places = range(max(1, size), len(symbols)) if size <= len(symbols) else range(0)
        found = [symbols[at] for at in places if symbols[at - size : at] == last]
        assert np.array_equal(counts[size], np.bincount(found, minlength=VOCABULARY_SIZE))


def test_what_was_heard_becomes_likelier_and_likelihoods_stay_whole() -> None:
    mix, seen = TallyMix(8), torch.zeros(8)
    logits = torch.linspace(0, 3, VOCABULARY_SIZE)
    counts = torch.from_numpy(counts_of([END, C, F, G, C, F])[-1])
    with torch.no_grad():
        mixed, alone = mix(logits, seen, counts).exp(), mix(logits, seen, torch.zeros_like(counts)).exp()
    assert torch.allclose(alone, logits.softmax(-1), atol=1e-6)
    assert mixed.sum().item() == pytest.approx(1, abs=1e-5)
    assert mixed[G] > 2 * alone[G]
    assert mixed[AM] < alone[AM]


@settings(max_examples=12)
@given(SYMBOLS)
def test_one_step_at_a_time_gives_what_the_whole_gives(symbols: list[int]) -> None:
    model = tiny_amt(3, tally=True, recall=True)
    rows, key = torch.zeros(2, 64, model.config.n_inputs), torch.tensor([0.0, 1.0])
    line = torch.tensor([symbols, symbols[:1] + symbols[1:][::-1]])
    with torch.no_grad():
        whole = model(line, rows, key)
        cache = model.start(model.encode(rows), key)
        steps = torch.cat([model.extend(cache, line[:, t : t + 1]) for t in range(line.shape[1])], dim=1)
        swapped = model.start(model.encode(rows), key)
        model.extend(swapped, line[:, :1])
        last = model.extend(swapped.rows([1, 1, 0]), line[[1, 1, 0], 1:])
    assert torch.allclose(whole, steps, atol=1e-4)
    assert torch.allclose(last[2, -1], whole[0, -1], atol=1e-4)


def test_a_tally_is_not_read_in_eight_bits() -> None:
    model = tiny_amt(tally=True)
    model.compile_steps()  # is decoded as before
    with pytest.raises(ModelError, match="tally"):
        model.compile_steps("int8")

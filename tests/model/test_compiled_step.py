"""Decoding by one compiled graph: the chords of the layers themselves, whatever is guessed ahead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.tiny import greedy, tiny_amt
from v2m_bridge.core.harmony import N_SYMBOLS
from v2m_bridge.errors import ModelError
from v2m_bridge.model import compiled_step, weights
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.guess import guesses
from v2m_bridge.model.int8 import LEVELS, Moments, rounded
from v2m_bridge.model.sampling import FREE, Decoding, Follower, NoiseSource, Sheet, fill
from v2m_bridge.model.weights import load_weights

SHAPES: tuple[dict[str, Any], ...] = (
    {}, {"memory_band": None, "start_symbol": None}, {"relative": False}, {"sees_rows": False}, {"recall": True},
)  # fmt: skip


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the positions that each pass through the graph takes."""
    found: list[int] = []
    decode = compiled_step.BoundSteps._decode

    def counted(self: compiled_step.BoundSteps, *arguments: Any) -> Any:
        found.append(len(known := decode(self, *arguments)))
        return known

    monkeypatch.setattr(compiled_step.BoundSteps, "_decode", counted)
    return found


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("index", [[0, 1], [0, 1, 0, 1], [1, 0, 1, 1]])
def test_the_graph_gives_the_logits_of_the_layers(sizes: dict[str, Any], index: list[int]) -> None:
    plain, model = tiny_amt(**sizes), tiny_amt(**sizes)
    model.compile_steps()
    drawn = torch.Generator().manual_seed(5)
    rows = torch.randn(2, 29, model.config.n_inputs, generator=drawn)  # fewer than there are positions
    symbols = torch.randint(0, 3, (len(index), 30), generator=drawn)  # few, so that some guesses are right
    found = []
    for each in (plain, model):
        cache = each.start(each.encode(rows), torch.tensor([0.0, 1.0]))
        each.extend(cache, symbols[:2, :1])
        takes = cache.rows(index)
        logits = [each.extend(takes, symbols[:, t : t + 1]) for t in range(1, 15)]
        logits.append(each.extend(takes, symbols[:, 15:20]))  # by the layers, which read what the graph has left
        logits += [each.extend(takes, symbols[:, t : t + 1]) for t in range(20, 30)]
        found.append(torch.cat(logits, 1))
    assert torch.allclose(found[0], found[1], atol=1e-4)


def test_the_last_positions_of_a_window_are_decoded_too() -> None:
    plain, model = tiny_amt(n_positions=12), tiny_amt(n_positions=12)
    model.compile_steps()
    rows = np.random.default_rng(1).standard_normal((1, 40, model.config.n_inputs)).astype(np.float32)
    assert greedy(model, rows, 40).tolist() == greedy(plain, rows, 40).tolist()


def test_what_was_guessed_right_costs_no_pass_and_what_was_not_changes_nothing(tried: list[int]) -> None:
    plain, model = tiny_amt(), tiny_amt()
    model.compile_steps()
    rows = torch.zeros(1, 30, model.config.n_inputs)
    symbols = [1, 1, 1, 1, 2, 3, 1, 2, 3, 1, 2, 3, 9, 2]
    found = []
    for each in (plain, model):
        cache = each.start(each.encode(rows), torch.zeros(1))
        found.append(torch.cat([each.extend(cache, torch.tensor([[symbol]])) for symbol in symbols], 1))
    assert torch.allclose(found[0], found[1], atol=1e-4)
    assert set(tried) == {1 + compiled_step.N_AHEAD}
    assert len(tried) <= len(symbols) // 2 + 2


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 4))
def test_guesses_are_symbols_that_were_said(said: list[int], n_wanted: int) -> None:
    found = guesses(said, n_wanted)
    assert len(found) == n_wanted
    assert set(found) <= set(said)


def test_what_followed_the_longest_ending_is_guessed() -> None:
    assert guesses([7], 2) == [7, 7]
    assert guesses([1, 2, 3, 4, 1, 2], 3) == [3, 4, 1]
    assert guesses([5, 1, 2, 8, 9, 1, 2, 6, 5, 1, 2], 1) == [8]  # 5 1 2 was heard, though 1 2 more recently


def test_eight_bits_lose_less_where_it_is_known_what_a_matrix_is_given() -> None:
    drawn = torch.Generator().manual_seed(2)
    weight, bias = torch.rand(96, 64, generator=drawn) - 0.5, torch.randn(96, generator=drawn)
    varying = torch.randn(4000, 6, generator=drawn) @ torch.randn(6, 64, generator=drawn)
    x = varying + 3 * torch.randn(64, generator=drawn)
    exact = x @ weight.t() + bias
    nothing = Moments(torch.zeros(64).double(), torch.eye(64).double())
    blind, knowing = (rounded(weight, bias, given) for given in (nothing, Moments.of(x)))
    lost = [(x @ (part.weight * part.scale).t() + part.bias - exact).pow(2).mean() for part in (blind, knowing)]
    assert knowing.weight.abs().max() <= LEVELS
    assert lost[1] < lost[0] / 10
    assert ((blind.weight * blind.scale - weight).abs() <= blind.scale * 0.5001).all()  # nothing to make up for


def test_in_eight_bits_nearly_every_likeliest_chord_stays() -> None:
    single, eight = (tiny_amt(d_model=64, n_heads=4, d_feedforward=128) for _ in range(2))
    eight.compile_steps("int8")
    rows = np.random.default_rng(3).standard_normal((1, 30, single.config.n_inputs)).astype(np.float32)
    chords, follower = greedy(single, rows, 30), Follower(eight, rows, 0.0)
    after = [int(follower.logits(chords[None], slot)[0, 0].argmax()) for slot in range(1, 30)]
    assert np.mean(np.array(after) == chords[1:]) >= 0.9


def test_weights_in_eight_bits_are_other_weights_by_name() -> None:
    single, eight = load_weights(), load_weights(precision="int8")
    assert eight.name_and_digest == f"{single.name_and_digest}:int8"
    n_columns = len(single.chords_header.inputs)
    sheet = Sheet(np.full(48, FREE), np.zeros((1, 48, n_columns), np.float32), 0.0, np.zeros((48, N_SYMBOLS)))
    chords = [fill(weights.chords, sheet, NoiseSource(3, 4), Decoding()) for weights in (single, eight)]
    assert chords[0][0] == chords[1][0]
    assert 0 <= chords[1].min() <= chords[1].max() < N_SYMBOLS


def test_large_models_are_compiled_and_small_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Amt] = []
    monkeypatch.setattr(Amt, "compile_steps", lambda self, precision: compiled.append(self))
    load_weights()
    assert not compiled
    monkeypatch.setattr(weights, "LARGE", 1)
    load_weights()
    assert len(compiled) == 1
    assert Amt(AmtConfig(n_inputs=776)).n_step_weights > 4_000_000


def test_without_openvino_single_precision_goes_on_and_eight_bits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (weights, compiled_step):
        monkeypatch.setattr(module, "is_installed", lambda: False)
    monkeypatch.setattr(weights, "LARGE", 1)
    load_weights()
    with pytest.raises(ModelError, match="OpenVINO") as caught:
        load_weights(precision="int8")
    assert "v2m_bridge[large]" in (caught.value.hint or "")

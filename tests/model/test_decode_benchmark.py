"""`python -m benchmarks decode`, on a small model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from benchmarks import decode
from benchmarks.__main__ import BENCHMARKS

KEYS = {
    "speedup_vs_reference", "speedup_quantised", "quantised_token_agreement", "ratio_to_gemv", "eight_takes_ratio",
    "identical",
}  # fmt: skip
SMALL = replace(
    decode.PUBLISHED, n_inputs=12, d_model=32, d_feedforward=64, n_encoder_layers=1, n_decoder_layers=2, n_positions=40
)


@pytest.mark.long
def test_decode_gives_its_keys_and_chords_that_the_published_procedure_chooses() -> None:
    figures = decode.measure(SMALL, n_steps=40, turns=2)
    assert set(figures) >= KEYS
    assert figures["identical"] == 1
    assert figures["quantised_token_agreement"] > 0.9
    assert all(figures[key] > 0 for key in KEYS)
    assert torch.get_num_threads() == 1


def test_the_bare_matrices_are_those_that_a_step_multiplies_by() -> None:
    model = decode.make_bench(SMALL, 1).single
    width, wide = SMALL.d_model, SMALL.d_feedforward
    per_layer = 3 * width * width + 3 * width * width + 2 * width * wide
    assert sum(matrix.numel() for matrix in decode.decoder_matrices(model)) == 2 * per_layer + 159 * width


def test_the_published_sizes_are_measured_by_name() -> None:
    assert BENCHMARKS["decode"] is decode.measure
    assert (decode.PUBLISHED.n_encoder_layers, decode.PUBLISHED.d_model, decode.PUBLISHED.n_inputs) == (6, 512, 776)

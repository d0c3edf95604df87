"""A tiny chord model and regressor with random weights, for laws that hold whatever the weights are."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import END
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import MUSIC_COLUMNS, TEXTURE_COLUMNS
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.sampling import Follower
from v2m_bridge.model.weights import Header, Weights

TINY = AmtConfig(
    n_inputs=len(MUSIC_COLUMNS), d_model=16, n_heads=2, d_feedforward=24, n_encoder_layers=1, n_decoder_layers=2,
    n_positions=300, start_symbol=END, encoder_band=8, memory_band=2,
)  # fmt: skip


def tiny_amt(seed: int = 0, **sizes: Any) -> Amt:
    """Return a random chord model whose choices differ a lot between symbols."""
    torch.manual_seed(seed)
    model = Amt(replace(TINY, **sizes)).eval().requires_grad_(False)
    model.output.weight.mul_(4)
    return model


def tiny_weights(seed: int = 0, **sizes: Any) -> Weights:
    """Return a random pair of models."""
    chords = tiny_amt(seed, **sizes)
    dynamics = DynamicsGru(DynamicsConfig(len(TEXTURE_COLUMNS), hidden=8)).eval().requires_grad_(False)
    return Weights(
        chords,
        Header(kind="chords", name="tiny", inputs=MUSIC_COLUMNS, sizes=asdict(chords.config), affect_dropout=0.3),
        dynamics,
        Header(kind="dynamics", name="tiny", inputs=TEXTURE_COLUMNS, sizes=asdict(dynamics.config)),
        "tiny:0000000000000000",
    )


def greedy(model: Amt, rows: F32, n_slots: int) -> I64:
    """(n_slots,) the likeliest chords, the first of them 1."""
    follower, symbols = Follower(model, rows, 0.0), np.ones((1, n_slots), np.int64)
    for slot in range(1, n_slots):
        symbols[0, slot] = follower.logits(symbols, slot)[0, 0].argmax()
    alone: I64 = symbols[0]
    return alone

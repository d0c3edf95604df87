"""How long the chord model takes for 300 chords, beside the published procedure and beside its bare matrices.

The model has the published sizes (6 + 6 layers, width 512, 776 inputs) and random weights; two threads; every chord is
the likeliest.  ``speedup_vs_reference`` is the time of the published procedure (`benchmarks/decode_reference.py`) over
that of `Follower`, which the product uses; ``speedup_quantised`` the same with weights in eight bits, and
``quantised_token_agreement`` the share of its chords that single precision chooses too after the same past, over
several videos; ``free_running_agreement`` is that share where each goes on from its own chords, so that one that
differs may change all after it.  ``ratio_to_gemv`` divides by the time in which `F.linear` takes one row through every
matrix that a step of the decoder needs; ``eight_takes_ratio`` is the time of eight takes side by side over that of
one.  ``identical`` says whether every chord is the one that the published procedure chooses.

Runs take turns and ratios are within one turn; figures are medians.  In each of the turns the published procedure
does every fifth step, so that all turns together are one run of it.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear

from benchmarks.decode_reference import logits_after
from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, Chord
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.sampling import LOGIT_STEP, Follower

N_STEPS: Final = 300
TURNS: Final = 5
N_VIDEOS: Final = 4
N_TAKES: Final = 8
THREADS: Final = 2
PUBLISHED: Final = AmtConfig(n_inputs=776)
T = TypeVar("T")
_FIRST: Final = Chord(MODEL_KEYS["major"].tonic, "maj").symbol_id


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A model in both precisions and what it reads."""

    single: Amt
    int8: Amt
    rows: F32
    """(videos, T, columns)"""
    n_steps: int

    def chords(self, model: Amt, video: int = 0) -> I64:
        """Return (1 + n_steps,) the likeliest chords, slot by slot with a cache."""
        alone: I64 = self.takes(model, 1, video)[0]
        return alone

    def takes(self, model: Amt, n_takes: int, video: int = 0) -> I64:
        """Return (takes, 1 + n_steps) chords side by side, all but the first with noise of their own."""
        noise = np.random.default_rng(1).gumbel(size=(self.n_steps + 1, n_takes, N_SYMBOLS))
        noise[:, 0] = 0
        symbols = np.full((n_takes, self.n_steps + 1), _FIRST, np.int64)
        follower = Follower(model, self.rows[video : video + 1], 0.0)
        follower.branch([0] * n_takes)
        for slot in range(1, self.n_steps + 1):
            symbols[:, slot] = (follower.logits(symbols, slot)[:, 0] + noise[slot]).argmax(-1)
        return symbols


def measure(config: AmtConfig = PUBLISHED, n_steps: int = N_STEPS, turns: int = TURNS) -> dict[str, float]:
    """Return ratios, agreement, and the seconds that the ratios come from."""
    with _threads(THREADS):
        bench = make_bench(config, n_steps)
        chords = bench.chords(bench.single)
        found = [_turn(bench, chords, first, turns) for first in range(turns)]
        agreement = _agreement(bench)
    return {
        "speedup_vs_reference": _median(found, "reference", "single"),
        "speedup_quantised": _median(found, "reference", "int8"),
        **agreement,
        "ratio_to_gemv": _median(found, "single", "gemv"),
        "eight_takes_ratio": _median(found, "eight_takes", "single"),
        "eight_takes_ratio_quantised": _median(found, "eight_takes_int8", "int8"),
        "identical": all(turn.pop("same") for turn in found),
        **{f"{name}_s": round(median(turn[name] for turn in found), 3) for name in found[0]},
    }


def make_bench(config: AmtConfig, n_steps: int, seed: int = 0) -> Bench:
    """Return random weights in both precisions, and random rows."""
    torch.manual_seed(seed)
    single = Amt(config).eval().requires_grad_(False)
    int8 = copy.deepcopy(single)
    single.compile_steps()
    int8.compile_steps("int8")
    rows = np.random.default_rng(seed).standard_normal((N_VIDEOS, config.n_positions, config.n_inputs))
    return Bench(single, int8, rows.astype(np.float32), n_steps)


def _turn(bench: Bench, chords: I64, first: int, stride: int) -> dict[str, float]:
    """Return the seconds of each way; the published procedure does every `stride`-th step, times `stride`."""
    chosen, reference_s = _took(lambda: _as_published(bench, chords, range(first, bench.n_steps, stride)))
    matrices = decoder_matrices(bench.single)
    return {
        "reference": reference_s * stride,
        "single": _took(lambda: bench.chords(bench.single))[1],
        "int8": _took(lambda: bench.chords(bench.int8))[1],
        "gemv": _took(lambda: _bare(matrices, bench.n_steps))[1],
        "eight_takes": _took(lambda: bench.takes(bench.single, N_TAKES))[1],
        "eight_takes_int8": _took(lambda: bench.takes(bench.int8, N_TAKES))[1],
        "same": chosen == chords[1 + first :: stride].tolist(),
    }


def _as_published(bench: Bench, chords: I64, steps: range) -> list[int]:
    """Choose the chords of some steps anew, each from all rows and the whole prefix."""
    rows, prefix = torch.from_numpy(bench.rows[:1]), torch.from_numpy(chords)[None]
    return [
        _likeliest(logits_after(bench.single, prefix[:, : step + 1], rows, torch.zeros(1))[:N_SYMBOLS])
        for step in steps
    ]


def _likeliest(logits: Tensor) -> int:
    """Return the likeliest chord of logits rounded as the product rounds them."""
    return int(np.argmax(np.round(logits.double().numpy() / LOGIT_STEP)))


def decoder_matrices(model: Amt) -> list[Tensor]:
    """Return every matrix through which a step takes its row, so not those that read the encoder once."""
    d_model, matrices = model.config.d_model, [model.output.weight]
    for name, weight in model.decoder.named_parameters():
        if weight.dim() == 2 and "relative" not in name:
            matrices.append(weight[:d_model] if "multihead_attn.in_proj" in name else weight)
    return matrices


@torch.inference_mode()
def _bare(matrices: list[Tensor], n_steps: int) -> None:
    rows = {matrix.shape[1]: torch.randn(1, matrix.shape[1]) for matrix in matrices}
    for _ in range(n_steps):
        for matrix in matrices:
            linear(rows[matrix.shape[1]], matrix)


def _agreement(bench: Bench) -> dict[str, float]:
    """Compare eight bits with single precision over all videos, given the same past and running freely."""
    free, given = [], []
    for video in range(len(bench.rows)):
        chords = bench.chords(bench.single, video)
        free.append(bench.chords(bench.int8, video)[1:] == chords[1:])
        follower = Follower(bench.int8, bench.rows[video : video + 1], 0.0)
        after = [follower.logits(chords[None], slot)[0, 0].argmax() for slot in range(1, len(chords))]
        given.append(np.array(after) == chords[1:])
    return {
        "quantised_token_agreement": round(float(np.mean(given)), 5),
        "free_running_agreement": round(float(np.mean(free)), 5),
    }


def _median(found: list[dict[str, float]], upper: str, lower: str) -> float:
    return round(median(turn[upper] / turn[lower] for turn in found), 3)


def _took(way: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    return way(), time.perf_counter() - start


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)

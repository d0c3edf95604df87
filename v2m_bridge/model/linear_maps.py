"""Multiplying a few rows by a large matrix: what takes nearly all the time of decoding one slot.

A row that meets a large matrix waits for memory, not for arithmetic.  So on a processor with several threads it is
read by all of them, each its own part of the outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn.functional import linear

Map = Callable[[Tensor], Tensor]
"""(B, K) -> (B, N)."""
MapMaker = Callable[[Tensor, Tensor], Map]
"""Of an (N, K) matrix and its (N,) bias."""
Precision = Literal["single", "int8"]
_WORTH_SHARING: Final = 2**17
"""Weights from which threads gain more than they lose by waiting for each other."""


def single_map(weight: Tensor, bias: Tensor) -> Map:
    """Return the map of an (N, K) matrix as it is, read by as many threads as there are."""
    n_parts = _n_parts(weight)
    return partial(linear, weight=weight, bias=bias) if n_parts == 1 else _shared_map(weight, bias, n_parts)


def _n_parts(weight: Tensor) -> int:
    """How many equal parts of the outputs there are for threads, a power of two."""
    if weight.device.type != "cpu" or weight.numel() < _WORTH_SHARING:
        return 1
    n_parts = 1 << (torch.get_num_threads().bit_length() - 1)
    return 1 if weight.shape[0] % n_parts else n_parts


def _shared_map(weight: Tensor, bias: Tensor, n_parts: int) -> Map:
    n_outputs, n_inputs = weight.shape
    parts = weight.view(n_parts, n_outputs // n_parts, n_inputs)
    offsets = bias.view(n_parts, n_outputs // n_parts, 1)

    def multiply(x: Tensor) -> Tensor:
        columns = x.t().expand(n_parts, n_inputs, x.shape[0])
        return torch.baddbmm(offsets, parts, columns).view(n_outputs, x.shape[0]).t()

    return multiply

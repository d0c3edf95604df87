"""Multiplying a few rows by a large matrix: what takes nearly all the time of decoding one slot.

A row that meets sixteen million weights waits for memory, not for arithmetic.  So on a processor with several threads
a large matrix is read by all of them, each its own part of the outputs; and weights in half precision are read in half
the time.  Products and sums stay in single precision where FBGEMM does them (x86); elsewhere PyTorch's own product of
half precision is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn.functional import linear

from v2m_bridge.errors import ModelError

Map = Callable[[Tensor], Tensor]
"""(B, K) -> (B, N)."""
Precision = Literal["single", "half"]
LARGEST_HALF: Final = 65504.0
_WORTH_SHARING: Final = 2**17
"""Weights from which threads gain more than they lose by waiting for each other."""


def single_map(weight: Tensor, bias: Tensor) -> Map:
    """Return the map of an (N, K) matrix as it is, read by as many threads as there are."""
    n_parts = _n_parts(weight)
    return partial(linear, weight=weight, bias=bias) if n_parts == 1 else _shared_map(weight, bias, n_parts)


def half_map(weight: Tensor, bias: Tensor) -> Map:
    """Return the map of an (N, K) matrix whose weights are rounded to half precision.

    Raises
    ------
    ModelError
        When a weight is larger than half precision can hold.
    """
    if float(weight.abs().max()) > LARGEST_HALF:
        raise ModelError(
            "the weights are too large for half precision", hint="Use them in single precision, the default."
        )
    if weight.device.type == "cpu" and _has_fbgemm():
        return _fbgemm_map(weight, bias)
    halved, offset = weight.half(), bias.half()
    return lambda x: linear(x.half(), halved, offset).to(x.dtype)


MAPS: Final[dict[Precision, Callable[[Tensor, Tensor], Map]]] = {"single": single_map, "half": half_map}


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


def _has_fbgemm() -> bool:
    """Whether this PyTorch can do it; it says that the operator will go one day."""
    return "fbgemm" in torch.backends.quantized.supported_engines and hasattr(torch, "fbgemm_pack_gemm_matrix_fp16")


def _fbgemm_map(weight: Tensor, bias: Tensor) -> Map:
    product = torch.fbgemm_linear_fp16_weight_fp32_activation
    with warnings.catch_warnings():  # both operators announce once that they will go
        warnings.simplefilter("ignore", UserWarning)
        packed = torch.fbgemm_pack_gemm_matrix_fp16(weight)
        product(weight.new_zeros(1, weight.shape[1]), packed, bias)
    return lambda x: product(x, packed, bias)

"""Weights in eight bits that give nearly the same products for what a matrix is really given.

Each row of a matrix is rounded to 255 levels, column by column; what rounding one column adds to the products is made
up for by the columns that are still to come, as far as inputs vary together (Frantar et al. 2022, GPTQ, arXiv
2210.17323, with the inverse of the covariance by Cholesky).  What is left on average goes into the bias (Nagel et al.
2019, arXiv 1906.04721, section 4.2).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

LEVELS: Final = 127
"""To each side of zero."""
_DAMPING: Final = 0.01
"""Of the mean variance, added to each: the published setting."""
_BLOCK: Final = 64


class Moments(NamedTuple):
    """Mean and covariance of the rows that a matrix is given."""

    mean: Tensor
    """(K,)"""
    covariance: Tensor
    """(K, K)"""

    @classmethod
    def of(cls, x: Tensor) -> Moments:
        """Measure (rows, K)."""
        mean = x.double().mean(0)
        apart = (x - mean).float()
        return cls(mean, (apart.t() @ apart).double() / len(x))


class Rounded(NamedTuple):
    """A matrix and its bias: ``weight`` times ``scale`` does what it did."""

    weight: Tensor
    """(N, K) int8"""
    scale: Tensor
    """(N, 1)"""
    bias: Tensor
    """(N,)"""


def rounded(weight: Tensor, bias: Tensor, given: Moments) -> Rounded:
    """Round an (N, K) matrix with its (N,) bias for what it is given."""
    exact, spread = weight.double(), given.covariance
    scale = exact.abs().amax(1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny) / LEVELS
    damped = spread + torch.eye(len(spread), dtype=torch.float64) * (_DAMPING * spread.diagonal().mean() + 1e-12)
    shares = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True)
    levels, open_ = torch.empty_like(exact), exact / scale
    for first in range(0, exact.shape[1], _BLOCK):
        block = slice(first, first + _BLOCK)
        levels[:, block], errors = _round_block(open_[:, block].clone(), shares[block, block])
        open_[:, first + _BLOCK :] -= errors @ shares[block, first + _BLOCK :]
    lost = (exact - levels * scale) @ given.mean
    return Rounded(levels.to(torch.int8), scale.float(), (bias.double() + lost).float())


def _round_block(columns: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Round some columns one after the other; return them and what later columns have to make up for."""
    levels, errors = torch.empty_like(columns), torch.empty_like(columns)
    for index in range(columns.shape[1]):
        column = columns[:, index]
        levels[:, index] = column.round().clamp(-LEVELS, LEVELS)
        errors[:, index] = (column - levels[:, index]) / shares[index, index]
        columns[:, index + 1 :] -= torch.outer(errors[:, index], shares[index, index + 1 :])
    return levels, errors

"""How a regressor reads rows of pictures: standardised, the semantic columns by their principal components.

Nothing here is trained step by step: `RowReader.fit` measures the training rows once.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

_FARTHEST: Final = 5.0
"""Standardised columns are cut off at this many deviations."""
_LEAST_DEVIATION: Final = 1e-2


class RowReader(nn.Module):
    """Fixed map from rows to standardised columns; semantic columns that are all 0 are unknown and read as the mean.

    Every column that is not semantic passes ``sign(x) log(1 + |x|)`` first, because motion and the time since a cut
    have long tails.
    """

    def __init__(self, n_inputs: int, n_semantic: int, n_components: int) -> None:
        super().__init__()
        self.n_semantic = n_semantic
        self.centre = _fixed(torch.zeros(n_inputs))
        self.gain = _fixed(torch.ones(n_inputs - n_semantic))
        self.basis = _fixed(torch.zeros(n_components, n_semantic))
        """Rows bring semantic columns to components of deviation 1."""

    def fit(self, rows: Tensor) -> None:
        """Measure (N, n_inputs) training rows."""
        known, semantic, other = self._parts(rows.double())
        mean, deviation = other.mean(0), other.std(0).clamp(min=_LEAST_DEVIATION)
        self.gain.copy_(1 / deviation)
        self.centre[self.n_semantic :] = mean.float()
        if len(self.basis):
            seen = semantic[known[:, 0]]
            powers, axes = torch.linalg.eigh(seen.T.cov())
            largest = slice(-len(self.basis), None)
            self.basis.copy_((axes[:, largest] / powers[largest].clamp(min=1e-12).sqrt()).flip(1).T)
            self.centre[: self.n_semantic] = seen.mean(0).float()

    def forward(self, rows: Tensor) -> Tensor:
        """(..., n_inputs) -> (..., n_components + the columns that are not semantic)."""
        known, semantic, other = self._parts(rows)
        components = ((semantic - self.centre[: self.n_semantic]) @ self.basis.T) * known
        standard = (other - self.centre[self.n_semantic :]) * self.gain
        return torch.cat([components, standard], dim=-1).clamp(-_FARTHEST, _FARTHEST)

    def _parts(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Whether the semantic columns are known, (..., 1); these columns; the others, compressed."""
        semantic, other = rows[..., : self.n_semantic], rows[..., self.n_semantic :]
        known = (semantic != 0).any(-1, keepdim=True)
        return known, semantic, other.sign() * other.abs().log1p()


def _fixed(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)

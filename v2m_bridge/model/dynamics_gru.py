"""The regressor of density and loudness: a two-layer bidirectional GRU over one row per slot.

Source: Kang et al. 2024, the published bi-GRU; here the targets are standardised, so that loudness counts as much as
density.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

LARGEST_SIZE: Final = 8192
LARGEST_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class DynamicsConfig:
    """Sizes of the regressor, and what its two outputs (density, loudness) mean."""

    n_inputs: int
    hidden: int = 64
    n_layers: int = 2
    dropout: float = 0.1
    mean: tuple[float, float] = (0.0, 0.0)
    """Mean of the predictions over the training songs."""
    spread: tuple[float, float] = (1.0, 1.0)
    """Standard deviation of the predictions over the training songs."""

    def __post_init__(self) -> None:
        if not min(self.n_inputs, self.hidden, self.n_layers) >= 1 or max(self.n_inputs, self.hidden) > LARGEST_SIZE:
            raise ValueError(f"a regressor has sizes from 1 to {LARGEST_SIZE}")
        if self.n_layers > LARGEST_DEPTH or min(self.spread) <= 0:
            raise ValueError(f"a regressor has at most {LARGEST_DEPTH} layers and a positive spread")


class DynamicsGru(nn.Module):
    """Rows to density and loudness."""

    def __init__(self, config: DynamicsConfig) -> None:
        super().__init__()
        self.config = config
        self.dropout = nn.Dropout(config.dropout)
        self.gru = nn.GRU(config.n_inputs, config.hidden, config.n_layers, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * config.hidden, 2)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, T, n_inputs) -> (B, T, 2): density, loudness."""
        mixed, _ = self.gru(self.dropout(rows))
        out: Tensor = self.output(mixed)
        return out

    def standard(self, rows: Tensor) -> Tensor:
        """Like `forward`, moved to mean 0 and spread 1 over the training songs."""
        mean, spread = torch.tensor(self.config.mean), torch.tensor(self.config.spread)
        out: Tensor = (self(rows) - mean) / spread
        return out

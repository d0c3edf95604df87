"""The regressor of density and loudness: a two-layer bidirectional GRU over one row per slot.

Source: Kang et al. 2024, the published bi-GRU; here the targets are standardised, so that loudness counts as much as
density.  Its baselines are the same module with other sizes: one direction, LSTM cells, or no layer at all, which
reads every row by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from v2m_bridge.model.row_reader import RowReader

LARGEST_SIZE: Final = 8192
LARGEST_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class DynamicsConfig:
    """Sizes of the regressor, and what its two outputs (density, loudness) mean."""

    n_inputs: int
    hidden: int = 64
    n_layers: int = 2
    """0 reads every row by itself."""
    dropout: float = 0.1
    mean: tuple[float, float] = (0.0, 0.0)
    """Mean of the predictions over the training songs; with `standardised`, of what was to be predicted."""
    spread: tuple[float, float] = (1.0, 1.0)
    """Standard deviation of the predictions over the training songs; with `standardised`, of what was to be
    predicted."""
    standardised: bool = False
    """Whether rows pass a `RowReader` and outputs are in deviations from `mean`; else both are as published."""
    n_semantic: int = 0
    """Leading columns of which the reader takes principal components."""
    n_components: int = 0
    pooled: bool = False
    """Whether each row is joined by the mean of all rows."""
    bidirectional: bool = True
    lstm: bool = False
    """LSTM cells instead of GRU cells."""

    def __post_init__(self) -> None:
        if min(self.n_inputs, self.hidden) < 1 or max(self.n_inputs, self.hidden) > LARGEST_SIZE:
            raise ValueError(f"a regressor has sizes from 1 to {LARGEST_SIZE}")
        if not 0 <= self.n_layers <= LARGEST_DEPTH or min(self.spread) <= 0:
            raise ValueError(f"a regressor has at most {LARGEST_DEPTH} layers and a positive spread")
        if not 0 <= self.n_components <= self.n_semantic <= self.n_inputs:
            raise ValueError(
                "a regressor has no more components than semantic columns, and no more of these than inputs"
            )
        if self.n_semantic and not self.standardised:
            raise ValueError("a regressor that reads rows as they are knows no semantic columns")

    @property
    def n_read(self) -> int:
        """Columns of what the recurrent layers read."""
        return (self.n_inputs - self.n_semantic + self.n_components) * (2 if self.pooled else 1)

    @property
    def n_mixed(self) -> int:
        """Columns of what the recurrent layers give."""
        return self.hidden * (2 if self.bidirectional else 1) if self.n_layers else self.n_read


class DynamicsGru(nn.Module):
    """Rows to density and loudness."""

    def __init__(self, config: DynamicsConfig) -> None:
        super().__init__()
        self.config = config
        reader = RowReader(config.n_inputs, config.n_semantic, config.n_components)
        self.reader = reader if config.standardised else None
        self.dropout = nn.Dropout(config.dropout)
        self.gru = _layers(nn.GRU, config) if config.n_layers and not config.lstm else None
        self.lstm = _layers(nn.LSTM, config) if config.n_layers and config.lstm else None
        self.output = nn.Linear(config.n_mixed, 2)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, T, n_inputs) -> (B, T, 2): density, loudness."""
        return self.from_read(rows if self.reader is None else self.reader(rows))

    def from_read(self, read: Tensor) -> Tensor:
        """Go on from what the reader gives, which stays the same while a model is trained: the trained part."""
        if self.config.pooled:
            read = torch.cat([read, read.mean(1, keepdim=True).expand_as(read)], dim=-1)
        layers = self.gru or self.lstm
        seen = self.dropout(read)
        mixed = seen if layers is None else layers(seen)[0]
        out: Tensor = self.output(self.dropout(mixed) if self.config.standardised else mixed)
        return out

    def standard(self, rows: Tensor) -> Tensor:
        """Like `forward`, moved to mean 0 and spread 1 over the training songs."""
        predicted: Tensor = self(rows)
        return predicted if self.config.standardised else (predicted - self._mean()) / self._spread()

    def measured(self, rows: Tensor) -> Tensor:
        """(B, T, 2): density in notes per second and linear loudness, of a model that was trained on such values."""
        predicted: Tensor = self(rows)
        return predicted * self._spread() + self._mean() if self.config.standardised else predicted

    def _mean(self) -> Tensor:
        return torch.tensor(self.config.mean)

    def _spread(self) -> Tensor:
        return torch.tensor(self.config.spread)


def _layers(cell: type[nn.GRU] | type[nn.LSTM], config: DynamicsConfig) -> nn.GRU | nn.LSTM:
    return cell(
        config.n_read, config.hidden, config.n_layers, batch_first=True, bidirectional=config.bidirectional
    )  # fmt: skip

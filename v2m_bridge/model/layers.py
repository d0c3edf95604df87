"""Layers of the chord model: post-norm with ReLU, as published."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from v2m_bridge.model.amt_config import AmtConfig
from v2m_bridge.model.linear_maps import MapMaker
from v2m_bridge.model.relative_attention import Attention, KeysValues, Past
from v2m_bridge.model.stepping import LayerStep, crossing, norm_map, own_maps

Masks = tuple[Tensor | None, Tensor | None]
"""Where the decoder may look in its own past and in the rows, (..., Q, K) each; None for everywhere."""


def band(like: Tensor, n_queries: int, n_keys: int, width: int | None, first_query: int = 0) -> Tensor | None:
    """(Q, K) True where a key lies within `width` positions of its query; None where there is no limit."""
    if width is None:
        return None
    query = torch.arange(first_query, first_query + n_queries, device=like.device)[:, None]
    return (query - torch.arange(n_keys, device=like.device)[None, :]).abs() <= width


def joined(band_mask: Tensor | None, row_mask: Tensor | None) -> Tensor | None:
    """(B, 1, Q, K) or (Q, K) of what both masks allow."""
    if row_mask is None:
        return band_mask
    rows = row_mask[:, None, None, :]
    return rows if band_mask is None else rows & band_mask


class SharedDropout(nn.Module):
    """Dropout with one mask per sequence and channel, the same at every position: cheap to draw."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.part: tuple[int, int] | None = None
        """First sequence here and how many there are, where several processes share a batch and draw it alike."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        if not self.training or self.share == 0:
            return x
        first, size = self.part or (0, x.shape[0])
        keep = torch.rand(size, 1, x.shape[2], device=x.device)[first : first + x.shape[0]] >= self.share
        return x * (keep / (1 - self.share))


class FeedForward(nn.Module):
    """Two linear maps with ReLU between them."""

    def __init__(self, d_model: int, d_feedforward: int, dropout: float) -> None:
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_feedforward)
        self.linear2 = nn.Linear(d_feedforward, d_model)
        self.dropout = SharedDropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_model) -> (..., d_model)."""
        out: Tensor = self.linear2(self.dropout(torch.relu(self.linear1(x))))
        return out


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each followed by a residual norm."""

    def __init__(self, config: AmtConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config.d_model, config.n_heads)
        self.feedforward = FeedForward(config.d_model, config.d_feedforward, config.dropout)
        self.norm1, self.norm2 = nn.LayerNorm(config.d_model), nn.LayerNorm(config.d_model)
        self.dropout = SharedDropout(config.dropout)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T, d_model) -> (B, T, d_model)."""
        attention = self.self_attn
        x = self.norm1(
            x + self.dropout(attention.attend(attention.project_queries(x), attention.project_memory(x), mask))
        )
        out: Tensor = self.norm2(x + self.dropout(self.feedforward(x)))
        return out


class DecoderLayer(nn.Module):
    """Relative self-attention, attention to the encoder and feed-forward, each followed by a residual norm."""

    def __init__(self, config: AmtConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config.d_model, config.n_heads, config.n_positions if config.relative else None)
        self.multihead_attn = Attention(config.d_model, config.n_heads) if config.sees_rows else None
        self.feedforward = FeedForward(config.d_model, config.d_feedforward, config.dropout)
        self.norm1 = nn.LayerNorm(config.d_model)
        self.norm2 = nn.LayerNorm(config.d_model) if config.sees_rows else None
        self.norm3 = nn.LayerNorm(config.d_model)
        self.dropout = SharedDropout(config.dropout)

    def forward(self, x: Tensor, past: Past | None, first: int, memory: KeysValues | None, masks: Masks) -> Tensor:
        """(B, Q, d_model) of positions from `first` on -> (B, Q, d_model); a past is read and extended."""
        own = self.self_attn.project_memory(x)
        if past is not None:
            own = past.append(own, first)
        x = self.norm1(x + self.dropout(self.self_attn.attend(self.self_attn.project_queries(x), own, masks[0], first)))
        if self.multihead_attn is not None and self.norm2 is not None and memory is not None:
            crossed = self.multihead_attn.attend(self.multihead_attn.project_queries(x), memory, masks[1])
            x = self.norm2(x + self.dropout(crossed))
        out: Tensor = self.norm3(x + self.dropout(self.feedforward(x)))
        return out

    def prepared(self, make: MapMaker) -> LayerStep:
        """Return the layer as a function of one position, its matrices as maps of this make."""
        own, own_out = own_maps(self.self_attn, make)
        first, second = self.feedforward.linear1, self.feedforward.linear2
        cross, relative = None, self.self_attn.relative
        if self.multihead_attn is not None and self.norm2 is not None:
            cross = crossing(self.multihead_attn, self.norm2, make)
        return LayerStep(
            own,
            own_out,
            make(first.weight, first.bias),
            make(second.weight, second.bias),
            (norm_map(self.norm1), norm_map(self.norm3)),
            cross,
            None if relative is None else relative.detach().t().contiguous(),
            self.self_attn.n_heads,
        )

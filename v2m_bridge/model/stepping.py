"""One-step decoding: a decoder layer for one new position of each sequence, in as few operations as it takes.

The same arithmetic as `v2m_bridge.model.layers.DecoderLayer` without dropout; what is known beforehand is prepared, and
keys and values go into room that is laid out once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from v2m_bridge.model.linear_maps import Map, MapMaker
from v2m_bridge.model.relative_attention import Attention, KeysValues, Past


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Attention to the encoder, and the norm after it."""

    query: Map
    out: Map
    norm: Map
    n_heads: int

    def __call__(self, x: Tensor, memory: KeysValues) -> Tensor:
        """(B, d) -> (B, d); row b of the batch looks at row b % G of a memory of (G, H, T, D)."""
        n_sources, n_heads, _, d_head = memory.keys.shape
        queries = self.query(x).reshape(-1, n_sources, n_heads, d_head)  # (B / G, G, H, D)
        if len(queries) == 1:
            mixed = scaled_dot_product_attention(queries[0].unsqueeze(2), *memory)
        else:
            mixed = scaled_dot_product_attention(queries.permute(1, 2, 0, 3), *memory).permute(2, 0, 1, 3)
        return self.norm(x + self.out(mixed.reshape(x.shape)))


@dataclass(frozen=True, slots=True, eq=False)
class LayerStep:
    """One decoder layer, its large matrices as functions of a few rows."""

    own: Map
    """(B, d) -> (B, 3 d): query, key and value of a position."""
    own_out: Map
    widen: Map
    narrow: Map
    norms: tuple[Map, Map]
    """After self-attention, and after the feed-forward part."""
    crossing: Crossing | None
    relative: Tensor | None
    """(D, L), that of `Attention` turned round."""
    n_heads: int

    def __call__(self, x: Tensor, past: Past, at: int, memory: KeysValues | None) -> Tensor:
        """(B, d) of position `at` -> (B, d); the past then holds it."""
        x = self.norms[0](x + self.own_out(self._attend(x, past, at)))
        if self.crossing is not None and memory is not None:
            x = self.crossing(x, memory)
        return self.norms[1](x + self.narrow(torch.relu_(self.widen(x))))

    def _attend(self, x: Tensor, past: Past, at: int) -> Tensor:
        """(B, d) -> (B, d): what self-attention mixes."""
        batch, d_model = x.shape
        d_head = d_model // self.n_heads
        own = self.own(x).reshape(batch, 3, self.n_heads, d_head)
        past.room.select(3, at).copy_(own.narrow(1, 1, 2).transpose(0, 1))
        queries = own.select(1, 0).reshape(-1, d_head)  # (B H, D)
        keys, values = past.flat
        scale, n_keys = 1 / math.sqrt(d_head), at + 1
        if self.relative is None:
            by_distance = queries.new_zeros(1, 1)
        else:
            by_distance = torch.mm(queries, self.relative.narrow(1, self.relative.shape[1] - n_keys, n_keys))
        logits = torch.baddbmm(
            by_distance.unsqueeze(1), queries.unsqueeze(1), keys.narrow(1, 0, n_keys).transpose(1, 2),
            beta=scale, alpha=scale,
        )  # fmt: skip
        return torch.bmm(logits.softmax(-1), values.narrow(1, 0, n_keys)).view(batch, d_model)


def own_maps(attention: Attention, make: MapMaker) -> tuple[Map, Map]:
    """Return the maps of self-attention: to query, key and value, and of what is mixed."""
    out = attention.out_proj
    return make(attention.in_proj_weight, attention.in_proj_bias), make(out.weight, out.bias)


def crossing(attention: Attention, norm: nn.LayerNorm, make: MapMaker) -> Crossing:
    """Prepare attention to the encoder; its keys and values are projected beforehand."""
    out, d_model = attention.out_proj, attention.in_proj_weight.shape[1]
    query = make(attention.in_proj_weight[:d_model], attention.in_proj_bias[:d_model])
    return Crossing(query, make(out.weight, out.bias), norm_map(norm), attention.n_heads)


def norm_map(norm: nn.LayerNorm) -> Map:
    """Return a norm as a function."""
    size, weight, bias, eps = list(norm.normalized_shape), norm.weight, norm.bias, norm.eps
    return lambda x: torch.layer_norm(x, size, weight, bias, eps)

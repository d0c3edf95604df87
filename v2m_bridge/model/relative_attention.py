"""Multi-head attention with an optional relative position term and a cache for one-step decoding.

Source: Huang et al. 2019 (Music Transformer), relative logits ``S[i, j] = q_i . E[L - 1 - (i - j)]`` for j <= i.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn


class KeysValues(NamedTuple):
    """What attention looks at, per head: keys and values, each (B, H, T, D)."""

    keys: Tensor
    values: Tensor


class Past:
    """Keys and values of what was decoded so far, in room that is laid out once and filled from the front.

    Parameters
    ----------
    room : (2, B, H, L, D)
        Keys, then values.
    """

    __slots__ = ("flat", "room")

    def __init__(self, room: Tensor) -> None:
        self.room = room
        self.flat = KeysValues(room[0].flatten(0, 1), room[1].flatten(0, 1))
        """The same, each (B * H, L, D)."""

    def append(self, new: KeysValues, first: int) -> KeysValues:
        """Put (B, H, Q, D) each at `first`; return all up to there, each (B, H, first + Q, D)."""
        end = first + new.keys.shape[2]
        self.room[0, :, :, first:end], self.room[1, :, :, first:end] = new
        return KeysValues(self.room[0, :, :, :end], self.room[1, :, :, :end])

    def rows(self, index: list[int], length: int) -> Past:
        """Return a copy of these rows, of which `length` positions are in use."""
        _, _, n_heads, n_positions, d_head = self.room.shape
        room = self.room.new_zeros(2, len(index), n_heads, n_positions, d_head)
        room[:, :, :, :length] = self.room[:, index, :, :length]
        return Past(room)


class Attention(nn.Module):
    """Scaled dot-product attention; with `max_distance` the relative term of Music Transformer is added.

    Parameters
    ----------
    d_model, n_heads : int
        Width, and how many heads share it.
    max_distance : int, optional
        L, rows of the relative embedding; None for plain attention.
    """

    relative: nn.Parameter | None

    def __init__(self, d_model: int, n_heads: int, max_distance: int | None = None) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * d_model, d_model))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * d_model))
        self.out_proj = nn.Linear(d_model, d_model)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)
        relative = None if max_distance is None else nn.Parameter(torch.randn(max_distance, self.d_head) * 0.02)
        self.register_parameter("relative", relative)

    def project_queries(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, H, T, D), scaled."""
        d_model = x.shape[-1]
        queries = nn.functional.linear(x, self.in_proj_weight[:d_model], self.in_proj_bias[:d_model])
        return self._split(queries) / math.sqrt(self.d_head)

    def project_memory(self, x: Tensor) -> KeysValues:
        """(B, T, d_model) -> keys and values, each (B, H, T, D)."""
        d_model = x.shape[-1]
        both = nn.functional.linear(x, self.in_proj_weight[d_model:], self.in_proj_bias[d_model:])
        keys, values = both.chunk(2, dim=-1)
        return KeysValues(self._split(keys), self._split(values))

    def attend(self, queries: Tensor, memory: KeysValues, mask: Tensor | None, first_query: int = 0) -> Tensor:
        """Mix the values that each query looks at.

        Parameters
        ----------
        queries : (B, H, Q, D)
        memory : KeysValues
            (B, H, K, D) each.
        mask : (..., Q, K) bool, optional
            True where a query may look; broadcast over what is missing.
        first_query : int
            Position of the first query among the keys: what the relative term counts from.

        Returns
        -------
        (B, Q, d_model)
        """
        if self.relative is None:
            mixed = nn.functional.scaled_dot_product_attention(queries, *memory, attn_mask=mask, scale=1.0)
        else:
            logits = queries @ memory.keys.transpose(-2, -1)
            logits = logits + self._relative_logits(self.relative, queries, first_query)
            if mask is not None:
                logits = logits.masked_fill(~mask, -1e9)
            mixed = logits.softmax(dim=-1) @ memory.values
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    @staticmethod
    def _relative_logits(relative: Tensor, queries: Tensor, first_query: int) -> Tensor:
        """(B, H, Q, K), K ending at the last query; entries in the future of a query mean nothing and must be masked.

        The products with every distance are shifted into place by padding and reshaping (the skew of Huang et al.).
        """
        batch, heads, n_queries, _ = queries.shape
        n_keys = first_query + n_queries
        by_distance = queries @ relative[relative.shape[0] - n_keys :].transpose(0, 1)
        if n_queries == 1:
            return by_distance
        flat = nn.functional.pad(by_distance, (0, 1)).flatten(2)  # rows of K + 1
        return flat[..., n_queries - 1 : n_queries - 1 + n_queries * n_keys].view(batch, heads, n_queries, n_keys)

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, H * D) -> (B, H, T, D)."""
        return x.view(*x.shape[:-1], self.n_heads, self.d_head).transpose(1, 2)

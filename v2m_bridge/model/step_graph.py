"""The decoder for a few new positions of each sequence, written as a graph of OpenVINO's operations.

Every size is fixed: sizes that may change cost a third of the time.  So keys have all the room there may ever be, what
is not there yet is hidden by a mask, and the keys and values of new positions, which the room does not hold yet (it is
zero there), are put in place by rows that are 1 there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from torch import Tensor, nn

from v2m_bridge.core.arrays import F32
from v2m_bridge.model.int8 import Moments, rounded
from v2m_bridge.model.relative_attention import Attention

if TYPE_CHECKING:
    from v2m_bridge.model.layers import DecoderLayer

HIDDEN: Final = np.float32(-1e9)


class Layers(NamedTuple):
    """What a decoder consists of."""

    layers: Sequence[DecoderLayer]
    norm: nn.LayerNorm
    output: nn.Linear


class Sizes(NamedTuple):
    """B progressions over G sequences of rows, Q new positions of each, with room for L."""

    batch: int
    n_sources: int
    n_new: int
    n_positions: int


def step_graph(layers: Layers, sizes: Sizes, given: Mapping[int, Moments] | None) -> Any:
    """Return the graph.

    Parameters
    ----------
    layers : Layers
    sizes : Sizes
    given : mapping, optional
        What each matrix is given, by the address of its weights: those are rounded to eight bits, and what is read of
        the rows comes in half precision.

    Returns
    -------
    openvino.Model
        In: x (B Q, d), distances (Q L,), own places (Q, L), mask of keys (Q, L), mask of rows (Q, L) where the decoder
        sees rows, then per layer the past's keys and values (B, H, L, D) and those of the rows (G, H, L, D).  Out:
        logits (B Q, 159), and the new keys and values of all layers (layers, 2, B, H, Q, D).
    """
    return _Builder(sizes, given).of(layers)


class _Builder:
    def __init__(self, sizes: Sizes, given: Mapping[int, Moments] | None) -> None:
        import openvino
        import openvino.opset15 as ops

        self._ov, self._ops = openvino, ops
        self._given: Mapping[int, Moments] = given or {}
        self._sizes = sizes
        self._inputs: list[Any] = []

    def of(self, layers: Layers) -> Any:
        (batch, _, n_new, length), first = self._sizes, layers.layers[0]
        out = self._input(batch * n_new, first.self_attn.in_proj_weight.shape[1])
        distance = self._input(n_new * length, kind="i32")
        own, past = (self._input(n_new, length) for _ in range(2))
        rows = None if first.multihead_attn is None else self._input(n_new, length)
        news = []
        for layer in layers.layers:
            mixed, new = self._attend_past(out, layer.self_attn, distance, own, past)
            news.append(new)
            out = self._added(out, mixed, layer.self_attn, layer.norm1)
            if layer.multihead_attn is not None and layer.norm2 is not None:
                mixed = self._attend_rows(out, layer.multihead_attn, rows)
                out = self._added(out, mixed, layer.multihead_attn, layer.norm2)
            widen, narrow = layer.feedforward.linear1, layer.feedforward.linear2
            wide = self._ops.relu(self._map(out, widen.weight, widen.bias))
            out = self._norm(self._ops.add(out, self._map(wide, narrow.weight, narrow.bias)), layer.norm3)
        logits = self._map(self._norm(out, layers.norm), layers.output.weight, layers.output.bias)
        return self._ov.Model([logits, self._ops.concat(news, 0)], self._inputs)

    def _attend_past(self, x: Any, attention: Attention, distance: Any, own: Any, past: Any) -> tuple[Any, Any]:
        """(B Q, d) -> what self-attention mixes, (B Q, d), and the new keys and values, (1, 2, B, H, Q, D)."""
        ops, (batch, _, n_new, length) = self._ops, self._sizes
        n_heads, d_head = attention.n_heads, attention.d_head
        keys, values = (self._input(batch, n_heads, length, d_head) for _ in range(2))
        heads = self._map(x, attention.in_proj_weight, attention.in_proj_bias, n_scaled=n_heads * d_head, d_head=d_head)
        heads = self._turned(self._shaped(heads, batch, n_new, 3 * n_heads, d_head), 0, 2, 1, 3)
        query, key, value = ops.split(heads, self._array(np.array(1)), 3).outputs()
        logits = ops.add(self._product(query, keys), self._plain(self._product(query, key), own))
        if attention.relative is not None:
            by_distance = self._product(query, self._array(_numpy(attention.relative)[-length:]))  # (B, H, Q, L)
            flat = self._shaped(by_distance, batch, n_heads, n_new * length)
            placed = ops.gather(flat, distance, self._array(np.array(2)))
            logits = ops.add(logits, self._shaped(placed, batch, n_heads, n_new, length))
        weights = ops.softmax(ops.add(logits, past), 3)
        mixed = ops.add(self._plain(weights, values), self._plain(self._product(weights, own), value))
        new = [self._shaped(part, 1, 1, batch, n_heads, n_new, d_head) for part in (key, value)]
        return self._shaped(self._turned(mixed, 0, 2, 1, 3), batch * n_new, n_heads * d_head), ops.concat(new, 1)

    def _attend_rows(self, x: Any, attention: Attention, hidden: Any) -> Any:
        """(B Q, d) -> (B Q, d): what attention to the encoder mixes; row b looks at source b % G."""
        ops, (batch, n_sources, n_new, length) = self._ops, self._sizes
        n_heads, d_head, d_model = attention.n_heads, attention.d_head, attention.out_proj.in_features
        n_each = batch // n_sources
        kind = "f16" if self._given else "f32"
        keys, values = (self._input(n_sources, n_heads, length, d_head, kind=kind) for _ in range(2))
        if self._given:
            keys, values = (ops.convert(part, "f32") for part in (keys, values))
        weight, bias = attention.in_proj_weight[:d_model], attention.in_proj_bias[:d_model]
        query = self._map(x, weight, bias, n_scaled=d_model, d_head=d_head)
        query = self._turned(self._shaped(query, n_each, n_sources, n_new, n_heads, d_head), 1, 3, 0, 2, 4)
        query = self._shaped(query, n_sources, n_heads, n_each * n_new, d_head)
        every = hidden if n_each == 1 else ops.concat([hidden] * n_each, 0)
        mixed = self._plain(ops.softmax(ops.add(self._product(query, keys), every), 3), values)
        mixed = self._turned(self._shaped(mixed, n_sources, n_heads, n_each, n_new, d_head), 2, 0, 3, 1, 4)
        return self._shaped(mixed, batch * n_new, d_model)

    def _added(self, x: Any, mixed: Any, attention: Attention, norm: nn.LayerNorm) -> Any:
        out = attention.out_proj
        return self._norm(self._ops.add(x, self._map(mixed, out.weight, out.bias)), norm)

    def _map(self, x: Any, weight: Tensor, bias: Tensor, *, n_scaled: int = 0, d_head: int = 1) -> Any:
        """Multiply by a matrix and add its bias; its first outputs are scaled as queries are."""
        ops, scale = self._ops, np.ones((len(weight), 1), np.float32)
        scale[:n_scaled] = d_head**-0.5
        if weight.data_ptr() in self._given:
            eight = rounded(weight, bias, self._given[weight.data_ptr()])
            levels = ops.convert(self._array(eight.weight.numpy()), "f32")
            matrix, offset = ops.multiply(levels, self._array(eight.scale.numpy() * scale)), eight.bias
        else:
            matrix, offset = self._array(_numpy(weight) * scale), bias
        return ops.add(self._product(x, matrix), self._array(_numpy(offset)[None] * scale.T))

    def _norm(self, x: Any, norm: nn.LayerNorm) -> Any:
        ops = self._ops
        even = ops.mvn(x, self._array(np.array([-1])), normalize_variance=True, eps=norm.eps, eps_mode="inside_sqrt")
        return ops.add(ops.multiply(even, self._array(_numpy(norm.weight)[None])), self._array(_numpy(norm.bias)[None]))

    def _product(self, x: Any, matrix: Any) -> Any:
        """(..., n, K) times the transpose of (..., N, K)."""
        return self._ops.matmul(x, matrix, transpose_a=False, transpose_b=True)

    def _plain(self, x: Any, matrix: Any) -> Any:
        """(..., n, K) times (..., K, N)."""
        return self._ops.matmul(x, matrix, transpose_a=False, transpose_b=False)

    def _shaped(self, x: Any, *shape: int) -> Any:
        return self._ops.reshape(x, self._array(np.array(shape)), special_zero=False)

    def _turned(self, x: Any, *axes: int) -> Any:
        return self._ops.transpose(x, self._array(np.array(axes)))

    def _array(self, values: Any) -> Any:
        return self._ops.constant(values if values.ndim == 0 else np.ascontiguousarray(values))

    def _input(self, *shape: int, kind: str = "f32") -> Any:
        self._inputs.append(self._ops.parameter(list(shape), getattr(self._ov.Type, kind)))
        return self._inputs[-1]


def _numpy(weight: Tensor) -> F32:
    array: F32 = weight.detach().numpy()
    return array

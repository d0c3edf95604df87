"""The affective multimodal transformer: condition rows in, one of 159 chord symbols per slot out.

A vanilla encoder reads one row per slot (video features, or the conditions of `v2m_bridge.model.conditions`); a causal
decoder with relative attention predicts the chord of a slot from those before it.  The chord input is the sum of a
root and a quality embedding, joined with the key (0 major, 1 minor) and projected.  Source: Kang et al. 2024,
arXiv 2311.00968, and the published code; post-norm layers with ReLU.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from v2m_bridge.core.harmony import END, N_QUALITIES, N_SYMBOLS, PAD, VOCABULARY_SIZE
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt_config import AmtConfig
from v2m_bridge.model.compiled_step import CompiledSteps
from v2m_bridge.model.decoder_cache import DecoderCache
from v2m_bridge.model.int8 import Moments
from v2m_bridge.model.layers import DecoderLayer, EncoderLayer, Masks, SharedDropout, band, joined
from v2m_bridge.model.linear_maps import Map, MapMaker, Precision, single_map
from v2m_bridge.model.recall import Recall, RecallEmbedding, heard
from v2m_bridge.model.relative_attention import KeysValues, Past
from v2m_bridge.model.step_graph import Layers
from v2m_bridge.model.stepping import LayerStep
from v2m_bridge.model.tally import Tally, TallyMix, tallied

__all__ = ["Amt", "AmtConfig", "DecoderCache", "SharedDropout", "sinusoids"]

_N_DRAWN = 4
"""Sequences over which inputs of matrices are averaged."""
N_ROOT_INPUTS = 15
"""N, twelve roots, END, PAD."""
N_QUALITY_INPUTS = 16
"""N, thirteen qualities, END, PAD."""


def sinusoids(n_positions: int, d_model: int) -> Tensor:
    """(n_positions, d_model) sinusoidal position encoding.  Source: Vaswani et al. 2017."""
    position = torch.arange(n_positions, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, d_model, 2, dtype=torch.float32) * (-math.log(10_000.0) / d_model))
    table = torch.zeros(n_positions, d_model)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)[:, : d_model // 2]
    return table


def _root_and_quality() -> tuple[Tensor, Tensor]:
    """(159,) each: the inputs of the two embeddings for every symbol."""
    symbol = torch.arange(VOCABULARY_SIZE)
    root = torch.div(symbol - 1, N_QUALITIES, rounding_mode="floor") + 1
    quality = (symbol - 1) % N_QUALITIES + 1
    for special, (root_input, quality_input) in {0: (0, 0), END: (13, 14), PAD: (14, 15)}.items():
        root[special], quality[special] = root_input, quality_input
    return root, quality


class _Stack(nn.Module):
    """Layers and the norm after them."""

    def __init__(self, layers: list[nn.Module], d_model: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)


class Amt(nn.Module):
    """The chord model."""

    _root_of: Tensor
    _quality_of: Tensor
    _positions: Tensor

    def __init__(self, config: AmtConfig) -> None:
        super().__init__()
        self.config = config
        d_model = config.d_model
        self.root_embedding = nn.Embedding(N_ROOT_INPUTS, d_model)
        self.quality_embedding = nn.Embedding(N_QUALITY_INPUTS, d_model)
        self.input_projection = nn.Linear(config.n_inputs, d_model) if config.sees_rows else None
        self.chord_projection = nn.Linear(d_model + 1, d_model)
        self.recall = RecallEmbedding(d_model, N_ROOT_INPUTS, N_QUALITY_INPUTS) if config.recall else None
        encoder = _Stack([EncoderLayer(config) for _ in range(config.n_encoder_layers)], d_model)
        self.encoder = encoder if config.sees_rows else None
        self.decoder = _Stack([DecoderLayer(config) for _ in range(config.n_decoder_layers)], d_model)
        self.output = nn.Linear(d_model, VOCABULARY_SIZE)
        self.mix = TallyMix(d_model) if config.tally else None
        self.dropout = SharedDropout(config.dropout)
        root, quality = _root_and_quality()
        self.register_buffer("_root_of", root, persistent=False)
        self.register_buffer("_quality_of", quality, persistent=False)
        self.register_buffer("_positions", sinusoids(config.n_positions, d_model), persistent=False)
        self._compiled: CompiledSteps | None = None

    def encode(self, rows: Tensor, row_mask: Tensor | None = None) -> Tensor:
        """Encode condition rows, (B, T, n_inputs) -> (B, T, d_model); `row_mask` (B, T) is True for real rows."""
        n_rows = rows.shape[1]
        if self.input_projection is None or self.encoder is None:
            return rows.new_zeros(*rows.shape[:2], self.config.d_model)
        x = self.dropout(self.input_projection(rows) + self._positions[:n_rows])
        mask = joined(band(x, n_rows, n_rows, self.config.encoder_band), row_mask)
        for layer in self.encoder.layers:
            x = layer(x, mask)
        out: Tensor = self.encoder.norm(x)
        return out

    def compile_steps(self, precision: Precision = "single") -> None:
        """Decode single slots by one compiled graph from now on; to be called when the weights are final.

        A model with a tally is decoded as before.

        Raises
        ------
        ModelError
            When OpenVINO is not installed, or when eight bits are asked of a model with a tally.
        """
        self._compiled = None
        if self.config.tally and precision != "single":
            raise ModelError("a chord model with a tally is not read in eight bits", hint='Set precision = "single".')
        if self.config.tally:
            return
        given = None if precision == "single" else self._given()
        self._compiled = CompiledSteps(
            Layers(self._layers(), self.decoder.norm, self.output), self.config.n_positions, given
        )

    @property
    def n_step_weights(self) -> int:
        """How many weights the matrices hold through which each new slot takes its row."""
        d_model, d_wide = self.config.d_model, self.config.d_feedforward
        own = 4 * d_model**2 + 2 * d_model * d_wide
        return self.config.n_decoder_layers * (own + 2 * d_model**2 * self.config.sees_rows)

    @torch.no_grad()
    def start(self, encoded: Tensor, key: Tensor) -> DecoderCache:
        """Return an empty cache for decoding against (B, T, d_model); `key` is (B,), 0 major, 1 minor."""
        config, of_chord = self.config, self.chord_projection.weight
        d_model, key = config.d_model, key.to(encoded)
        room = (2, len(key), config.n_heads, config.n_positions, d_model // config.n_heads)
        symbols = torch.arange(VOCABULARY_SIZE, device=encoded.device)
        return DecoderCache(
            self._prepared(single_map),
            [Past(encoded.new_zeros(room)) for _ in self._layers()],
            [KeysValues(*(part.contiguous() for part in layer)) for layer in self._memory(encoded)],
            linear(self._embedded(symbols), of_chord[:, :d_model], self.chord_projection.bias),
            key,
            key[:, None] * of_chord[:, d_model],
            [Recall() for _ in key] if self.recall is not None else [],
            [Tally() for _ in key] if self.mix is not None else [],
        )

    @torch.no_grad()
    def extend(self, cache: DecoderCache, symbols: Tensor) -> Tensor:
        """Feed (B, Q) symbols after those in the cache and return (B, Q, 159) logits of what follows each."""
        first, n_new = cache.length, symbols.shape[1]
        codes = heard(cache.recalls, symbols) if self.recall is not None else None
        counts = tallied(cache.tallies, symbols) if self.mix is not None else None
        if n_new == 1 and not self.training:
            logits = self._step(cache, symbols[:, 0], codes, counts)[:, None]
        else:
            cache.bound = None
            x = self._taken(symbols, cache.key, codes, first)
            masks = self._masks(x, first, cache.memory[0].keys.shape[2] if cache.memory else 0, None)
            for index, layer in enumerate(self._layers()):
                x = layer(x, cache.past[index], first, cache.spread(index), masks)
            logits = self._judged(x, counts)
        cache.length = first + n_new
        return logits

    def _step(self, cache: DecoderCache, symbols: Tensor, codes: Tensor | None, counts: Tensor | None) -> Tensor:
        """(B,) symbols -> (B, 159) logits."""
        at, width = cache.length, self.config.memory_band
        added = self._positions[at:, None]
        if self.recall is not None and codes is not None:
            recalled = self.recall(codes[:, 0], self._root_of, self._quality_of)
            added = added[:1] + linear(recalled, self.chord_projection.weight[:, : self.config.d_model])
        if self._compiled is not None and symbols.device.type == "cpu":
            cache.bound = cache.bound or self._compiled.bind(cache)
            return cache.bound(symbols, at, width, added.numpy())
        x = cache.chords[symbols] + cache.shift + added[0]
        memory = cache.memory if width is None else [_near(layer, at, width) for layer in cache.memory]
        for index, step in enumerate(cache.steps):
            x = step(x, cache.past[index], at, memory[index] if memory else None)
        return self._judged(x, None if counts is None else counts[:, 0])

    def _judged(self, x: Tensor, counts: Tensor | None) -> Tensor:
        """(..., d_model) after the last layer, (..., 4, 159) counts of the song -> (..., 159) logits."""
        seen: Tensor = self.decoder.norm(x)
        logits: Tensor = self.output(seen)
        return logits if self.mix is None or counts is None else self.mix(logits, seen, counts)

    def forward(self, symbols: Tensor, rows: Tensor, key: Tensor, row_mask: Tensor | None = None) -> Tensor:
        """Teacher-forced logits.

        Parameters
        ----------
        symbols : (B, Q) int64
            Decoder input, PAD after the end.
        rows : (B, T, n_inputs)
        key : (B,)
            0 major, 1 minor.
        row_mask : (B, T) bool, optional
            True for real rows; None where nothing is padded (or, as published, padding is seen).

        Returns
        -------
        (B, Q, 159)
            Logits of the symbol that follows each input.
        """
        encoded = self.encode(rows, row_mask)
        memory = self._memory(encoded)
        codes = heard([Recall() for _ in key], symbols) if self.recall is not None else None
        counts = tallied([Tally() for _ in key], symbols) if self.mix is not None else None
        x = self._taken(symbols, key.to(encoded), codes, 0)
        masks = self._masks(x, 0, encoded.shape[1], row_mask)
        for index, layer in enumerate(self._layers()):
            x = layer(x, None, 0, memory[index] if memory else None, masks)
        return self._judged(x, counts)

    def _layers(self) -> list[DecoderLayer]:
        return [layer for layer in self.decoder.layers if isinstance(layer, DecoderLayer)]

    def _prepared(self, make: MapMaker) -> tuple[LayerStep, ...]:
        return tuple(layer.prepared(make) for layer in self._layers())

    @torch.no_grad()
    def _given(self) -> dict[int, Moments]:
        """Measure what each matrix of a step is given, by the address of its weights: likeliest chords, drawn rows."""
        n_slots, drawn = self.config.n_positions, torch.Generator().manual_seed(0)
        rows = torch.randn(_N_DRAWN, n_slots, self.config.n_inputs, generator=drawn)
        symbols = torch.randint(0, N_SYMBOLS, (_N_DRAWN, 1), generator=drawn)
        given: dict[int, list[Tensor]] = defaultdict(list)

        def listening(weight: Tensor, bias: Tensor) -> Map:
            def multiply(x: Tensor) -> Tensor:
                given[weight.data_ptr()].append(x)
                return linear(x, weight, bias)

            return multiply

        cache = replace(self.start(self.encode(rows), torch.zeros(_N_DRAWN)), steps=self._prepared(listening))
        for _ in range(n_slots):
            symbols = self.extend(cache, symbols)[..., :N_SYMBOLS].argmax(-1)
        return {address: Moments.of(torch.cat(rows)) for address, rows in given.items()}

    def _memory(self, encoded: Tensor) -> list[KeysValues]:
        """Keys and values of what was encoded, per layer; none where the model sees no rows."""
        crosses = [layer.multihead_attn for layer in self._layers() if layer.multihead_attn is not None]
        return [cross.project_memory(encoded) for cross in crosses]

    def _embedded(self, symbols: Tensor) -> Tensor:
        """(...,) symbols -> (..., d_model)."""
        out: Tensor = self.root_embedding(self._root_of[symbols]) + self.quality_embedding(self._quality_of[symbols])
        return out

    def _taken(self, symbols: Tensor, key: Tensor, codes: Tensor | None, first: int) -> Tensor:
        """(B, Q) symbols -> (B, Q, d_model) as the first layer takes them."""
        n_new = symbols.shape[1]
        x = self._embedded(symbols)
        if self.recall is not None and codes is not None:
            x = x + self.recall(codes, self._root_of, self._quality_of)
        x = self.chord_projection(torch.cat([x, key[:, None, None].expand(-1, n_new, 1)], dim=-1))
        out: Tensor = self.dropout(x + self._positions[first : first + n_new])
        return out

    def _masks(self, like: Tensor, first: int, n_rows: int, row_mask: Tensor | None) -> Masks:
        """Return where new positions may look."""
        n_new = like.shape[1]
        whole = torch.ones(n_new, first + n_new, dtype=torch.bool, device=like.device)
        near = band(like, n_new, n_rows, self.config.memory_band, first)
        return whole.tril(first) if n_new > 1 else None, joined(near, row_mask)


def _near(memory: KeysValues, at: int, width: int) -> KeysValues:
    """Return views of the rows within `width` of a position."""
    first = max(0, at - width)
    n_rows = min(memory.keys.shape[2], at + width + 1) - first
    return KeysValues(memory.keys.narrow(2, first, n_rows), memory.values.narrow(2, first, n_rows))

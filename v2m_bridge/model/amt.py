"""The affective multimodal transformer: condition rows in, one of 159 chord symbols per slot out.

A vanilla encoder reads one row per slot (video features, or the conditions of `v2m_bridge.model.conditions`); a causal
decoder with relative attention predicts the chord of a slot from those before it.  The chord input is the sum of a
root and a quality embedding, joined with the key (0 major, 1 minor) and projected.  Source: Kang et al. 2024,
arXiv 2311.00968, and the published code; post-norm layers with ReLU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from v2m_bridge.core.harmony import END, N_QUALITIES, PAD, VOCABULARY_SIZE
from v2m_bridge.model.recall import Recall, RecallEmbedding, copied, heard
from v2m_bridge.model.relative_attention import Attention, KeysValues

N_ROOT_INPUTS = 15
"""N, twelve roots, END, PAD."""
N_QUALITY_INPUTS = 16
"""N, thirteen qualities, END, PAD."""

LARGEST_SIZE = 8192
LARGEST_DEPTH = 64


@dataclass(frozen=True, slots=True)
class AmtConfig:
    """Sizes of the chord model."""

    n_inputs: int
    """Columns of an encoder row."""
    d_model: int = 512
    n_heads: int = 8
    d_feedforward: int = 1024
    n_encoder_layers: int = 6
    n_decoder_layers: int = 6
    n_positions: int = 300
    dropout: float = 0.1
    start_symbol: int | None = None
    """Symbol that stands before the first slot; None as published, where the first chord must be given."""
    encoder_band: int | None = None
    """How many rows to each side a row sees; None for all, as published."""
    memory_band: int | None = None
    """How many rows to each side of its own slot the decoder sees; None for all, as published."""
    recall: bool = False
    """Whether the decoder is told what `v2m_bridge.model.recall` remembers; not as published."""
    relative: bool = True
    """Whether self-attention of the decoder counts distances (Huang et al. 2019), as published."""
    sees_rows: bool = True
    """Whether there is an encoder; the published baselines see chords and key alone."""

    def __post_init__(self) -> None:
        sizes = (self.n_inputs, self.d_model, self.n_heads, self.d_feedforward, self.n_positions)
        if min(sizes) < 1 or max(sizes) > LARGEST_SIZE or not 0 <= self.n_encoder_layers <= LARGEST_DEPTH:
            raise ValueError(f"a chord model has sizes from 1 to {LARGEST_SIZE} and at most {LARGEST_DEPTH} layers")
        if self.d_model % (2 * self.n_heads) or not 1 <= self.n_decoder_layers <= LARGEST_DEPTH:
            raise ValueError(f"a width of {self.d_model} does not divide into {self.n_heads} heads of an even width")
        if not 0 <= self.dropout < 1 or min(self.encoder_band or 0, self.memory_band or 0, self.start_symbol or 0) < 0:
            raise ValueError("dropout lies from 0 to 1; bands and the start symbol are not negative")
        if (self.start_symbol or 0) >= VOCABULARY_SIZE:
            raise ValueError(f"{self.start_symbol} is not a symbol")


@dataclass(slots=True)
class DecoderCache:
    """What one-step decoding keeps: per layer the keys and values of the past, and those of the encoder (if any)."""

    past: list[KeysValues | None]
    memory: list[KeysValues]
    length: int = 0
    key: Tensor = field(default_factory=lambda: torch.zeros(1))
    """(B,) 0 major, 1 minor."""
    recalls: list[Recall] = field(default_factory=list)
    """One memory for each row, where the model has such."""

    def rows(self, index: Sequence[int]) -> DecoderCache:
        """Return a cache whose batch holds these rows (a row may appear several times)."""
        rows = list(index)
        past = [None if kv is None else KeysValues(kv.keys[rows], kv.values[rows]) for kv in self.past]
        memory = [KeysValues(kv.keys[rows], kv.values[rows]) for kv in self.memory]
        recalls = copied(self.recalls, rows) if self.recalls else []
        return DecoderCache(past, memory, self.length, self.key[rows], recalls)


def sinusoids(n_positions: int, d_model: int) -> Tensor:
    """(n_positions, d_model) sinusoidal position encoding.  Source: Vaswani et al. 2017."""
    position = torch.arange(n_positions, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, d_model, 2, dtype=torch.float32) * (-math.log(10_000.0) / d_model))
    table = torch.zeros(n_positions, d_model)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)[:, : d_model // 2]
    return table


def band(n_queries: int, n_keys: int, width: int | None, first_query: int = 0) -> Tensor | None:
    """(Q, K) True where a key lies within `width` positions of its query; None where there is no limit."""
    if width is None:
        return None
    query = torch.arange(first_query, first_query + n_queries)[:, None]
    return (query - torch.arange(n_keys)[None, :]).abs() <= width


def _root_and_quality() -> tuple[Tensor, Tensor]:
    """(159,) each: the inputs of the two embeddings for every symbol."""
    symbol = torch.arange(VOCABULARY_SIZE)
    root = torch.div(symbol - 1, N_QUALITIES, rounding_mode="floor") + 1
    quality = (symbol - 1) % N_QUALITIES + 1
    for special, (root_input, quality_input) in {0: (0, 0), END: (13, 14), PAD: (14, 15)}.items():
        root[special], quality[special] = root_input, quality_input
    return root, quality


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

    def forward(
        self, x: Tensor, past: KeysValues | None, memory: KeysValues | None, masks: tuple[Tensor | None, Tensor | None]
    ) -> tuple[Tensor, KeysValues]:
        """Add (B, Q, d_model) of new positions to a past; return them with the past that includes them."""
        own = self.self_attn.project_memory(x)
        first = 0
        if past is not None:
            first = past.keys.shape[2]
            own = KeysValues(torch.cat([past.keys, own.keys], 2), torch.cat([past.values, own.values], 2))
        x = self.norm1(x + self.dropout(self.self_attn.attend(self.self_attn.project_queries(x), own, masks[0], first)))
        if self.multihead_attn is not None and self.norm2 is not None and memory is not None:
            crossed = self.multihead_attn.attend(self.multihead_attn.project_queries(x), memory, masks[1])
            x = self.norm2(x + self.dropout(crossed))
        return self.norm3(x + self.dropout(self.feedforward(x))), own


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
        self.dropout = SharedDropout(config.dropout)
        root, quality = _root_and_quality()
        self.register_buffer("_root_of", root, persistent=False)
        self.register_buffer("_quality_of", quality, persistent=False)
        self.register_buffer("_positions", sinusoids(config.n_positions, d_model), persistent=False)

    def encode(self, rows: Tensor, row_mask: Tensor | None = None) -> Tensor:
        """Encode condition rows, (B, T, n_inputs) -> (B, T, d_model); `row_mask` (B, T) is True for real rows."""
        n_rows = rows.shape[1]
        if self.input_projection is None or self.encoder is None:
            return rows.new_zeros(*rows.shape[:2], self.config.d_model)
        x = self.dropout(self.input_projection(rows) + self._positions[:n_rows])
        mask = _joined(band(n_rows, n_rows, self.config.encoder_band), row_mask)
        for layer in self.encoder.layers:
            x = layer(x, mask)
        out: Tensor = self.encoder.norm(x)
        return out

    def start(self, encoded: Tensor, key: Tensor) -> DecoderCache:
        """Return an empty cache for decoding against (B, T, d_model); `key` is (B,), 0 major, 1 minor."""
        layers = [layer for layer in self.decoder.layers if isinstance(layer, DecoderLayer)]
        crosses = [layer.multihead_attn for layer in layers if layer.multihead_attn is not None]
        memory = [cross.project_memory(encoded) for cross in crosses]
        recalls = [Recall() for _ in key] if self.recall is not None else []
        return DecoderCache([None] * len(layers), memory, 0, key.to(encoded.dtype), recalls)

    def extend(self, cache: DecoderCache, symbols: Tensor, row_mask: Tensor | None = None) -> Tensor:
        """Feed (B, Q) symbols after those in the cache and return (B, Q, 159) logits of what follows each."""
        first, n_new = cache.length, symbols.shape[1]
        x = self.root_embedding(self._root_of[symbols]) + self.quality_embedding(self._quality_of[symbols])
        if self.recall is not None:
            x = x + self.recall(heard(cache.recalls, symbols), self._root_of, self._quality_of)
        key = cache.key[:, None, None].expand(-1, n_new, 1)
        x = self.chord_projection(torch.cat([x, key], dim=-1))
        x = self.dropout(x + self._positions[first : first + n_new])
        causal = torch.ones(n_new, first + n_new, dtype=torch.bool).tril(first) if n_new > 1 else None
        n_rows = cache.memory[0].keys.shape[2] if cache.memory else 0
        masks = (causal, _joined(band(n_new, n_rows, self.config.memory_band, first), row_mask))
        for index, layer in enumerate(self.decoder.layers):
            memory = cache.memory[index] if cache.memory else None
            x, cache.past[index] = layer(x, cache.past[index], memory, masks)
        cache.length = first + n_new
        out: Tensor = self.output(self.decoder.norm(x))
        return out

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
        return self.extend(self.start(self.encode(rows, row_mask), key), symbols, row_mask)


def _joined(band_mask: Tensor | None, row_mask: Tensor | None) -> Tensor | None:
    """(B, 1, Q, K) or (Q, K) of what both masks allow."""
    if row_mask is None:
        return band_mask
    rows = row_mask[:, None, None, :]
    return rows if band_mask is None else rows & band_mask

"""Sizes of the chord model."""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.harmony import VOCABULARY_SIZE

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
    tally: bool = False
    """Whether `v2m_bridge.model.tally` mixes in what followed in the song so far; not as published."""
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

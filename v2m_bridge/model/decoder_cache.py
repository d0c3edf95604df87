"""What one-step decoding keeps from slot to slot."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from v2m_bridge.model.compiled_step import BoundSteps
from v2m_bridge.model.recall import Recall, copied
from v2m_bridge.model.relative_attention import KeysValues, Past
from v2m_bridge.model.stepping import LayerStep
from v2m_bridge.model.tally import Tally


@dataclass(slots=True)
class DecoderCache:
    """A batch of B progressions over G sequences of rows; progression b reads sequence b % G."""

    steps: Sequence[LayerStep]
    """The decoder layers, prepared."""
    past: list[Past]
    """Per layer, what self-attention looks at."""
    memory: list[KeysValues]
    """Per layer, keys and values of the encoder, each (G, H, T, D); empty where there is none."""
    chords: Tensor
    """(159, d_model): every symbol as the decoder takes it, the key aside."""
    key: Tensor
    """(B,) 0 major, 1 minor."""
    shift: Tensor
    """(B, d_model): what the key adds."""
    recalls: list[Recall] = field(default_factory=list)
    """One memory for each progression, where the model has such."""
    tallies: list[Tally] = field(default_factory=list)
    """The same for counts."""
    length: int = 0
    """Positions in use."""
    bound: BoundSteps | None = None
    """All layers as one function, where they are compiled."""

    def rows(self, index: Sequence[int]) -> DecoderCache:
        """Return a cache whose batch holds these progressions (one may appear several times)."""
        rows = list(index)
        return replace(
            self,
            past=[past.rows(rows, self.length) for past in self.past],
            memory=[_seen_by(rows, memory) for memory in self.memory],
            key=self.key[rows],
            bound=None,
            shift=self.shift[rows],
            recalls=copied(self.recalls, rows) if self.recalls else [],
            tallies=[copy.deepcopy(self.tallies[row]) for row in rows] if self.tallies else [],
        )

    def spread(self, layer: int) -> KeysValues | None:
        """Return the memory of a layer with one row for each progression, each (B, H, T, D)."""
        if not self.memory:
            return None
        keys, values = self.memory[layer]
        n_each = len(self.key) // len(keys)
        return KeysValues(keys.repeat(n_each, 1, 1, 1), values.repeat(n_each, 1, 1, 1))


def _seen_by(rows: list[int], memory: KeysValues) -> KeysValues:
    """Share the memory where the rows go through its sequences in turn, else copy what each row sees."""
    n_sources = len(memory.keys)
    sources = [row % n_sources for row in rows]
    if sources == list(range(n_sources)) * (len(rows) // n_sources):
        return memory
    return KeysValues(memory.keys[sources], memory.values[sources])

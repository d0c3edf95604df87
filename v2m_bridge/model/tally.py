"""What followed in a song so far, mixed into what a chord model says.

A song returns to its own turns more often than to those of other songs.  So the likelihoods of the model are
interpolated with counts from the song itself: what followed everywhere, after the last symbol, after the last two,
after the last three.  How far the model is trusted against each is a number that it says anew for every slot.
Sources: the cache of Kuhn and De Mori 1990, interpolated as in Witten and Bell 1991; the gate as in the pointer
mixture of Merity et al. 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import VOCABULARY_SIZE

N_CONTEXTS: Final = 4
"""Contexts of 0 .. 3 symbols."""
_FIRST_TRUST: Final = (6.5, 4.0, 4.0, 4.0)
"""Logarithm of how many sightings the model's own opinion counts as, before training."""
_MOST_TRUST: Final = 12.0
_LEAST_LIKELY: Final = 1e-9
_NONE: Final = np.zeros(VOCABULARY_SIZE, np.float32)


class Tally:
    """Counts the symbols of a song by what stood before them."""

    def __init__(self) -> None:
        self._last: tuple[int, ...] = ()
        self._after: dict[tuple[int, ...], F32] = {}

    def hear(self, symbol: int) -> F32:
        """Take the next symbol; return (4, 159) how often each symbol followed the last 0 .. 3 in this song.

        The first symbol stands for the beginning and is not counted.
        """
        for size in range(min(len(self._last), N_CONTEXTS - 1) + 1 if self._last else 0):
            before = self._last[len(self._last) - size :]
            self._after.setdefault(before, _NONE.copy())[symbol] += 1
        self._last = (*self._last, symbol)[1 - N_CONTEXTS :]
        sizes = range(min(len(self._last), N_CONTEXTS - 1) + 1)
        counts = [self._after.get(self._last[len(self._last) - size :], _NONE) for size in sizes]
        return np.stack([*counts, *[_NONE] * (N_CONTEXTS - len(counts))])


def tallied(tallies: Sequence[Tally], symbols: Tensor) -> Tensor:
    """Let one tally per row hear (B, Q) new symbols; return (B, Q, 4, 159) counts."""
    counts = [[tally.hear(symbol) for symbol in row] for tally, row in zip(tallies, symbols.tolist(), strict=True)]
    return torch.from_numpy(np.array(counts)).to(symbols.device)


class TallyMix(nn.Module):
    """Interpolates likelihoods with the counts of a `Tally`."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.trust = nn.Linear(d_model, N_CONTEXTS)
        nn.init.zeros_(self.trust.weight)
        with torch.no_grad():
            self.trust.bias.copy_(torch.tensor(_FIRST_TRUST))

    def forward(self, logits: Tensor, seen: Tensor, counts: Tensor) -> Tensor:
        """Return log-probabilities.

        Parameters
        ----------
        logits : (..., 159)
        seen : (..., d_model)
            What the logits were made from; it says how far they are to be trusted.
        counts : (..., 4, 159)
            The shorter contexts first.
        """
        likelihood, trusts = logits.softmax(-1), self.trust(seen).clamp(max=_MOST_TRUST).exp()
        totals = counts.sum(-1)
        for size in range(N_CONTEXTS):
            trust = trusts[..., size, None]
            likelihood = (likelihood * trust + counts[..., size, :]) / (trust + totals[..., size, None])
        return likelihood.clamp_min(_LEAST_LIKELY).log()

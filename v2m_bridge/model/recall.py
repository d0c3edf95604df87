"""What a progression remembers of itself: how long its chord is held, and what followed when it stood here before.

Songs repeat.  A decoder with few layers and some hundred songs to learn from hardly learns to look back for the place
where the same chords stood; so it is told.  Everything is counted from the symbols so far, none from the future.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmony import PAD

LONGEST_HELD: Final = 24
LONGEST_MATCH: Final = 16
LARGEST_LEFT: Final = 20
"""Codes of `left`: -6..12 slots as 0..18, and 19 where nothing like this was heard."""
_LEFT_LOW, _LEFT_HIGH, _NOTHING = -6, 12, LARGEST_LEFT - 1
N_COLUMNS: Final = 6
HELD, ECHO, ECHO_LENGTH, RETURN, RETURN_LENGTH, LEFT = range(N_COLUMNS)
"""Slots that the last chord has been held before this one; the symbol after the latest earlier place with the longest
equal past, and that length; the chord after the latest earlier place with the longest equal run of chords, durations
aside, and that length; how many slots more the last chord was held there."""


class Recall:
    """Listens to a progression symbol by symbol."""

    def __init__(self) -> None:
        self._symbols: list[int] = []
        self._match = np.zeros(0, np.int64)
        self._chords: list[int] = []
        self._starts: list[int] = []
        self._chord_match = np.zeros(0, np.int64)
        self._return = (PAD, 0, 0)

    def hear(self, symbol: int) -> tuple[int, ...]:
        """Take the next symbol; return the `N_COLUMNS` codes of what is remembered with it."""
        at = len(self._symbols)
        self._symbols.append(symbol)
        past = np.array(self._symbols[:-1], np.int64)
        self._match = np.where(past == symbol, np.concatenate([[0], self._match])[:at] + 1, 0)
        self._match[:1] = 0  # the start is no place to return to
        if at == 0 or symbol != self._symbols[-2]:
            self._take_chord(symbol, at)
        echo, length = _latest_longest(self._match)
        held = at - self._starts[-1]
        following, return_length, duration = self._return
        left = min(max(duration - held - 1, _LEFT_LOW), _LEFT_HIGH) - _LEFT_LOW if return_length else _NOTHING
        return (
            min(held, LONGEST_HELD - 1),
            self._symbols[echo + 1] if length else PAD,
            min(length, LONGEST_MATCH - 1),
            following,
            min(return_length, LONGEST_MATCH - 1),
            left,
        )

    def _take_chord(self, symbol: int, at: int) -> None:
        n_before = len(self._chords)
        before = np.array(self._chords, np.int64)
        self._chord_match = np.where(before == symbol, np.concatenate([[0], self._chord_match])[:n_before] + 1, 0)
        self._chord_match[:1] = 0
        self._chords.append(symbol)
        self._starts.append(at)
        place, length = _latest_longest(self._chord_match)
        if length:
            self._return = (self._chords[place + 1], length, self._starts[place + 1] - self._starts[place])
        else:
            self._return = (PAD, 0, 0)


def recalled(symbols: Sequence[int] | I64) -> I64:
    """(T, 6) codes of a whole progression; row t depends on symbols 0..t alone."""
    recall = Recall()
    return np.array([recall.hear(int(symbol)) for symbol in symbols], np.int64).reshape(-1, N_COLUMNS)


def copied(recalls: Sequence[Recall], rows: Sequence[int]) -> list[Recall]:
    """Return independent copies of some of several memories."""
    return [copy.deepcopy(recalls[row]) for row in rows]


def _latest_longest(match: I64) -> tuple[int, int]:
    """Place and length of the longest match, the latest of equals; (0, 0) where there is none."""
    if not len(match):
        return 0, 0
    place = len(match) - 1 - int(np.argmax(match[::-1]))
    return place, int(match[place])


class RecallEmbedding(nn.Module):
    """Turns the codes of `Recall` into what is added to the chord input."""

    def __init__(self, d_model: int, n_roots: int, n_qualities: int) -> None:
        super().__init__()
        self.held = nn.Embedding(LONGEST_HELD, d_model)
        self.echo_root, self.echo_quality = nn.Embedding(n_roots, d_model), nn.Embedding(n_qualities, d_model)
        self.echo_length = nn.Embedding(LONGEST_MATCH, d_model)
        self.return_root, self.return_quality = nn.Embedding(n_roots, d_model), nn.Embedding(n_qualities, d_model)
        self.return_length = nn.Embedding(LONGEST_MATCH, d_model)
        self.left = nn.Embedding(LARGEST_LEFT, d_model)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.1)

    def forward(self, codes: Tensor, root_of: Tensor, quality_of: Tensor) -> Tensor:
        """(B, T, 6) codes -> (B, T, d_model); `root_of`, `quality_of` (159,) give the embedding inputs of a symbol."""
        out: Tensor = (
            self.held(codes[..., HELD])
            + self.echo_root(root_of[codes[..., ECHO]])
            + self.echo_quality(quality_of[codes[..., ECHO]])
            + self.echo_length(codes[..., ECHO_LENGTH])
            + self.return_root(root_of[codes[..., RETURN]])
            + self.return_quality(quality_of[codes[..., RETURN]])
            + self.return_length(codes[..., RETURN_LENGTH])
            + self.left(codes[..., LEFT])
        )
        return out


def heard(recalls: Sequence[Recall], symbols: Tensor) -> Tensor:
    """Let one memory per row hear (B, Q) new symbols; return (B, Q, 6) codes."""
    rows = symbols.tolist()
    codes = [[recall.hear(symbol) for symbol in row] for recall, row in zip(recalls, rows, strict=True)]
    return torch.tensor(codes, dtype=torch.int64, device=symbols.device).view(len(rows), -1, N_COLUMNS)

"""What a chord model must beat: a constant answer, the last chord again, and counts of three chords in a row.

Each says, for every slot of a song, which five chords it holds likeliest, best first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmony import END
from v2m_bridge.training.song import Song

N_RANKED: Final = 5


class Constant:
    """The five chords that are most frequent, everywhere."""

    def __init__(self, songs: Sequence[Song]) -> None:
        counts = Counter(int(symbol) for song in songs for symbol in song.symbol_ids)
        self.ranking = [symbol for symbol, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

    def rank(self, song: Song) -> I64:
        """(T, 5)."""
        return np.tile(np.array(self.ranking[:N_RANKED]), (len(song), 1))


class RepeatLast:
    """The last chord again, then the most frequent ones."""

    def __init__(self, songs: Sequence[Song]) -> None:
        self._constant = Constant(songs)

    def rank(self, song: Song) -> I64:
        """(T, 5)."""
        common = self._constant.ranking
        after = {last: [last, *(s for s in common if s != last)][:N_RANKED] for last in set(song.symbol_ids.tolist())}
        return np.array([common[:N_RANKED], *(after[last] for last in song.symbol_ids[:-1].tolist())])


class Trigram:
    """Counts of a chord after the two before it, backed by those after one and after none."""

    def __init__(self, songs: Sequence[Song]) -> None:
        self._constant = Constant(songs)
        self._after: dict[tuple[int, ...], Counter[int]] = {}
        for song in songs:
            symbols = [END, END, *song.symbol_ids.tolist()]
            for first, second, third in zip(symbols, symbols[1:], symbols[2:], strict=False):
                self._after.setdefault((first, second), Counter())[third] += 1
                self._after.setdefault((second,), Counter())[third] += 1
        self._ranked: dict[tuple[int, int], list[int]] = {}

    def rank(self, song: Song) -> I64:
        """(T, 5)."""
        symbols = [END, END, *song.symbol_ids.tolist()]
        return np.array([self._rank_after(pair) for pair in pairwise(symbols[:-1])])

    def _rank_after(self, pair: tuple[int, int]) -> list[int]:
        if pair not in self._ranked:
            ranking: list[int] = []
            for context in (pair, pair[1:]):
                counts = self._after.get(context, Counter())
                ranking += sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
            ranking += self._constant.ranking
            self._ranked[pair] = list(dict.fromkeys(ranking))[:N_RANKED]
        return self._ranked[pair]

"""What a chord model must beat: a constant answer, the last chord again, counts of chords, and counts with a cache.

Each is built from the progressions of training songs and says, for every slot of another, how likely each of the 159
symbols is, from the symbols before the slot alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmony import END, VOCABULARY_SIZE

F64 = NDArray[np.float64]
_UNSEEN: Final = 0.1
"""What is added to every count, so that nothing is impossible."""
_STAY: Final = (0.5, 0.99)
"""Bounds of how likely a chord is to stay: from one half on no other can be likelier."""
TRIGRAM: Final = 3
SHORT_CACHE: Final = TRIGRAM - 1
LONG_CACHE: Final = 8
"""Longest context, in slots, that is looked up in the song so far."""
_MOST_TRUST: Final = 100.0
_LEAST_TRUST: Final = 5.0
"""How often something was seen in a song when the song counts as much as all else: at first, and at least; it halves
with every symbol of the context.  Chosen on a tenth of MuVi-Sync's training videos."""


class Baseline(Protocol):
    """Tells how likely each symbol is."""

    def scores(self, symbols: I64) -> F64:
        """(T,) symbols -> (T, 159) log-probabilities; row t depends on symbols before t alone."""
        ...


def baselines_of(progressions: Sequence[I64]) -> dict[str, Baseline]:
    """Build every baseline, by name, from (T,) training progressions; none where there are no progressions."""
    if not progressions:
        return {}
    trigram = NGram(progressions, TRIGRAM)
    return {
        "constant": Constant(progressions),
        "repeat_last": RepeatLast(progressions),
        "trigram": trigram,
        "ngram_cache": NGramWithCache(trigram, SHORT_CACHE),
        "long_cache": NGramWithCache(trigram, LONG_CACHE),
    }


class Constant:
    """Every symbol by its frequency, everywhere."""

    def __init__(self, progressions: Sequence[I64]) -> None:
        counts = np.bincount(np.concatenate(progressions), minlength=VOCABULARY_SIZE) + _UNSEEN
        self.likelihood: F64 = counts / counts.sum()

    def scores(self, symbols: I64) -> F64:
        """(T,) -> (T, 159) log-probabilities."""
        return np.tile(np.log(self.likelihood), (len(symbols), 1))


class RepeatLast:
    """The last chord again, the others by their frequency.

    The last chord is as likely as chords of the training songs were to stay, and at least one half.
    """

    def __init__(self, progressions: Sequence[I64]) -> None:
        self._constant = Constant(progressions).likelihood
        stays = np.concatenate([symbols[1:] == symbols[:-1] for symbols in progressions])
        self._stay = float(np.clip(stays.mean() if len(stays) else 0.0, *_STAY))

    def scores(self, symbols: I64) -> F64:
        """(T,) -> (T, 159) log-probabilities."""
        likelihood = np.tile(self._constant, (len(symbols), 1))
        rows, last = np.arange(1, len(symbols)), symbols[:-1]
        likelihood[rows] *= ((1 - self._stay) / (1 - self._constant[last]))[:, None]
        likelihood[rows, last] = self._stay
        return np.asarray(np.log(likelihood))


class _Counts:
    """What followed each context of 0 .. n symbols."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._after: dict[tuple[int, ...], Counter[int]] = {}

    def add(self, before: Sequence[int], symbol: int) -> None:
        """Count `symbol` after every context that ends `before`."""
        for size in range(min(self._longest, len(before)) + 1):
            self._after.setdefault(tuple(before[len(before) - size :]), Counter())[symbol] += 1

    def after(self, before: Sequence[int]) -> Iterator[Counter[int]]:
        """Yield what followed the contexts that end `before`, from the shortest to the longest that was seen."""
        for size in range(min(self._longest, len(before)) + 1):
            counts = self._after.get(tuple(before[len(before) - size :]))
            if counts is None:
                return
            yield counts


def _mixed(likelihood: F64, counts: Counter[int], trust: float) -> F64:
    """(159,) counts of a context, interpolated with what shorter contexts say, which counts as `trust` sightings."""
    total = counts.total()
    mixed = likelihood * (trust / (total + trust))
    for symbol, count in counts.items():
        mixed[symbol] += count / (total + trust)
    return mixed


class NGram:
    """Counts of a symbol after up to n - 1 others, interpolated.  Source: Witten and Bell 1991, method C."""

    def __init__(self, progressions: Sequence[I64], n: int) -> None:
        self._constant = Constant(progressions).likelihood
        self._counts = _Counts(n - 1)
        self._lead = [END] * (n - 1)
        self._known: dict[tuple[int, ...], F64] = {}
        for progression in progressions:
            symbols = self._lead + progression.tolist()
            for at in range(len(self._lead), len(symbols)):
                self._counts.add(symbols[at - len(self._lead) : at], symbols[at])

    def likelihoods(self, symbols: I64) -> list[F64]:
        """(159,) likelihood of each symbol, for every slot of (T,) symbols."""
        padded = self._lead + symbols.tolist()
        return [self._after(tuple(padded[at : at + len(self._lead)])) for at in range(len(symbols))]

    def scores(self, symbols: I64) -> F64:
        """(T,) -> (T, 159) log-probabilities."""
        return np.asarray(np.log(self.likelihoods(symbols)))

    def _after(self, before: tuple[int, ...]) -> F64:
        if before not in self._known:
            likelihood = self._constant
            for counts in self._counts.after(before):
                likelihood = _mixed(likelihood, counts, len(counts))
            self._known[before] = likelihood
        return self._known[before]


class NGramWithCache:
    """An n-gram, interpolated with what followed the same symbols (none, one, .. `longest`) in the song so far."""

    def __init__(self, corpus: NGram, longest: int) -> None:
        self._corpus = corpus
        self._trust = [max(_LEAST_TRUST, _MOST_TRUST / 2**size) for size in range(longest + 1)]

    def scores(self, symbols: I64) -> F64:
        """(T,) -> (T, 159) log-probabilities."""
        longest = len(self._trust) - 1
        heard, so_far = _Counts(longest), symbols.tolist()
        rows = []
        for at, likelihood in enumerate(self._corpus.likelihoods(symbols)):
            before = so_far[max(0, at - longest) : at]
            mixed = likelihood
            for counts, trust in zip(heard.after(before), self._trust, strict=False):
                mixed = _mixed(mixed, counts, trust)
            rows.append(mixed)
            heard.add(before, so_far[at])
        return np.asarray(np.log(rows))

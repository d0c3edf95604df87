"""The figures of an evaluation as one table: a row for each predictor, then all that has a single value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from v2m_bridge.training.marks import COMPARED

COLUMNS: Final = ("", "Hits@1", "Hits@3", "Hits@5", "at changes", "nats", "p")
_MARKS: Final = ("hits_at_1", "hits_at_3", "hits_at_5", "changes_hits_at_1", "cross_entropy")
_PREDICTORS: Final = {
    "": "model",
    "conditioned_": "told valence and changes",
    "shuffled_": "features of another video",
    "hidden_": "features hidden",
    "constant_": "constant",
    "repeat_last_": "repeat the last chord",
    "trigram_": "trigram",
    "ngram_cache_": "trigram, cache of 3",
    "long_cache_": "trigram, cache of 9",
}
_ENDS: Final = {"_low": "  95 % from", "_high": "  to"}


class Sections(NamedTuple):
    """Rows of text."""

    predictors: list[tuple[str, ...]]
    """One cell for each of `COLUMNS`."""
    others: list[tuple[str, str]]
    """Name and value."""


def sections(figures: Mapping[str, float]) -> Sections:
    """Sort the figures of `evaluate.evaluate` into rows; intervals are shown of the model alone."""
    rows: list[tuple[str, ...]] = []
    shown: set[str] = set()
    for front, label in _PREDICTORS.items():
        names = [front + mark for mark in _MARKS]
        if names[0] in figures:
            p = f"p_{front}{COMPARED[0]}"
            rows.append((label, *(_cell(figures, name) for name in names), _cell(figures, p)))
            shown |= {*names, p}
            if not front:
                rows += [(text, *(_cell(figures, name + end) for name in names), "") for end, text in _ENDS.items()]
    rest = [(name, _cell(figures, name)) for name in figures if name not in shown and not name.endswith(tuple(_ENDS))]
    return Sections(rows, rest)


def _cell(figures: Mapping[str, float], name: str) -> str:
    value = figures.get(name)
    return "" if value is None else f"{value:.4g}"

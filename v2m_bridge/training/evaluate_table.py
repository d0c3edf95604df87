"""The figures of an evaluation as one table: predictors, then what the model plays alone, then all other values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

COLUMNS: Final = ("", "@1", "@3", "@5", "changes", "nats", "emotion", "match", "p")
"""Hits@1/3/5, Hits@1 at chord changes, cross-entropy, emotion loss, correspondence, and p of Hits@1."""
_MARKS: Final = (
    "hits_at_1", "hits_at_3", "hits_at_5", "changes_hits_at_1", "cross_entropy", "emotion_bce", "correspondence",
)  # fmt: skip
_PREDICTORS: Final = {
    "": "model",
    "conditioned_": "valence, changes told",
    "against_": "other weights",
    "shuffled_": "another video's features",
    "hidden_": "features hidden",
    "constant_": "constant",
    "repeat_last_": "repeat the last chord",
    "trigram_": "trigram",
    "ngram_cache_": "trigram, short cache",
    "long_cache_": "trigram, long cache",
}
_ENDS: Final = {"_low": "  95 % from", "_high": "  to"}
_ALONE, _SONGS = "free_", "songs_"
_BLIND: Final = {
    "emotion_bce_bound": "blind emotion loss, best",
    "emotion_bce_bound_knowing_end": "  knowing the end",
    "blind_emotion_bce": "  as training songs teach",
}


class Sections(NamedTuple):
    """Rows of text, a cell for each of `COLUMNS` or fewer."""

    predictors: Sequence[tuple[str, ...]]
    alone: Sequence[tuple[str, ...]]
    """Name, value of what the model plays, value of the songs."""
    others: Sequence[tuple[str, ...]]
    """Name and value."""


def sections(figures: Mapping[str, float]) -> Sections:
    """Sort the figures of `evaluate.evaluate` into rows.

    Intervals are shown of the model alone, and of the p values that of Hits@1; what belongs to no known predictor is
    shown as it is named.
    """
    predictors = [row for front in _fronts(figures) for row in _predictor_rows(figures, front)]
    names = [name.removeprefix(_ALONE) for name in figures if name.startswith(_ALONE)]
    alone = [
        (f"alone: {name.replace('_', ' ')}", _cell(figures, _ALONE + name), _cell(figures, _SONGS + name))
        for name in names
        if figures[_ALONE + name] or figures.get(_SONGS + name)
    ]
    others = [(_BLIND.get(name, name), _cell(figures, name)) for name in figures if _stands_alone(name)]
    return Sections(predictors, [("", "model", "songs"), *alone] if alone else [], others)


def _fronts(figures: Mapping[str, float]) -> list[str]:
    """Return what stands in front of the marks of each predictor on each corpus, such as ``pop909_trigram_``."""
    first = [name for name in figures if name.endswith(_MARKS[0])]
    return [name.removesuffix(_MARKS[0]) for name in first if "_p_" not in f"_{name}" and "changes_" not in name]


def _predictor_rows(figures: Mapping[str, float], front: str) -> list[tuple[str, ...]]:
    predictor = next(name for name in sorted(_PREDICTORS, key=len, reverse=True) if front.endswith(name))
    corpus = front.removesuffix(predictor)
    label = f"{corpus.rstrip('_')}: {_PREDICTORS[predictor]}" if corpus else _PREDICTORS[predictor]
    cells = [_cell(figures, front + mark) for mark in _MARKS]
    rows: list[tuple[str, ...]] = [(label, *cells, _cell(figures, f"{corpus}p_{predictor}{_MARKS[0]}"))]
    if not front:
        rows += [(text, *(_cell(figures, mark + end) for mark in _MARKS)) for end, text in _ENDS.items()]
    return rows


def _stands_alone(name: str) -> bool:
    """Whether a figure is neither a mark of some predictor nor of music played alone."""
    is_mark = any(mark in name for mark in ("hits_at", "cross_entropy", "correspondence", "total_loss"))
    is_mark = is_mark or (name not in _BLIND and "emotion_bce" in name)
    return not is_mark and not name.startswith((_ALONE, _SONGS))


def _cell(figures: Mapping[str, float], name: str) -> str:
    value = figures.get(name)
    return "" if value is None else f"{value:.4g}" if name.startswith(("n_", "p_")) else f"{value:.3f}"

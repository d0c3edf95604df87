"""The rows that the chord model and the regressor read: named columns, made from a plan or from a song.

`VIDEO_COLUMNS` are the published 776 in their order; `MUSIC_COLUMNS` are what music itself shows, so that weights can
be trained without pictures: where its valence index and its chord-change rate stand among all songs of the mode, and
where the slot stands in its bar, in a phrase of four bars and before the end.  Each group has a column that says
whether it is known; unknown values are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import N_SYMBOLS, QUALITY_VALENCE, chord_of_id
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.errors import ModelError

N_SEMANTIC: Final = 768
N_EMOTIONS: Final = 6
MUSIC_COLUMNS: Final = (
    "valence", "valence_known", "change_rate", "change_rate_known",
    "downbeat", "bar_phase", "slots_per_bar", "odd_bar", "phrase_sine", "phrase_cosine", "grid_known", "ending",
)  # fmt: skip
AFFECT_COLUMNS: Final = MUSIC_COLUMNS[:4]
TEXTURE_COLUMNS: Final = (*MUSIC_COLUMNS[4:], "chord_change", "chord_tones", "chord_valence")
"""What the regressor of the starter weights reads: the grid and the chords."""

SMOOTHING_SLOTS: Final = 4
"""Valence index and change rate are means over this many slots to each side."""
VALENCE_TO_STANDING: Final = 0.6
"""How far full valence moves the wished valence index from the median towards the extreme."""
AROUSAL_TO_CHANGE_RATE: Final = 0.6
"""How far full arousal moves the wished change rate from the median towards the extreme."""
_ENDING_SLOTS: Final = 4.0

VALENCE_OF_SYMBOL: Final = np.array(
    [0.0 if s == 0 else QUALITY_VALENCE[chord_of_id(s).quality] for s in range(N_SYMBOLS)], np.float32
)
_TONES_OF_SYMBOL: Final = np.array([len(chord_of_id(s).pitch_classes) for s in range(N_SYMBOLS)], np.float32)


def video_columns(n_semantic: int = N_SEMANTIC) -> tuple[str, ...]:
    """Names of the published columns for a semantic width."""
    return (*(f"semantic{i}" for i in range(n_semantic)), "scene_offset", "motion", *(f"emotion{i}" for i in range(6)))


def smoothed(values: F32, n_side: int = SMOOTHING_SLOTS) -> F32:
    """(T,) mean over `n_side` rows to each side, with fewer at the ends."""
    kernel = np.ones(2 * n_side + 1)
    weights = np.convolve(np.ones(len(values)), kernel, "full")[n_side : n_side + len(values)]
    sums = np.convolve(values, kernel, "full")[n_side : n_side + len(values)]
    return np.asarray(sums / weights, np.float32)


def valence_index(symbol_ids: I64) -> F32:
    """(T,) smoothed valence of the chord qualities, -1..1."""
    return smoothed(VALENCE_OF_SYMBOL[symbol_ids])


def change_rate(symbol_ids: I64) -> F32:
    """(T,) smoothed share of slots whose chord differs from the one before."""
    changed = np.ones(len(symbol_ids), np.float32)
    changed[1:] = symbol_ids[1:] != symbol_ids[:-1]
    return smoothed(changed)


def standing(values: F32, quantiles: Sequence[float]) -> F32:
    """Where values stand among evenly spaced quantiles: -1 at the lowest, 0 at the median, 1 at the highest."""
    table = np.asarray(quantiles, np.float64)
    places = np.linspace(-1, 1, len(table))
    below = places[np.clip(np.searchsorted(table, values, "left"), 0, len(table) - 1)]
    above = places[np.clip(np.searchsorted(table, values, "right") - 1, 0, len(table) - 1)]
    inside = np.interp(values, table, places)
    tied = np.searchsorted(table, values, "right") - np.searchsorted(table, values, "left") > 0
    return np.asarray(np.where(tied, (below + above) / 2, inside), np.float32)


def grid_columns(bar: I64, slot_in_bar: I64, slots_per_bar: I64) -> dict[str, F32]:
    """Columns that say where a slot stands in its bar, its phrase and before the end."""
    n = len(bar)
    phrase = 2 * np.pi * (bar % 4 + slot_in_bar / slots_per_bar) / 4
    columns = {
        "downbeat": slot_in_bar == 0,
        "bar_phase": slot_in_bar / slots_per_bar,
        "slots_per_bar": slots_per_bar / 2 - 1,
        "odd_bar": bar % 2,
        "phrase_sine": np.sin(phrase),
        "phrase_cosine": np.cos(phrase),
        "grid_known": np.ones(n),
        "ending": np.exp(-np.arange(n - 1, -1, -1) / _ENDING_SLOTS),
    }
    return {name: np.asarray(values, np.float32) for name, values in columns.items()}


def chord_columns(symbol_ids: I64) -> dict[str, F32]:
    """Columns that the regressor reads from the chords themselves."""
    changed = np.ones(len(symbol_ids), np.float32)
    changed[1:] = symbol_ids[1:] != symbol_ids[:-1]
    return {
        "chord_change": changed,
        "chord_tones": _TONES_OF_SYMBOL[symbol_ids] - 3,
        "chord_valence": VALENCE_OF_SYMBOL[symbol_ids],
    }


def stacked(columns: dict[str, F32], names: Sequence[str]) -> F32:
    """(T, len(names)) rows of the named columns.

    Raises
    ------
    ModelError
        When weights ask for a column that nothing here makes.
    """
    try:
        return np.stack([columns[name] for name in names], axis=1)
    except KeyError as exc:
        raise ModelError(f"these weights read a column {exc.args[0]!r} that this version cannot make") from exc


def plan_columns(plan: CuePlan) -> dict[str, F32]:
    """Return the music columns that a plan asks for: the picture's affect drives valence and change rate."""
    n = len(plan.slots)
    bar = np.array([slot.bar for slot in plan.slots], np.int64)
    first = np.searchsorted(bar, bar, "left")
    slots_per_bar = np.searchsorted(bar, bar, "right") - first
    known = np.ones(n, np.float32)
    return {
        **grid_columns(bar, np.arange(n) - first, slots_per_bar),
        "valence": np.float32(VALENCE_TO_STANDING) * plan.affect.valence,
        "valence_known": known,
        "change_rate": np.float32(AROUSAL_TO_CHANGE_RATE) * plan.affect.arousal,
        "change_rate_known": known,
    }


def without_affect(columns: dict[str, F32]) -> dict[str, F32]:
    """Return the columns with valence and change rate unknown."""
    zero = np.zeros_like(columns["downbeat"])
    return {name: zero if name in AFFECT_COLUMNS else values for name, values in columns.items()}


def video_rows(plan: CuePlan, n_semantic: int = N_SEMANTIC) -> F32:
    """(T, n_semantic + 8) published rows: semantic, scene offset + 1, motion, six emotions.

    Where the backend has no semantic columns (or of another width) they are 0.
    """
    features = plan.features
    semantic = features.semantic
    if semantic is None or semantic.shape[1] != n_semantic:
        semantic = np.zeros((len(features), n_semantic), np.float32)
    offset = features.scene_offset_s[:, None] + 1
    return np.concatenate([semantic, offset, features.motion[:, None], features.emotion], axis=1).astype(np.float32)

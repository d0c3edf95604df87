"""The rows that regressors read beside the published ones: where a slot stands in its piece, and its chord."""

from __future__ import annotations

from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import NO_CHORD
from v2m_bridge.model.conditions import chord_columns, video_columns

_SPANS: Final = (1, 3, 8, 20, 60)
"""Slots over which what follows a start, or goes before an end, falls to its e-th part."""
_STARTS: Final = tuple(f"since_start_{span}" for span in _SPANS)
_ENDS: Final = tuple(f"until_end_{span}" for span in _SPANS)
_VIDEO: Final = video_columns()
GROUPS: Final = {
    "semantic": _VIDEO[:-8],
    "scene_offset": _VIDEO[-8:-7],
    "motion": _VIDEO[-7:-6],
    "emotion": _VIDEO[-6:],
    "place": (*_STARTS, *_ENDS),
    "chords": ("chord_change", "chord_tones", "chord_valence", "no_chord"),
}
"""Columns by what they tell; the first four are the published ones."""


def place_columns(n_slots: int, *, ends: bool = True) -> dict[str, F32]:
    """Columns that say how near the start and the end of a piece are; `ends` is False where it goes on unseen."""
    since = np.arange(n_slots)
    until = since[::-1] if ends else np.full(n_slots, np.inf)
    columns = {name: np.exp(-since / span) for name, span in zip(_STARTS, _SPANS, strict=True)}
    columns |= {name: np.exp(-until / span) for name, span in zip(_ENDS, _SPANS, strict=True)}
    return {name: np.asarray(values, np.float32) for name, values in columns.items()}


def sounding_columns(symbol_ids: I64) -> dict[str, F32]:
    """Columns of the chords, and whether there is one."""
    return {**chord_columns(symbol_ids), "no_chord": np.asarray(symbol_ids == NO_CHORD, np.float32)}


def by_name(rows: F32, names: tuple[str, ...]) -> dict[str, F32]:
    """(T, K) rows as columns."""
    return dict(zip(names, rows.T, strict=True))

"""Conditions read off the songs themselves, and the tables that place a song among all songs of its mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import Mode
from v2m_bridge.model import conditions
from v2m_bridge.training.song import Song

N_QUANTILES: Final = 41


@dataclass(frozen=True, slots=True)
class Standings:
    """Evenly spaced quantiles of the valence index and of the change rate over the training songs, per mode."""

    valence: dict[Mode, tuple[float, ...]]
    change_rate: dict[Mode, tuple[float, ...]]


def measure_standings(songs: Sequence[Song]) -> Standings:
    """Measure the quantiles over some songs."""
    valence: dict[Mode, tuple[float, ...]] = {}
    rate: dict[Mode, tuple[float, ...]] = {}
    modes: tuple[Mode, ...] = ("major", "minor")
    for mode in modes:
        of_mode = [song.symbol_ids for song in songs if song.mode == mode] or [song.symbol_ids for song in songs]
        valence[mode] = _quantiles([conditions.valence_index(ids) for ids in of_mode])
        rate[mode] = _quantiles([conditions.change_rate(ids) for ids in of_mode])
    return Standings(valence, rate)


def song_columns(song: Song, standings: Standings) -> dict[str, F32]:
    """Return the music columns of a song."""
    known = np.ones(len(song), np.float32)
    valence = conditions.standing(conditions.valence_index(song.symbol_ids), standings.valence[song.mode])
    rate = conditions.standing(conditions.change_rate(song.symbol_ids), standings.change_rate[song.mode])
    return {
        **conditions.grid_columns(song.bar, song.slot_in_bar, song.slots_per_bar),
        "valence": valence,
        "valence_known": known,
        "change_rate": rate,
        "change_rate_known": known,
    }


def _quantiles(curves: Sequence[F32]) -> tuple[float, ...]:
    values = np.quantile(np.concatenate(curves).astype(np.float64), np.linspace(0, 1, N_QUANTILES))
    return tuple(round(float(value), 5) for value in values)

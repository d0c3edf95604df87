"""A tempo that is tapped by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.errors import DirectionError

SLOWEST_BPM: Final = 20.0
FASTEST_BPM: Final = 300.0
_LEAST_TAPS: Final = 4
_DOUBLED: Final = 0.6
"""A tap that comes sooner than this share of the usual time after the one before it was not meant."""
_STRAY: Final = 0.25
"""A tap that lies farther than this share of a beat from where it belongs is left out."""


def tapped_tempo(tap_times_s: Sequence[float]) -> float:
    """Return the tempo of taps on the beat, in beats per minute.

    Parameters
    ----------
    tap_times_s : sequence of float
        Times of four taps or more; one that was missed, doubled or astray does no harm.

    Raises
    ------
    DirectionError
        When there are too few taps, or they keep no tempo from 20 to 300 bpm.
    """
    taps = np.sort(np.asarray(tap_times_s, dtype=np.float64))
    if len(taps) < _LEAST_TAPS or not np.isfinite(taps).all():
        raise DirectionError(f"{len(taps)} taps tell no tempo", hint="Tap four beats or more.")
    usual_s = float(np.median(np.diff(taps)))
    kept = [float(taps[0])]
    for tap in taps[1:].tolist():
        if tap - kept[-1] >= max(_DOUBLED * usual_s, 1e-3):
            kept.append(tap)
    beat_s = _beat_s(np.array(kept)) if len(kept) > 1 else 0.0
    if not SLOWEST_BPM <= 60 / max(beat_s, 1e-9) <= FASTEST_BPM:
        raise DirectionError("the taps keep no tempo from 20 to 300 bpm", hint="Tap four beats or more, evenly.")
    return 60 / beat_s


def _beat_s(taps_s: NDArray[np.float64]) -> float:
    """Fit a line through taps over the beats they belong to, once more without those that lie astray."""
    gaps_s = np.diff(taps_s)
    beats = np.concatenate([[0.0], np.cumsum(np.maximum(1, np.rint(gaps_s / np.median(gaps_s))))])
    slope, offset = np.polyfit(beats, taps_s, 1)
    near = np.abs(taps_s - offset - slope * beats) <= _STRAY * slope
    if 2 <= near.sum() < len(near):
        slope, _ = np.polyfit(beats[near], taps_s[near], 1)
    return float(slope)

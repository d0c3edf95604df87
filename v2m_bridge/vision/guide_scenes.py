"""Which pictures of a guide movie stand for the seconds of the sources that its edit shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.timeline import Scene

_MOST_ROWS: Final = 100_000
_FINEST_S: Final = Fraction(1, 4)
"""However fast a retime runs, the guide is not looked at more often than this."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneSeconds:
    """The seconds of its source that a scene shows: row t is second ``first_s + t``."""

    scene: Scene
    first_s: int
    middles: I64
    """(T,) frame of the edit on which the middle of the second is seen, or the nearest that the scene shows"""
    starts: I64
    """(T,) frame of the edit that is the first of the second; its change from the frame before is the motion"""


def seconds_of(scene: Scene) -> SceneSeconds:
    """Find the frames of the edit that show what would be read of the source of a scene.

    Rows of a source are read in the middle of its own whole seconds.  Read on the same instants, the guide gives the
    same rows where the scene shows them.

    Parameters
    ----------
    scene : Scene
        At least one frame long.
    """
    rate, n_frames = scene.record_in.rate, scene.n_frames
    exact = [scene.source_s(Fraction(number) / rate) for number in range(n_frames)]
    end = scene.source_s(n_frames / rate)
    first_s = floor(min(*exact, end)) if n_frames else 0
    last_s = max(first_s, *(floor(at_s) for at_s in exact))
    n_rows = min(last_s - first_s + 1, _MOST_ROWS)
    source_s = np.array([float(at_s - first_s) for at_s in exact])
    order = np.argsort(source_s, kind="stable")
    ranked = source_s[order]
    wanted = np.arange(n_rows)
    middles = order[np.maximum(0, np.searchsorted(ranked, wanted + 0.5 + 1e-9, side="right") - 1)]
    starts = order[np.minimum(n_frames - 1, np.searchsorted(ranked, wanted - 1e-9, side="left"))]
    if n_rows > n_frames / rate / _FINEST_S:
        stride = max(1, round(_FINEST_S * rate))
        middles, starts = middles // stride * stride, starts // stride * stride
    starts = np.clip(starts, min(1, n_frames - 1), n_frames - 1)
    at = scene.record_in.frame
    return SceneSeconds(scene, first_s, (middles + at).astype(np.int64), (starts + at).astype(np.int64))

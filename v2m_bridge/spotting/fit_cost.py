"""What a sequence of bars costs, and what a beat at any time of a cue is worth.

The cost of bars is the sum of

* for each must that no beat meets, 50 and its weight; for each may, a fifth of its weight;
* for a must that is met, 0 on a bar line, 0.3 where a slot of a regular bar starts, 0.6 on another beat (a may: a tenth
  of that, times its weight);
* 2 for each bar whose meter is not the cue's, and 2 for a pickup;
* 0.02 for each 1.4 % of tempo between two bars, 0.0025 for each 1.4 % that a bar lies off the cue's tempo;
* ``0.5 * octaves(tempo / suited tempo) ** 2``.

So a must is worth more than anything else, and an irregular bar is worth less than a must and more than a bar line.
A beat that misses by less than four frames takes off up to a tenth of the price of the miss, the nearer the more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.spotting.resample import F64

I32: TypeAlias = NDArray[np.int32]

MISSED_MUST: Final = 50.0
MISSED_MAY: Final = 0.2
IRREGULAR_BAR: Final = 2.0
PICKUP: Final = 2.0
STEP: Final = 0.02
DRIFT: Final = 0.0025
PREFERENCE: Final = 0.5
_SLOT_START: Final = 0.3
"""Another beat costs twice this."""
_MAY_PLACE: Final = 0.1
_NEAR_FRAMES: Final = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
_NEAR_SHARE: Final = 0.1
_PRICE: Final = 1000
_DEAREST: Final = 2**26


@dataclass(frozen=True, slots=True, eq=False)
class HitColumns:
    """The hits that matter as arrays of H columns."""

    at_us: F64
    """From the first frame of the cue."""
    frame_us: F64
    missed: F64
    """Cost of missing it."""
    place: F64
    """What its place in the bar counts: 1 for a must."""

    @property
    def is_must(self) -> Bool:
        """(H,) whether the hit must be met."""
        return self.missed >= MISSED_MUST

    @property
    def windows_us(self) -> tuple[F64, F64]:
        """(H,) first and last time of a beat that meets the hit."""
        return self.at_us + EARLIEST_HIT_NS / 1000, self.at_us + self.frame_us

    @property
    def price(self) -> int:
        """Whole units to 1 of cost: a thousand, or fewer where many thousands of hits would overflow."""
        return max(1, min(_PRICE, int(_DEAREST / max(1.0, float(self.missed.sum())))))


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What a beat takes off the cost, for W points of time and N assumed tempi each, in whole units."""

    line: I32
    """(W, N) on a bar line"""
    beat: I32
    """(W, N) elsewhere"""
    slot: I32
    """(W, N) what it takes off beyond that where a slot of a regular bar starts"""


def missed(hit: Hit) -> float:
    """Return the cost of missing a hit."""
    if hit.need is Need.MUST:
        return MISSED_MUST + hit.weight
    return MISSED_MAY * hit.weight if hit.need is Need.MAY else 0.0


def hit_columns(hits: Sequence[Hit], start_ns: int) -> HitColumns:
    """Write the hits that cost something to miss as columns."""
    asked = [hit for hit in hits if missed(hit)]
    frame_us = {rate: FrameTime(1, rate).ns / 1000 for rate in {hit.at.rate for hit in asked}}
    return HitColumns(
        at_us=np.array([(hit.at.ns - start_ns) / 1000 for hit in asked], dtype=np.float64),
        frame_us=np.array([frame_us[hit.at.rate] for hit in asked], dtype=np.float64),
        missed=np.array([missed(hit) for hit in asked], dtype=np.float64),
        place=np.array([1.0 if hit.need is Need.MUST else _MAY_PLACE * hit.weight for hit in asked], dtype=np.float64),
    )


def worth_of(columns: HitColumns, start_us: float, point_us: F64, n_points: int, slack_us: float) -> Worth:
    """Lay hits along points of time.

    Parameters
    ----------
    columns : HitColumns
    start_us : float
        Time of the first point.
    point_us : (N,) float64
        Distance of two points.
    n_points : int
        W
    slack_us : float
        By how much a beat may come to lie beside its point: a hit is met where none of that misses its window.
    """
    first_us, last_us = (edges_us - start_us for edges_us in columns.windows_us)
    near = np.array(_NEAR_FRAMES)[:, None] * columns.frame_us
    price = columns.missed * columns.price
    shares = np.full((len(_NEAR_FRAMES), 1), _NEAR_SHARE / len(_NEAR_FRAMES)) * price
    met = np.concatenate([first_us + slack_us, (first_us - near).ravel()])
    ends = np.concatenate([last_us - slack_us, (last_us + near).ravel()])
    gain = _laid(met, ends, np.concatenate([price * (1 - _NEAR_SHARE), shares.ravel()]), point_us, n_points)
    n_hits = len(first_us)
    slot = _laid(met[:n_hits], ends[:n_hits], columns.place * (_SLOT_START * columns.price), point_us, n_points)
    return Worth(line=gain, beat=gain - 2 * slot, slot=slot)


def _laid(first_us: F64, last_us: F64, value: F64, point_us: F64, n_points: int) -> I32:
    """(W, N) sums of values over the spans of time that contain a point."""
    n_bases = len(point_us)
    changes = np.zeros((n_points + 1, n_bases), dtype=np.int32)
    flat, bases = changes.ravel(), np.arange(n_bases)
    first: I64 = np.ceil(first_us[:, None] / point_us).clip(0, n_points).astype(np.int64)
    stop: I64 = (np.floor(last_us[:, None] / point_us) + 1).clip(first, n_points).astype(np.int64)
    values = np.repeat(np.rint(value).astype(np.int32), n_bases)
    np.add.at(flat, (first * n_bases + bases).ravel(), values)
    np.subtract.at(flat, (stop * n_bases + bases).ravel(), values)
    return np.cumsum(changes, axis=0, out=changes)[:n_points]


def irregular_meters(meter: Meter) -> tuple[Meter, ...]:
    """Return the meters that may stand in for the cue's: 2/4, 3/4 and 5/4 for 4/4.

    One or two beats less, or one more; in compound meters one dotted beat less or more.  A bar keeps two beats.
    """
    if meter.unit >= 8 and meter.beats % 3 == 0:
        lengths: tuple[int, ...] = (meter.beats - 3, meter.beats + 3)
        least = 3
    else:
        lengths, least = (meter.beats - 2, meter.beats - 1, meter.beats + 1), 2
    return tuple(Meter(beats, meter.unit) for beats in lengths if least <= beats <= 32)

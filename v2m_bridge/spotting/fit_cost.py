"""What a sequence of bars costs, and the hits of a cue as a table over time.

The cost of bars is the sum of

* for each must that no beat meets, 20 and its weight; for each may, a fifth of its weight;
* for a must that is met, 0 on a bar line, 0.3 where a slot starts, 0.6 on another beat (a may: a tenth of that, times
  its weight);
* 1 for each bar whose meter is not the cue's, and 1 for a pickup;
* 0.04 for each half of the largest tempo step between two bars, 0.005 for each such half that a bar lies off the cue's
  tempo;
* ``0.5 * octaves(tempo / suited tempo) ** 2``.

So a must is worth more than anything else, and an irregular bar is worth less than a must and more than a bar line.
A beat that misses by less than four frames takes off up to a tenth of the price of the miss, the nearer the more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.spotting.resample import F64

MISSED_MUST: Final = 20.0
MISSED_MAY: Final = 0.2
IRREGULAR_BAR: Final = 1.0
PICKUP: Final = 1.0
STEP: Final = 0.04
DRIFT: Final = 0.005
PREFERENCE: Final = 0.5
# On a bar line, where a slot starts, on another beat.
_PLACES: Final = {Need.MUST: (0.0, 0.3, 0.6), Need.MAY: (0.0, 0.03, 0.06)}
_NEAR_FRAMES: Final = 4
_NEAR_SHARE: Final = 0.1
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class HitTable:
    """The hits over the time of a cue, in milliseconds from its first frame."""

    saved: F64
    """(3, M) cost that a beat in a millisecond takes off: on a bar line, where a slot starts, elsewhere."""
    owed: F64
    """(M,) cost of missing every hit until then."""

    def index(self, at_us: I64) -> I64:
        """Return the columns of times in microseconds; beyond the cue its last column, where nothing is saved."""
        found: I64 = np.minimum(at_us // 1000, self.saved.shape[1] - 1)
        return found


def missed(hit: Hit) -> float:
    """Return the cost of missing a hit."""
    if hit.need is Need.MUST:
        return MISSED_MUST + hit.weight
    return MISSED_MAY * hit.weight if hit.need is Need.MAY else 0.0


def hit_table(hits: Sequence[Hit], start_ns: int, length_ns: int) -> HitTable:
    """Lay hits along a cue.  A millisecond counts as met where all of it lies in the hit's window."""
    n_ms = length_ns // _NS_PER_MS
    saved, owed = np.zeros((3, n_ms + 2)), np.zeros(n_ms + 2)
    for hit in hits:
        if not missed(hit):
            continue
        at_ns, frame_ns = hit.at.ns - start_ns, FrameTime(1, hit.at.rate).ns
        first = ceil((at_ns + EARLIEST_HIT_NS) / _NS_PER_MS)
        stop = (at_ns + frame_ns) // _NS_PER_MS
        weight = 1.0 if hit.need is Need.MUST else hit.weight
        places = _PLACES[hit.need]
        for row, place in enumerate(places):
            saved[row, max(0, first) : max(0, min(stop, n_ms + 1))] += missed(hit) - place * weight
        _add_near(saved, hit, (first, stop, n_ms + 1), frame_ns / _NS_PER_MS)
        owed[min(max(0, (first + stop) // 2), n_ms + 1)] += missed(hit)
    saved[:, -1] = 0.0
    return HitTable(saved, np.cumsum(owed))


def _add_near(saved: F64, hit: Hit, window: tuple[int, int, int], frame_ms: float) -> None:
    first, stop, end = window
    reach = round(_NEAR_FRAMES * frame_ms)
    near = missed(hit) * _NEAR_SHARE * np.linspace(1, 0, reach, endpoint=False)
    for at, gain in ((np.arange(first - reach, first), near[::-1]), (np.arange(stop, stop + reach), near)):
        inside = (at >= 0) & (at < end)
        saved[:, at[inside]] += gain[inside]


def places_of(meter: Meter) -> tuple[int, ...]:
    """Return the row of `HitTable.saved` for each beat after the first, and for the bar line that ends the bar."""
    starts = set(accumulate(beats_per_slot(meter)[:-1], initial=0))
    return (*(1 if beat in starts else 2 for beat in range(1, meter.beats)), 0)


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

"""The beats of a cue, and the one that meets each hit best."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.timebase import NS_PER_S, TICKS_PER_QUARTER, FrameTime, TempoMap
from v2m_bridge.spotting.grid import last_tick


def nearest_beats(hits: Sequence[Hit], tempo: TempoMap, start_ns: int, length_ns: int) -> list[PlannedHit]:
    """Find the beat nearest to the middle of each hit's window, the earlier of equals."""
    if not hits:
        return []
    beats = beat_ticks(tempo, last_tick(tempo, length_ns))
    beat_ns = _times_ns(beats, tempo)
    at_ns = np.array([hit.at.ns for hit in hits], dtype=np.int64)
    frames = {rate: FrameTime(1, rate).ns for rate in {hit.at.rate for hit in hits}}
    frame_ns = np.array([frames[hit.at.rate] for hit in hits], dtype=np.int64)
    middle_ns = at_ns + (frame_ns + EARLIEST_HIT_NS) // 2 - start_ns
    after = np.minimum(np.searchsorted(beat_ns, middle_ns), len(beats) - 1)
    before = np.maximum(after - 1, 0)
    is_before = np.abs(beat_ns[before] - middle_ns) <= np.abs(beat_ns[after] - middle_ns)
    best = np.where(is_before, before, after)
    late_ns = beat_ns[best] + start_ns - at_ns
    met = (late_ns >= EARLIEST_HIT_NS) & (late_ns <= frame_ns)
    off = [
        round(float(Fraction(late, NS_PER_S) * hit.at.rate), 3)
        for late, hit in zip(late_ns.tolist(), hits, strict=True)
    ]
    rows = zip(hits, beats[best].tolist(), off, met.tolist(), strict=True)
    return [PlannedHit(*row) for row in rows]


def beat_ticks(tempo: TempoMap, end_tick: int) -> I64:
    """(B,) beats from the first frame of a cue to a tick, both with them: each as long as the meter in force says.

    The beats of a pickup are counted back from its end; the first frame counts as one, as music begins there.
    """
    first = tempo.meters[0].meter.ticks_per_beat
    pieces = [np.zeros(1, dtype=np.int64), np.arange(tempo.pickup_ticks % first, tempo.pickup_ticks, first)]
    ends = [*(change.tick for change in tempo.meters[1:]), end_tick + 1]
    for change, end in zip(tempo.meters, ends, strict=True):
        start = change.tick or tempo.pickup_ticks
        pieces.append(np.arange(start, max(start, end), change.meter.ticks_per_beat))
    beats: I64 = np.unique(np.concatenate(pieces))
    return beats[beats <= end_tick]


def _times_ns(at_ticks: I64, tempo: TempoMap) -> I64:
    """(B,) times in nanoseconds from the first frame, as `TempoMap.ns_at` gives them."""
    ticks = np.array([change.tick for change in tempo.tempi], dtype=np.int64)
    us = np.array([change.us_per_quarter for change in tempo.tempi], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(np.diff(ticks) * us[:-1])])
    index = np.searchsorted(ticks, at_ticks, side="right") - 1
    at_ns: I64 = (starts[index] + (at_ticks - ticks[index]) * us[index]) * 1000 // TICKS_PER_QUARTER
    return at_ns

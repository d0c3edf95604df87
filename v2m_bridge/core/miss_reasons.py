"""Why no beat meets a hit, in words: which limit or which must beside it stands against it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import floor
from typing import Final, NamedTuple

from v2m_bridge.core.cue import EARLIEST_HIT_NS, Hit, Need
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.timebase import NS_PER_S, FrameTime, Meter
from v2m_bridge.spotting.bars import LARGEST_DRIFT

_FIXED_WAYS: Final = {
    "exact": "no bar line can be put there",
    "given": "the given tempo map is obeyed as it is",
}


def miss_reasons(
    way: str, planned: Sequence[PlannedHit], cue_bpm: float, meter: Meter, start_ns: int
) -> tuple[str, ...]:
    """Say why each hit is missed; empty where it is met.

    Parameters
    ----------
    way : str
        How the tempo was fitted.
    planned : sequence of PlannedHit
    cue_bpm : float
        The cue's tempo.
    meter : Meter
        Of a regular bar.
    start_ns : int
        First frame of the cue, on the clock of the hits.
    """
    met_ns = sorted({each.hit.at.ns for each in planned if each.met and each.hit.need is Need.MUST})
    cue = _Beat(cue_bpm, meter)
    return tuple(
        "" if each.met else f"{_where(each)}: {_why(way, each.hit, met_ns, cue, start_ns)}" for each in planned
    )


class _Beat(NamedTuple):
    """The cue's tempo and meter."""

    bpm: float
    meter: Meter


def _where(each: PlannedHit) -> str:
    side = "after" if each.off_frames > 0 else "before"
    return f"the nearest beat lies {abs(each.off_frames):.1f} frames {side} it"


def _why(way: str, hit: Hit, met_ns: Sequence[int], cue: _Beat, start_ns: int) -> str:
    if way in _FIXED_WAYS:
        return _FIXED_WAYS[way]
    at_ns = hit.at.ns
    index = bisect_left(met_ns, at_ns)
    gap_s = (at_ns - (met_ns[index - 1] if index else start_ns)) / NS_PER_S
    gaps = [(gap_s, f"the must {gap_s:.2f} s before it" if index else "the start of the cue")]
    if way == "constant":
        return _one_tempo(gaps[0], cue)
    if index < len(met_ns):
        gap_s = (met_ns[index] - at_ns) / NS_PER_S
        gaps.append((gap_s, f"the must {gap_s:.2f} s after it"))
    return _limits(gaps, hit, cue)


def _one_tempo(gap: tuple[float, str], cue: _Beat) -> str:
    gap_s, name = gap
    bpm, meter = cue
    n_beats = gap_s * bpm / 60 * meter.unit / 4
    return f"{n_beats:.2f} beats of {bpm:.2f} bpm lie between it and {name}, and one tempo serves the other hits better"


def _limits(gaps: Sequence[tuple[float, str]], hit: Hit, cue: _Beat) -> str:
    bpm, meter = cue
    slow, fast = bpm / (1 + LARGEST_DRIFT), bpm * (1 + LARGEST_DRIFT)
    window_s = (FrameTime(1, hit.at.rate).ns - EARLIEST_HIT_NS) / NS_PER_S
    for gap_s, name in gaps:
        if not _fits(gap_s, window_s, (slow, fast), meter):
            return (
                f"no whole number of beats between {slow:.1f} and {fast:.1f} bpm, 8 % around the cue's {bpm:.1f}, "
                f"fits between it and {name}"
            )
    names = " and ".join(name for _, name in gaps)
    return f"tempo steps of 3 % at bar lines do not reach it together with {names}"


def _fits(gap_s: float, window_s: float, bpm: tuple[float, float], meter: Meter) -> bool:
    """Whether a whole number of beats at some tempo leads from a met must to the window of a hit."""
    slow_s, fast_s = (60 / each * 4 / meter.unit for each in bpm)
    most = floor((gap_s + window_s) / fast_s)
    return most * slow_s >= gap_s - window_s

"""Times, lengths and speeds of OpenTimelineIO objects as exact seconds.

OpenTimelineIO counts in floating point at a rate that each value carries along; here each value becomes a `Fraction` of
seconds at the exact rate, once, and is checked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import opentimelineio as otio

from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.segments import Warp

LONGEST_S: Final = 48 * 3600
"""No edit is longer."""
_LATEST_S: Final = 10_000_000
_RATES: Final = (0.01, 10_000_000.0)
_FASTEST: Final = 10_000


def seconds(time: otio.opentime.RationalTime) -> Fraction:
    """Return a time in seconds; values within a ten-thousandth of a whole frame (or sample) are whole.

    Raises
    ------
    TimelineError
        When it is not a number, or no time that an edit can hold.
    """
    return _seconds(time.value, time.rate)


@lru_cache(maxsize=8192)
def _seconds(value: float, rate: float) -> Fraction:
    if value == 0:
        return Fraction(0)
    if not (math.isfinite(value) and _RATES[0] <= rate <= _RATES[1] and abs(value / rate) <= _LATEST_S):
        raise TimelineError(f"the edit holds the time {value:g} at {rate:g} frames per second, which cannot be")
    return _near_fraction(value, 1e-4) / clock_rate(rate)


@lru_cache(maxsize=64)
def clock_rate(rate: float) -> Fraction:
    """Return the exact rate behind a float: a frame rate, or the sampling rate of a sound."""
    return exact_rate(rate) if 1 <= rate <= 1000 else _near_fraction(rate, 1e-4)


def is_frame_rate(rate: float) -> bool:
    """Whether pictures can run at a rate; 1 is what a time without a rate of its own carries."""
    return 5 <= rate <= 1000


def length_s(item: Any) -> Fraction:
    """Return how long an item plays.  A time warp does not change this: it changes how much of the source is used.

    Raises
    ------
    TimelineError
        When the length is negative, or a clip says neither its own nor its medium's.
    """
    if item.source_range is not None:
        return _positive(item, seconds(item.source_range.duration))
    if isinstance(item, otio.schema.Track):
        return sum((length_s(child) for child in item if isinstance(child, otio.core.Item)), Fraction(0))
    if isinstance(item, otio.schema.Stack):
        return max((length_s(child) for child in item if isinstance(child, otio.core.Item)), default=Fraction(0))
    available = available_range(item)
    if available is None:
        raise TimelineError(f"clip {item.name[:80]!r} does not say how long it is")
    return _positive(item, seconds(available.duration))


def available_range(item: Any) -> otio.opentime.TimeRange | None:
    """Return what there is of a clip's medium, if it says so."""
    reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
    return reference.available_range if reference is not None else None


def start_s(item: Any) -> Fraction:
    """Return where the inside of an item begins, on the clock of its inside (a clip's: the timecode of its medium)."""
    if item.source_range is not None:
        return seconds(item.source_range.start_time)
    available = available_range(item)
    return seconds(available.start_time) if available is not None else Fraction(0)


def speed_of(item: Any) -> Fraction:
    """Return how fast an item runs: the product of its linear time warps; 0 is a freeze frame.

    Raises
    ------
    TimelineError
        When a speed is no number.
    """
    speed = Fraction(1)
    for effect in item.effects:
        if not isinstance(effect, otio.schema.LinearTimeWarp) or not effect.enabled:
            continue
        scalar = effect.time_scalar
        if not (math.isfinite(scalar) and abs(scalar) <= _FASTEST):
            raise TimelineError(f"{item.name[:80]!r} plays at {scalar:g} times its speed, which cannot be")
        speed *= _near_fraction(scalar, 1e-6)
    return speed


def warp_of(item: Any) -> Warp:
    """Return how the time inside an item runs as it plays."""
    return Warp(start_s(item), speed_of(item), length_s(item))


@dataclass(frozen=True, slots=True)
class Placed:
    """An item on its track: its own zero, and from where to where it is seen, in seconds of the track."""

    item: Any
    at_s: Fraction
    start_s: Fraction
    end_s: Fraction


def lay_out(track: Any, frame_s: Fraction) -> list[Placed]:
    """Return the items of a track in order; a transition puts the cut into its middle, rounded to whole frames.

    A transition at the head or tail of a track joins nothing and changes nothing.
    """
    items: list[Any] = []
    shifts: dict[int, Fraction] = {}
    for child in track:
        if isinstance(child, otio.schema.Transition):
            middle = (seconds(child.out_offset) - seconds(child.in_offset)) / 2
            shifts[len(items)] = math.floor(middle / frame_s + Fraction(1, 2)) * frame_s
        elif isinstance(child, otio.core.Item):
            items.append(child)
    edges = [Fraction(0)]
    for item in items:
        edges.append(edges[-1] + length_s(item))
    cuts = list(edges)
    for index in range(1, len(items)):
        cuts[index] = max(cuts[index - 1], min(edges[index] + shifts.get(index, 0), edges[index + 1]))
    return [Placed(item, *times) for item, *times in zip(items, edges, cuts, cuts[1:], strict=False)]


def _near_fraction(value: float, within: float) -> Fraction:
    if abs(value - round(value)) < within:
        return Fraction(round(value))
    simple = Fraction(value).limit_denominator(1001)
    return simple if abs(float(simple) - value) < 1e-6 else Fraction(round(value * 1_000_000), 1_000_000)


def _positive(item: Any, length: Fraction) -> Fraction:
    if length.numerator < 0:
        raise TimelineError(f"{item.name[:80]!r} has a length below zero")
    return length

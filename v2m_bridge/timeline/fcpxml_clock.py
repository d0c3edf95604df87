"""How the time inside an FCPXML item runs: its frame rate conform and its time map."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.clock import Clock, Knot
from v2m_bridge.timeline.fcpxml_times import source_rate, time_of

_STEEPEST: Final = 10_000
_MOST_POINTS: Final = 1_000


def conform(item: Element, rate: Fraction | None, media_rate: Fraction | None) -> Fraction:
    """Return how many seconds inside an item pass in a second around it, by its ``conform-rate``.

    A medium whose rate is conformed plays frame for frame: 25 in a sequence of 24 runs at 24/25.

    Parameters
    ----------
    item : Element
        A clip.
    rate : Fraction, optional
        Frames per second of the timeline around it.
    media_rate : Fraction, optional
        That of its medium, where ``conform-rate`` does not say it.
    """
    said = item.find("conform-rate")
    if said is None or rate is None or said.get("scaleEnabled", "1") == "0":
        return Fraction(1)
    own = source_rate(said.get("srcFrameRate", "")) or media_rate
    return rate / own if own else Fraction(1)


def clock_of(item: Element, at_s: Fraction, start_s: Fraction, speed: Fraction, length_s: Fraction) -> Clock:
    """Return the clock of an item that stands at `at_s`, whose local time begins at `start_s` and runs at `speed`.

    A time map leads from local time to that of the medium.  One that lies wholly beside the part of local time that is
    used counts from the item's start.
    """
    points = _time_map(item)
    if not points:
        return Clock.even(at_s, start_s, speed)
    if points[0].at_s >= start_s + speed * length_s or points[-1].at_s <= start_s:
        shift_s = start_s - points[0].at_s
        points = [Knot(point.at_s + shift_s, point.inside_s) for point in points] if len(points) > 1 else points
    held_at = Fraction(0) if len(points) == 1 else speed
    return Clock(tuple(Knot(at_s + (p.at_s - start_s) / speed, p.inside_s) for p in points), held_at)


def _time_map(item: Element) -> list[Knot]:
    """Return the points of a time map in order; what is steeper than can be, or past counting, is left out."""
    found: dict[Fraction, Fraction] = {}
    for point in islice(item.iterfind("timeMap/timept"), _MOST_POINTS):
        at_s, value_s = time_of(point, "time"), time_of(point, "value")
        if at_s is not None and value_s is not None:
            found.setdefault(at_s, value_s)
    points: list[Knot] = []
    for at_s, value_s in sorted(found.items()):
        if not points or abs(value_s - points[-1].inside_s) <= _STEEPEST * (at_s - points[-1].at_s):
            points.append(Knot(at_s, value_s))
    return points

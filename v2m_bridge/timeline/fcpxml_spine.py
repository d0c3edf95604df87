"""Where the items of an FCPXML spine stand, and where transitions put the cuts between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.clock import tidy
from v2m_bridge.timeline.fcpxml_times import length_of, time_of

ITEMS: Final = frozenset(
    ("asset-clip", "audio", "audition", "clip", "gap", "mc-clip", "ref-clip", "spine", "sync-clip", "title", "video")
)
"""Elements that take time; captions and what later versions add take none."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An item: where it begins and how long it is, and the window in which its picture is seen."""

    item: Element
    at_s: Fraction
    length_s: Fraction
    start_s: Fraction
    end_s: Fraction


@dataclass(frozen=True, slots=True)
class _Transition:
    before: int
    """How many items stand before it."""
    middle_s: Fraction | None


def lay_out(
    spine: Element,
    at_s: Fraction,
    origin_s: Fraction,
    frame_s: Fraction,
    length: Callable[[Element], Fraction | None],
) -> list[Placed]:
    """Return the items of a spine; a transition puts the cut into its middle, rounded to whole frames.

    A transition at the head or tail, or beside a hole, joins nothing and changes nothing.

    Parameters
    ----------
    spine : Element
        Its items follow each other; one that does not say where it begins does so where the one before it ends.
    at_s : Fraction
        Where the spine begins on the timeline that holds it.
    origin_s : Fraction
        The offset that means there.
    frame_s : Fraction
        Length of a frame.
    length : callable
        Gives the length of an item, None where nothing says it: then it lasts to the next item.
    """
    items: list[Element] = []
    transitions: list[_Transition] = []
    for child in spine:
        if child.tag == "transition":
            transitions.append(_Transition(len(items), _middle(child, at_s - origin_s)))
        elif child.tag in ITEMS and lane_of(child) == 0:
            items.append(child)
    offsets = [None if said is None else said + at_s - origin_s for said in (time_of(i, "offset") for i in items)]
    edges: list[tuple[Fraction, Fraction]] = []
    end_s = at_s
    for item, offset_s, next_s in zip(items, offsets, [*offsets[1:], None], strict=False):
        begin_s = end_s if offset_s is None else offset_s
        length_s = length(item)
        if length_s is None:
            length_s = max(Fraction(0), next_s - begin_s) if next_s is not None else Fraction(0)
        end_s = tidy(begin_s + length_s)
        edges.append((begin_s, end_s))
    cuts = list(edges)
    for transition in transitions:
        _cut(cuts, edges, transition, at_s, frame_s)
    return [
        Placed(item, begin_s, last_s - begin_s, *cut)
        for item, (begin_s, last_s), cut in zip(items, edges, cuts, strict=True)
    ]


def lane_of(item: Element) -> int:
    """Return the lane of an item: 0 is in the spine, 1 just above it, -1 just below."""
    try:
        return max(-10_000, min(10_000, int(item.get("lane", "0"))))
    except ValueError:
        return 0


def first_offset(spine: Element) -> Fraction | None:
    """Return the smallest offset that an item or transition of a spine says."""
    said = (time_of(child, "offset") for child in spine if child.tag in ITEMS or child.tag == "transition")
    return min((offset_s for offset_s in said if offset_s is not None), default=None)


def _middle(transition: Element, shift_s: Fraction) -> Fraction | None:
    offset_s, length_s = time_of(transition, "offset"), length_of(transition) or Fraction(0)
    return None if offset_s is None else offset_s + shift_s + length_s / 2


def _cut(
    cuts: list[tuple[Fraction, Fraction]],
    edges: Sequence[tuple[Fraction, Fraction]],
    transition: _Transition,
    zero_s: Fraction,
    frame_s: Fraction,
) -> None:
    """Move the cut between the two items that a transition joins."""
    after = transition.before
    if not 0 < after < len(edges) or edges[after - 1][1] < edges[after][0] or transition.middle_s is None:
        return
    nearest_s = zero_s + math.floor((transition.middle_s - zero_s) / frame_s + Fraction(1, 2)) * frame_s
    cut_s = max(cuts[after - 1][0], min(nearest_s, edges[after][1]))
    cuts[after - 1] = cuts[after - 1][0], cut_s
    cuts[after] = cut_s, cuts[after][1]

"""Where the clips of an xmeml track stand, and where transitions put the cuts between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.xmeml_values import frames_at, is_true, rate_of, seconds, text_of

ITEMS: Final = ("clipitem", "generatoritem")


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip in seconds of its sequence: where its in point plays, its length, and the window in which it is seen."""

    item: Element
    at_s: Fraction
    length_s: Fraction
    start_s: Fraction
    end_s: Fraction


@dataclass(frozen=True, slots=True)
class _Edges:
    item: Element
    start: Fraction
    end: Fraction


def lay_out(track: Element, rate: Fraction) -> list[Placed]:
    """Return the clips of a track in order.

    A start or end of -1 lies under the transition beside it: there the clip begins where the transition does.  The cut
    is in the middle of a transition that joins two clips, rounded to whole frames; beside a hole nothing changes.

    Parameters
    ----------
    track : Element
        Its clips, generators and transitions stand in order of time.
    rate : Fraction
        Frames per second of the sequence.
    """
    children = [child for child in track if child.tag in ITEMS or child.tag == "transitionitem"]
    edges: list[_Edges] = []
    joints: list[tuple[int, Fraction]] = []
    now = Fraction(0)
    for index, child in enumerate(children):
        before = children[index - 1] if index else None
        after = children[index + 1] if index + 1 < len(children) else None
        if child.tag == "transitionitem":
            first, last = frames_at(child, "start"), frames_at(child, "end")
            if first is not None and last is not None:
                joints.append((len(edges), (first + last) / 2))
            continue
        start, end = _edges(child, before, after, now, rate)
        now = max(start, end)
        edges.append(_Edges(child, start, now))
    cuts = [(edge.start, edge.end) for edge in edges]
    for index, middle in joints:
        _cut(cuts, edges, index, middle)
    return [
        Placed(edge.item, *(seconds(frames, rate) for frames in (edge.start, edge.end - edge.start, *cut)))
        for edge, cut in zip(edges, cuts, strict=True)
        if edge.start < edge.end
    ]


def unit_rate(item: Element, length_s: Fraction, rate: Fraction, by_sequence: bool) -> Fraction:
    """Return the rate at which in and out of a clip are counted: its own, or that of the sequence.

    Final Cut Pro 7 counts at the rate of the clip.  Premiere and Resolve count at that of the sequence, whatever the
    clip says.  The length between in and out tells which it is.

    Parameters
    ----------
    item : Element
        The clip.
    length_s : Fraction
        How long it stands on its track.
    rate : Fraction
        That of the sequence.
    by_sequence : bool
        What to take where the length fits neither, or both.
    """
    own = rate_of(item, rate) or rate
    fits = fitting_rate(item, length_s, own, rate)
    return fits or (rate if by_sequence else own)


def fitting_rate(item: Element, length_s: Fraction, own: Fraction, rate: Fraction) -> Fraction | None:
    """Return the one of two rates at which in and out are as far apart as the clip is long; None where that is open."""
    first, last = frames_at(item, "in"), frames_at(item, "out")
    if own == rate or last is None or last <= (first or 0):
        return rate if own == rate else None
    length = last - (first or 0)
    fits = [candidate for candidate in (own, rate) if abs(length - length_s * candidate) <= 1]
    return fits[0] if len(fits) == 1 else None


def _edges(
    item: Element, before: Element | None, after: Element | None, now: Fraction, rate: Fraction
) -> tuple[Fraction, Fraction]:
    """Return the first frame of a clip and the one after its last, transitions included."""
    start, end = frames_at(item, "start"), frames_at(item, "end")
    first, last = frames_at(item, "in") or Fraction(0), frames_at(item, "out")
    own = rate_of(item, rate) or rate
    length = None if last is None or last < first else Fraction(round((last - first) * rate / own))
    if start is None:
        start = frames_at(before, "start") if before is not None and before.tag == "transitionitem" else None
    if end is None:
        end = frames_at(after, "end") if after is not None and after.tag == "transitionitem" else None
    if start is None:
        start = end - length if end is not None and length is not None else now
    if end is None:
        end = start + (length if length is not None else frames_at(item, "duration") or Fraction(0))
    return start, end


def _cut(cuts: list[tuple[Fraction, Fraction]], edges: Sequence[_Edges], after: int, middle: Fraction) -> None:
    """Move the cut between the two clips that a transition joins."""
    if not 0 < after < len(edges) or edges[after - 1].end < edges[after].start:
        return
    cut = Fraction(math.floor(middle + Fraction(1, 2)))
    cut = max(cuts[after - 1][0], min(cut, edges[after].end, edges[after - 1].end))
    cut = max(cut, edges[after].start)
    cuts[after - 1] = cuts[after - 1][0], cut
    cuts[after] = cut, cuts[after][1]


def is_on(element: Element) -> bool:
    """Whether a track or clip is switched on."""
    return is_true(text_of(element, "enabled"), True)

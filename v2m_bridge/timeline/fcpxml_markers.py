"""Markers of FCPXML clips, and the colours that stand for their kinds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.content import Mark
from v2m_bridge.timeline.fcpxml_times import length_of, time_of

_STANDARD: Final = "blue"
_CHAPTER: Final = "orange"
_COLOUR_BY_COMPLETED: Final = {"0": "red", "1": "green"}
"""What is still to do, and what is done."""
_TRANSITION_ZERO_S: Final = Fraction(3600)
"""Where the local time of a transition begins, as that of titles does."""


def marks_of(item: Element) -> Iterator[Mark]:
    """Yield the markers of an item in its local time; keywords and ratings are none."""
    for element in item:
        if element.tag not in ("marker", "chapter-marker"):
            continue
        at_s = time_of(element, "start")
        if at_s is not None:
            completed = _COLOUR_BY_COMPLETED.get(element.get("completed", ""), _STANDARD)
            yield Mark(
                at_s=at_s,
                length_s=length_of(element) or Fraction(0),
                name=element.get("value", "").strip()[:500],
                comment=element.get("note", "").strip()[:5000],
                colour=_CHAPTER if element.tag == "chapter-marker" else completed,
            )


def marks_of_transition(transition: Element, start_s: Fraction, length_s: Fraction) -> Iterator[Mark]:
    """Yield the markers of a transition in the time of its timeline."""
    for mark in marks_of(transition):
        after_s = mark.at_s - _TRANSITION_ZERO_S if mark.at_s >= _TRANSITION_ZERO_S else mark.at_s
        if 0 <= after_s < length_s:
            yield Mark(start_s + after_s, mark.length_s, mark.name, mark.comment, mark.colour)

"""Which of two tracks of an MLT tractor is seen while one dissolves into the other: the cut lies in the middle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.mlt_document import Document, transitions
from v2m_bridge.timeline.segments import BLACK, Segment, lay_over

_DISSOLVES: Final = frozenset(("luma", "dissolve", "wipe", "slide"))
"""Services and Kdenlive ids of transitions from one track to another; all others lay tracks over each other."""


@dataclass(frozen=True, slots=True)
class Mix:
    """From frame `first` to before `end` track `from_track` turns into track `to_track`."""

    first: int
    end: int
    from_track: int
    to_track: int
    within_track: bool
    """Between the two lists of one Kdenlive track: the clip that began first is left, however the tracks are named."""


def mixes(document: Document, tractor: Element) -> list[Mix]:
    """Return the dissolves of a tractor."""
    found = []
    for element in transitions(tractor):
        properties = document.properties(element)
        first, last = (document.frames(element.get(key) or properties.get(key)) for key in ("in", "out"))
        pair = [document.frames(properties.get(key)) for key in ("a_track", "b_track")]
        kinds = {properties.get("mlt_service"), properties.get("kdenlive_id")}
        within = "kdenlive:mixcut" in properties
        if not (kinds & _DISSOLVES or within) or properties.get("disable") == "1" or "internal_added" in properties:
            continue
        first = first or 0  # what begins with the tractor need not say so
        if last is None or last < first or pair[0] is None or pair[1] is None or pair[0] == pair[1]:
            continue
        if properties.get("reverse") == "1":
            pair.reverse()
        found.append(Mix(first, last + 1, pair[0] or 0, pair[1] or 0, within))
    return found


def without_hidden(layers: list[list[Segment]], found: Iterable[Mix], rate: Fraction) -> list[list[Segment]]:
    """Return the tracks without what dissolves hide of the upper ones.

    Parameters
    ----------
    layers : list of list of Segment
        The pictures of each track from the lowest up, each in order without overlaps.
    found : iterable of Mix
        The dissolves between them.
    rate : Fraction
        Frames per second of the document.
    """
    hidden: dict[int, list[tuple[Fraction, Fraction]]] = {}
    for mix in found:
        if not (0 <= mix.from_track < len(layers) and 0 <= mix.to_track < len(layers)):
            continue
        leaving, coming = mix.from_track, mix.to_track
        if mix.within_track and _began(layers[coming], mix, rate) < _began(layers[leaving], mix, rate):
            leaving, coming = coming, leaving
        middle = mix.first + (mix.end - mix.first) // 2
        upper, lower = max(leaving, coming), min(leaving, coming)
        half = (mix.first, middle) if coming == upper else (middle, mix.end)
        hidden.setdefault(upper, []).extend(_covered(layers[lower], half[0] / rate, half[1] / rate))
    return [_less(layer, hidden.get(number, [])) for number, layer in enumerate(layers)]


def _began(layer: Sequence[Segment], mix: Mix, rate: Fraction) -> Fraction:
    """Return where the last clip began that is seen in a dissolve; the dissolve's end where there is none."""
    at = bisect_right(layer, (mix.end - 1) / rate, key=lambda one: one.start_s) - 1
    return layer[at].start_s if at >= 0 and layer[at].end_s > mix.first / rate else mix.end / rate


def _covered(layer: Sequence[Segment], start_s: Fraction, end_s: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the parts of a stretch in which a track shows pictures."""
    for index in range(bisect_right(layer, start_s, key=lambda one: one.end_s), len(layer)):
        if layer[index].start_s >= end_s:
            return
        yield max(start_s, layer[index].start_s), min(end_s, layer[index].end_s)


def _less(layer: list[Segment], hidden: list[tuple[Fraction, Fraction]]) -> list[Segment]:
    if not hidden:
        return layer
    curtains: list[Segment] = []
    for start_s, end_s in sorted(hidden):
        start_s = max(start_s, curtains[-1].end_s) if curtains else start_s
        if start_s < end_s:
            curtains.append(Segment(start_s, end_s, BLACK, None))
    marked = {id(curtain) for curtain in curtains}
    return [one for one in lay_over(layer, curtains) if id(one) not in marked]

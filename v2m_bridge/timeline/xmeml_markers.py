"""Markers of xmeml sequences and clips, and the names of their colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.content import Mark
from v2m_bridge.timeline.xmeml_values import number_at, seconds, text_of

_DEFAULT: Final = "green"
"""The colour that Premiere leaves out."""
_COLOURS: Final[Mapping[str, tuple[tuple[int, int, int], ...]]] = {
    "red": ((255, 0, 0), (210, 44, 54), (224, 32, 32), (200, 0, 40)),
    "orange": ((255, 128, 0), (233, 111, 36), (255, 165, 0)),
    "yellow": ((255, 255, 0), (208, 161, 43), (230, 210, 40)),
    "green": ((0, 255, 0), (0, 128, 0), (113, 134, 55), (60, 170, 70), (0, 180, 0)),
    "cyan": ((0, 255, 255), (25, 244, 214), (0, 190, 200)),
    "blue": ((0, 0, 255), (66, 141, 252), (0, 90, 220), (0, 127, 227)),
    "purple": ((128, 0, 128), (175, 139, 177), (150, 60, 200), (115, 61, 178)),
    "pink": ((255, 105, 180), (255, 170, 200), (233, 120, 170)),
    "magenta": ((255, 0, 255), (200, 0, 200)),
    "white": ((255, 255, 255),),
    "black": ((0, 0, 0),),
}
"""Reds, greens and blues that editors give these names."""


def colours_are_said(root: Element) -> bool:
    """Whether a file says the colours of markers in Premiere's way, so that one without colour has the default."""
    return root.find(".//marker/pprocolor") is not None


def marks_of(holder: Element, rate: Fraction, *, with_default: bool) -> Iterator[Mark]:
    """Yield the markers of a sequence or clip, in seconds of its own time.

    Parameters
    ----------
    holder : Element
        The sequence or clip.
    rate : Fraction
        What its markers are counted at.
    with_default : bool
        Whether a marker without colour has Premiere's default one.
    """
    for marker in holder.iterfind("marker"):
        first, last = number_at(marker, "in"), number_at(marker, "out")
        if first is None or first < 0:
            continue
        length = last - first if last is not None and last > first else Fraction(0)
        yield Mark(
            at_s=seconds(first, rate),
            length_s=seconds(length, rate),
            name=text_of(marker, "name")[:500],
            comment=text_of(marker, "comment")[:5000],
            colour=_colour(marker) or (_DEFAULT if with_default else ""),
        )


def _colour(marker: Element) -> str:
    said = [number_at(marker, f"color/{part}") for part in ("red", "green", "blue")]
    if all(part is None for part in said):
        packed = number_at(marker, "pprocolor")
        if packed is None:
            return ""
        value = int(packed) & 0xFFFFFFFF
        parts = [value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF]
    else:
        parts = [int(part or 0) for part in said]
    return min(_COLOURS, key=lambda name: min(_distance(parts, shade) for shade in _COLOURS[name]))


def _distance(parts: list[int], shade: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(parts, shade, strict=True))

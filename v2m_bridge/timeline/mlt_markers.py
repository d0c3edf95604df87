"""Markers of Kdenlive and Shotcut projects, and the colours of their categories."""

from __future__ import annotations

import colorsys
import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.content import Mark
from v2m_bridge.timeline.mlt_document import Document
from v2m_bridge.timeline.mlt_times import MAX_FRAMES, number

_CATEGORIES: Final = (
    ("#9b59b6", "#3daee9", "#1abc9c", "#1cdc9a", "#c9ce3b", "#fdbc4b", "#f39c1f", "#f47750", "#da4453"),
    ("#ff0000", "#0000ff", "#00ff00", "#ffff00", "#00ffff"),
)
"""What Kdenlive gives its categories unless a project names others: since version 21, and before."""
_HUES: Final = (
    (12, "red"),
    (50, "orange"),
    (70, "yellow"),
    (165, "green"),
    (195, "cyan"),
    (255, "blue"),
    (290, "purple"),
    (345, "magenta"),
)
"""Colours by the degrees at which they end; beyond the last it is red again."""
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{2})?([0-9a-fA-F]{6})")
_MOST: Final = 20_000
_OLD_MARK: Final = re.compile(r"kdenlive:(?:guide|marker)\.(\d{1,9}(?:[.,]\d{1,9})?)")


def colour_name(text: str) -> str:
    """Return the name of a colour such as ``#da4453``, empty where it is none."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        return ""
    red, green, blue = (int(match[1][at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < 0.15 or value < 0.15:
        return "white" if value > 0.6 else "black"
    return next((name for end, name in _HUES if hue * 360 < end), "red")


def palette(project: Mapping[str, str]) -> Mapping[int, str]:
    """Return the names of the colours of a project's categories."""
    said = {
        entry["index"]: colour_name(str(entry.get("color", "")))
        for entry in _entries(project.get("kdenlive:docproperties.guidesCategories", ""))
        if isinstance(entry.get("index"), int)
    }
    version = number(project.get("kdenlive:docproperties.kdenliveversion"))
    usual = _CATEGORIES[1 if version is not None and version < 21 else 0]
    return said or {index: colour_name(colour) for index, colour in enumerate(usual)}


class MarkReader:
    """Reads the markers of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._palette = palette(document.project)

    def of_sequence(self, element: Element) -> Iterator[Mark]:
        """Yield the guides of a Kdenlive sequence, or the markers of a Shotcut timeline."""
        properties = self._document.properties(element)
        yield from self._of_json(properties.get("kdenlive:sequenceproperties.guides", ""))
        for group in element:
            if group.tag == "properties" and group.get("name") == "shotcut:markers":
                yield from self._of_shotcut(group)

    def of_project(self) -> Iterator[Mark]:
        """Yield the guides that a project holds outside its sequences, as projects with one timeline do."""
        project = self._document.project
        yield from self._of_json(project.get("kdenlive:docproperties.guides", ""))
        yield from self._of_old(project, "kdenlive:guide.")
        for guide in self._document.root.iter("guide"):
            at_s = number(guide.get("time"))
            if at_s is not None and at_s >= 0:
                yield _mark(at_s, Fraction(0), guide.get("comment", ""), "")

    def of_clip(self, clip: Mapping[str, str]) -> Iterator[Mark]:
        """Yield the markers of a bin clip, in seconds from the start of its medium."""
        yield from self._of_json(clip.get("kdenlive:markers", ""))
        yield from self._of_old(clip, "kdenlive:marker.")

    def _of_json(self, text: str) -> Iterator[Mark]:
        for entry in _entries(text):
            at, length = _frame(entry.get("pos")), _frame(entry.get("duration")) or 0
            kind = entry.get("type")
            if at is not None:
                colour = self._palette.get(kind, "") if isinstance(kind, int) else ""
                rate = self._document.rate
                yield _mark(at / rate, length / rate, str(entry.get("comment", "")), colour)

    def _of_old(self, properties: Mapping[str, str], prefix: str) -> Iterator[Mark]:
        """Yield markers of Kdenlive before version 18: one property each, in seconds."""
        for name, text in properties.items():
            if name.startswith(prefix) and (match := _OLD_MARK.fullmatch(name)):
                kind, colon, comment = text.partition(":")
                is_kind = prefix.endswith("marker.") and bool(colon) and kind.isascii() and kind.isdigit()
                colour = self._palette.get(int(kind[:4]), "") if is_kind else ""
                yield _mark(number(match[1]) or Fraction(0), Fraction(0), comment if is_kind else text, colour)

    def _of_shotcut(self, group: Element) -> Iterator[Mark]:
        for element in group:
            properties = self._document.properties(element)
            start, end = (self._document.frames(properties.get(key)) for key in ("start", "end"))
            if start is not None and start >= 0:
                length = max(0, (start if end is None else end) - start)
                rate = self._document.rate
                text, colour = properties.get("text", ""), colour_name(properties.get("color", ""))
                yield _mark(start / rate, length / rate, text, colour)


def _mark(at_s: Fraction, length_s: Fraction, text: str, colour: str) -> Mark:
    """Return a marker; what stands below its first line is its comment."""
    name, _, comment = text.strip().partition("\n")
    return Mark(at_s, length_s, name.strip()[:500], comment.strip()[:5000], colour)


def _entries(text: str) -> list[dict[str, Any]]:
    """Return the objects of a JSON list, none where it is not sound."""
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    return [entry for entry in found if isinstance(entry, dict)][:_MOST] if isinstance(found, list) else []


def _frame(value: object) -> int | None:
    if isinstance(value, str):
        said = number(value)
        value = None if said is None else int(said)
    if isinstance(value, float):
        value = int(value) if abs(value) < MAX_FRAMES else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MAX_FRAMES else None

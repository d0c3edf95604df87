"""Markers for Premiere and Resolve: a Final Cut Pro 7 XML (xmeml) sequence with one slug as long as the edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.score import Score
from v2m_bridge.export.marks import CHORD, CUE_IN, CUE_OUT, EMOTION, HIT, Mark, plain
from v2m_bridge.export.xml_text import add, xml_bytes

_RGB: Final[Mapping[str, tuple[int, int, int]]] = {
    CUE_IN: (113, 134, 55),
    CUE_OUT: (210, 44, 54),
    HIT: (208, 161, 43),
    CHORD: (66, 141, 252),
    EMOTION: (175, 139, 177),
}
"""The shades that Premiere gives its markers."""


def xmeml_bytes(score: Score, marks: Sequence[Mark]) -> bytes:
    """Return the xmeml document that holds these marks."""
    name = plain(score.name) or "v2m_bridge"
    root = Element("xmeml", version="4")
    sequence = add(root, "sequence", id="sequence-1")
    add(sequence, "name", f"{name} music")
    add(sequence, "duration", score.n_frames)
    _add_rate(sequence, score)
    timecode = add(sequence, "timecode")
    _add_rate(timecode, score)
    add(timecode, "string", score.label(0))
    add(timecode, "frame", score.start_frame)
    add(timecode, "displayformat", "DF" if score.drop_frame else "NDF")
    video = add(add(sequence, "media"), "video")
    form = add(add(video, "format"), "samplecharacteristics")
    _add_rate(form, score)
    add(form, "width", 1920)
    add(form, "height", 1080)
    _add_slug(add(video, "track"), score)
    for mark in marks:
        _add_marker(sequence, mark)
    return xml_bytes(root, "<!DOCTYPE xmeml>")


def _add_rate(parent: Element, score: Score) -> None:
    rate = Fraction(score.rate)
    element = add(parent, "rate")
    add(element, "timebase", round(rate))
    add(element, "ntsc", "TRUE" if rate.denominator == 1001 else "FALSE")


def _add_slug(track: Element, score: Score) -> None:
    """Append black that fills the sequence: one without any item is refused by some."""
    item = add(track, "generatoritem", id="slug-1")
    add(item, "name", "Slug")
    add(item, "duration", score.n_frames)
    _add_rate(item, score)
    for edge, frame in (("in", 0), ("out", score.n_frames), ("start", 0), ("end", score.n_frames)):
        add(item, edge, frame)
    add(item, "enabled", "TRUE")
    effect = add(item, "effect")
    for tag, text in (
        ("name", "Slug"),
        ("effectid", "Slug"),
        ("effectcategory", "Slug"),
        ("effecttype", "generator"),
        ("mediatype", "video"),
    ):
        add(effect, tag, text)


def _add_marker(sequence: Element, mark: Mark) -> None:
    marker = add(sequence, "marker")
    add(marker, "name", mark.name)
    add(marker, "comment", mark.comment)
    add(marker, "in", mark.frame)
    add(marker, "out", mark.frame + mark.n_frames if mark.n_frames else -1)
    red, green, blue = _RGB[mark.colour]
    add(marker, "pproColor", 0xFF << 24 | blue << 16 | green << 8 | red)

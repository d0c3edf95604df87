"""Markers for Final Cut Pro and Resolve: an FCPXML project of one gap as long as the edit.

Times are fractions of seconds on whole frames.  The gap counts from the timecode of the edit's first frame, and is one
frame longer where a marker stands on the frame after the last.  Markers of Final Cut are one frame long, so the end of
a cue is a marker of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.score import Score
from v2m_bridge.export.marks import Mark, plain
from v2m_bridge.export.xml_text import add, xml_bytes

_VERSION: Final = "1.10"
"""What Final Cut Pro 10.6 and everything after it reads."""


def fcpxml_bytes(score: Score, marks: Sequence[Mark]) -> bytes:
    """Return the FCPXML document that holds these marks."""
    rate, name = Fraction(score.rate), plain(score.name) or "v2m_bridge"
    start = score.start_frame
    n_frames = max([score.n_frames, *(mark.frame + 1 for mark in marks)])
    root = Element("fcpxml", version=_VERSION)
    add(add(root, "resources"), "format", id="r1", frameDuration=_seconds(1, rate), width=1920, height=1080)
    project = add(add(add(root, "library"), "event", name="v2m_bridge"), "project", name=f"{name} music")
    sequence = add(
        project,
        "sequence",
        format="r1",
        duration=_seconds(n_frames, rate),
        tcStart=_seconds(start, rate),
        tcFormat="DF" if score.drop_frame else "NDF",
    )
    place, length = _seconds(start, rate), _seconds(n_frames, rate)
    gap = add(add(sequence, "spine"), "gap", name="Gap", offset=place, start=place, duration=length)
    for mark in marks:
        _add_marker(gap, mark, start, rate)
    return xml_bytes(root, "<!DOCTYPE fcpxml>")


def _add_marker(gap: Element, mark: Mark, start: int, rate: Fraction) -> None:
    marker = add(
        gap, "marker", start=_seconds(start + mark.frame, rate), duration=_seconds(1, rate), value=mark.name or "-"
    )
    if mark.comment:
        marker.set("note", mark.comment)


def _seconds(frames: int, rate: Fraction) -> str:
    return f"{frames * rate.denominator}/{rate.numerator}s"

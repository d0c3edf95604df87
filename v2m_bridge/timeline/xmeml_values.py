"""Texts, numbers, frame rates and flags of xmeml elements; what is missing or odd counts as not said."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.errors import TimelineError

TICKS_PER_S: Final = 254_016_000_000
"""Premiere's own clock: every frame and sample rate of editors divides it."""

_NUMBER: Final = re.compile(r"[+-]?\d{1,18}(?:\.\d{0,18})?(?:[eE][+-]?\d{1,2})?")
_LATEST_S: Final = 10_000_000


def lower_tags(root: Element) -> None:
    """Make the names of all elements lower case and free of name spaces, in place."""
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1].lower()


def text_of(element: Element | None, path: str) -> str:
    """Return the text of the first element at a path, empty where there is none."""
    found = None if element is None else element.find(path)
    return (found.text or "").strip() if found is not None else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute, whatever the case of its name."""
    wanted = name.lower()
    return next((value.strip() for key, value in element.attrib.items() if key.lower() == wanted), "")


@lru_cache(maxsize=8192)
def number(text: str) -> Fraction | None:
    """Read a number; None where the text is none."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def number_at(element: Element | None, path: str) -> Fraction | None:
    """Return the number at a path, None where there is none."""
    return number(text_of(element, path))


def frames_at(element: Element | None, path: str) -> Fraction | None:
    """Return a frame number; -1 says that there is none."""
    found = number_at(element, path)
    return None if found is None or found == -1 else found


def is_true(text: str, default: bool) -> bool:
    """Read TRUE or FALSE in any case, also as 1 and 0."""
    word = text.lower()
    return default if word not in ("true", "false", "1", "0", "yes", "no") else word in ("true", "1", "yes")


def seconds(frames: Fraction, rate: Fraction) -> Fraction:
    """Return frames as seconds.

    Raises
    ------
    TimelineError
        When no edit can hold them.
    """
    time_s = frames / rate
    if abs(time_s) > _LATEST_S:
        raise TimelineError(f"the edit holds the frame {float(frames):g}, which cannot be")
    return time_s


def rate_of(element: Element | None, around: Fraction | None) -> Fraction | None:
    """Return the rate that the ``rate`` of an element says: what it leaves out is that of what holds it.

    Parameters
    ----------
    element : Element, optional
        A sequence, clip, file or timecode.
    around : Fraction, optional
        Rate of what holds it.
    """
    said = None if element is None else element.find("rate")
    timebase = number_at(said, "timebase")
    if timebase is None or not 1 <= timebase <= 1000:
        return around
    if timebase.denominator != 1:
        return exact_rate(float(timebase))
    around_is_ntsc = around is not None and around.denominator != 1 and round(around) == timebase
    return timebase * Fraction(1000, 1001) if is_true(text_of(said, "ntsc"), around_is_ntsc) else timebase

"""Times and frame rates of FCPXML: rational seconds such as ``1001/30000s``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.clock import tidy

_TIME: Final = re.compile(r"([+-]?\d{1,19}(?:\.\d{1,12})?)(?:/(\d{1,19}))?s?")
_LATEST_S: Final = 10_000_000

_RATE_IN_NAME: Final = re.compile(r"\d([pi])(\d{2,5})(?![\dx])")
_RATES_BY_NAME: Final[Mapping[str, Fraction]] = MappingProxyType(
    {"2398": Fraction(24000, 1001), "2997": Fraction(30000, 1001), "4795": Fraction(48000, 1001)}
    | {"5994": Fraction(60000, 1001), "11988": Fraction(120000, 1001)}
)


@lru_cache(maxsize=8192)
def seconds(text: str) -> Fraction:
    """Read a time.

    Raises
    ------
    TimelineError
        When it is none, or no time that an edit can hold.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] and int(match[2]) == 0):
        raise TimelineError(f"{text[:40]!r} is not a time as FCPXML writes it, such as 1001/30000s")
    time = Fraction(match[1]) / int(match[2] or 1)
    if abs(time) > _LATEST_S:
        raise TimelineError(f"the edit holds the time {text[:40]!r}, which cannot be")
    return tidy(time)


def time_of(element: Element, attribute: str) -> Fraction | None:
    """Return a time that an element gives in an attribute, None where it is absent or empty."""
    text = element.get(attribute)
    return seconds(text) if text else None


def length_of(element: Element, attribute: str = "duration") -> Fraction | None:
    """Return a length that an element gives, None where it does not.

    Raises
    ------
    TimelineError
        When it is below zero.
    """
    length_s = time_of(element, attribute)
    if length_s is not None and length_s < 0:
        raise TimelineError(f"{element.get('name', element.tag)[:80]!r} has a length below zero")
    return length_s


def format_rate(format_: Element) -> Fraction | None:
    """Return the frame rate of a format: from its frame duration, else from its name (``FFVideoFormat1080p25``)."""
    frame_s = time_of(format_, "frameDuration")
    if frame_s is not None and Fraction(1, 1000) <= frame_s <= 1:
        return exact_rate(1 / frame_s)
    match = _RATE_IN_NAME.search(format_.get("name", ""))
    if match is None:
        return None
    rate = _RATES_BY_NAME.get(match[2]) or Fraction(int(match[2]))
    rate = rate / 2 if match[1] == "i" and rate >= 48 else rate
    return rate if 1 <= rate <= 1000 else None


def source_rate(text: str) -> Fraction | None:
    """Return the exact rate behind ``23.98`` and the like, None where the text is no frame rate."""
    try:
        return exact_rate(float(text))
    except (ValueError, OverflowError):
        return None

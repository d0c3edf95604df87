"""Times of MLT: frames, clock times and timecodes, and values that change over them."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Final

from v2m_bridge.core.timebase import can_drop_frames

MAX_FRAMES: Final = 1 << 36
"""No edit is longer, at any rate."""

_FRAMES: Final = re.compile(r"\s*([+-]?\d{1,12})(?:[.,]\d*)?\s*")
_CLOCK: Final = re.compile(r"\s*(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,6}[.,]\d{1,9}|\d{1,6}[.,]?)\s*")
_LABEL: Final = re.compile(r"\s*(?:(?:(\d{1,6})[:;])?(\d{1,6})[:;])?(\d{1,6})([:;])(\d{1,6})\s*")
_NUMBER: Final = re.compile(r"\s*([+-]?\d{1,12}(?:[.,]\d{1,12})?)(?:[eE]([+-]?\d))?")
_KEY: Final = re.compile(r"([^=;]*?)\s*[|~!$a-zA-Z]?=([^;]*)")


@lru_cache(maxsize=8192)
def frames(text: str | None, rate: Fraction) -> int | None:
    """Read a position or length as MLT does; None where there is none or it makes no sense.

    Parameters
    ----------
    text : str or None
        ``100``, ``00:00:04.000`` (with a comma where the system writes one), or ``00:00:04:00``, with a semicolon
        before the frames where labels are dropped.
    rate : Fraction
        Frames per second of the profile.
    """
    if not text:
        return None
    if whole := _FRAMES.fullmatch(text):
        return _within(int(whole[1]))
    if clock := _CLOCK.fullmatch(text):
        seconds = Fraction(clock[3].rstrip(".,").replace(",", "."))
        hours, minutes = int(clock[1] or 0), int(clock[2] or 0)
        return _within(floor(3600 * rate * hours) + floor(60 * rate * minutes) + round(seconds * rate))
    if label := _LABEL.fullmatch(text):
        return _of_label(int(label[1] or 0), int(label[2] or 0), int(label[3]), int(label[5]), label[4] == ";", rate)
    return None


def _of_label(hours: int, minutes: int, seconds: int, frame: int, dropped: bool, rate: Fraction) -> int | None:
    nominal = round(rate)
    whole_minutes = 60 * hours + minutes
    count = (60 * whole_minutes + seconds) * nominal + frame
    if dropped and can_drop_frames(rate):
        count -= nominal // 15 * (whole_minutes - whole_minutes // 10)
    return _within(count)


def _within(count: int) -> int | None:
    return count if abs(count) <= MAX_FRAMES else None


def number(text: str | None) -> Fraction | None:
    """Read the number that a text begins with, None where it begins with none; a comma may be the point."""
    match = _NUMBER.match(text or "")
    if match is None:
        return None
    return Fraction(match[1].replace(",", ".")) * Fraction(10) ** int(match[2] or 0)


def keys(text: str, rate: Fraction) -> list[tuple[int, Fraction]]:
    """Read values at frames, such as ``0=0.5;00:00:04.000=1``, in order, each frame once; nonsense is left out."""
    found: dict[int, Fraction] = {}
    for match in _KEY.finditer(text[:100_000]):
        at, value = frames(match[1].strip(), rate), number(match[2])
        if at is not None and value is not None:
            found[at] = value
    return sorted(found.items())

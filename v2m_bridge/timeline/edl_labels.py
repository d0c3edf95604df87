"""Timecodes of an edit decision list as they stand there, and the frames that they name at a rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from v2m_bridge.core.timebase import can_drop_frames, parse_timecode

LABEL: Final = r"\d{1,2}[:;.,]\d{1,2}[:;.,]\d{1,2}[:;.,]\d{1,3}"
"""Pattern of a timecode."""
_PARTS: Final = re.compile(r"(\d{1,2})[:;.,](\d{1,2})[:;.,](\d{1,2})([:;.,])(\d{1,3})")
_DROP_MARKS: Final = ";,"
"""Before the frames; a colon or a point says nothing, because many writers know only these."""


@dataclass(frozen=True, slots=True)
class Label:
    """A timecode as it is written."""

    whole_s: int
    """Hours, minutes and seconds, in seconds of the label."""
    frames: int
    drop: bool = False
    """Whether the mark before the frames says that labels are dropped."""

    def at(self, rate: Fraction, *, drop: bool) -> int:
        """Return the frame that the label names at a rate.

        More frames than a second has are carried on, and a label that dropping leaves out names the frame after it.
        """
        return _frame(self.whole_s, self.frames, rate, drop and can_drop_frames(rate))

    def at_other(self, nominal: int, rate: Fraction, *, drop: bool) -> Fraction:
        """Return the frame at `rate` of a label that counts `nominal` frames in a second."""
        if nominal == max(1, round(rate)):
            return Fraction(self.at(rate, drop=drop))
        whole = _frame(self.whole_s, 0, rate, drop and can_drop_frames(rate))
        return whole + Fraction(self.frames * round(rate), nominal)


def label_of(text: str) -> Label:
    """Read what `LABEL` matches."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no timecode")
    hours, minutes, seconds, frames = (int(match[index]) for index in (1, 2, 3, 5))
    return Label(3600 * hours + 60 * minutes + seconds, frames, match[4] in _DROP_MARKS)


@lru_cache(maxsize=16384)
def _frame(whole_s: int, frames: int, rate: Fraction, drop: bool) -> int:
    nominal = max(1, round(rate))
    whole_s, frames = whole_s + frames // nominal, frames % nominal
    minutes, seconds = divmod(whole_s, 60)
    if drop and minutes % 10 and not seconds:
        frames = max(frames, nominal // 15)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{';' if drop else ':'}{frames:02}"
    return parse_timecode(text, rate).frame

"""MIDI timecode labels: the four rates that MIDI can name, and the eight nibbles of a label."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from v2m_bridge.core.timebase import FrameTime, parse_timecode, timecode

_HOURS: Final = 24


class MtcRate(Enum):
    """A rate of MIDI timecode: its code, the frames in a labelled second, and whether labels are dropped.

    MIDI has no code for 23.976 and for 29.97 without drop: they are sent as 24 and as 30.
    Source: MIDI 1.0, MIDI Time Code (RP-004).
    """

    FILM = (0, 24, False)
    PAL = (1, 25, False)
    DROP = (2, 30, True)
    THIRTY = (3, 30, False)

    def __init__(self, code: int, nominal: int, drop_frame: bool) -> None:
        self.code, self.nominal, self.drop_frame = code, nominal, drop_frame
        self.label_rate = Fraction(30_000, 1001) if drop_frame else Fraction(nominal)
        """Rate at which the labels of this code are counted."""
        frame_minutes = Fraction(nominal * 60 * 60 * _HOURS)
        self.frames_per_day = int(frame_minutes) - (108 * _HOURS if drop_frame else 0)

    def pulled_down(self) -> Fraction:
        """Frames per second where the picture runs at 1000/1001 of the nominal rate."""
        return Fraction(self.nominal * 1000, 1001)

    def __str__(self) -> str:
        return "29.97 drop-frame" if self.drop_frame else f"{self.nominal} fps"


BY_CODE: Final = {rate.code: rate for rate in MtcRate}


class Label(NamedTuple):
    """Hours, minutes, seconds and frames."""

    hours: int
    minutes: int
    seconds: int
    frames: int


@lru_cache(maxsize=256)
def label_of(frame: int, rate: MtcRate) -> Label:
    """Return the label of a frame, counted from midnight; a day of frames later the labels begin again."""
    text = timecode(FrameTime(frame % rate.frames_per_day, rate.label_rate), drop_frame=rate.drop_frame)
    return Label(*(int(part) for part in text.replace(";", ":").split(":")))


@lru_cache(maxsize=256)
def frame_of(label: Label, rate: MtcRate) -> int:
    """Count the frames from midnight to a label.

    Raises
    ------
    ValueError
        When there is no such label at this rate.
    """
    hours, minutes, seconds, frames = label
    if not (0 <= hours < _HOURS and 0 <= minutes < 60 and 0 <= seconds < 60 and 0 <= frames < rate.nominal):
        raise ValueError(f"{label} is no timecode")
    colon = ";" if rate.drop_frame else ":"
    return parse_timecode(f"{hours:02}:{minutes:02}:{seconds:02}{colon}{frames:02}", rate.label_rate).frame


def nibbles_of(frame: int, rate: MtcRate) -> tuple[int, ...]:
    """Return the eight nibbles of a frame's label, as the quarter frames 0 to 7 carry them."""
    hours, minutes, seconds, frames = label_of(frame, rate)
    last = hours >> 4 | rate.code << 1
    return frames & 15, frames >> 4, seconds & 15, seconds >> 4, minutes & 15, minutes >> 4, hours & 15, last


def frame_of_nibbles(nibbles: tuple[int, ...]) -> tuple[int, MtcRate]:
    """Return the frame and the rate that eight nibbles name.

    Raises
    ------
    ValueError
        When they name no label.
    """
    rate = BY_CODE[nibbles[7] >> 1 & 3]
    f, s, m, h = (nibbles[at] | nibbles[at + 1] << 4 for at in (0, 2, 4, 6))
    return frame_of(Label(h & 31, m, s, f), rate), rate

"""The broadcast extension of WAVE: what a file is, who made it when, and where on the time line it begins.

Source: EBU Tech 3285 version 2 (2011), section 2.3; the chunk is written as version 1, without loudness values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import FrameTime, parse_timecode
from v2m_bridge.export.synth import SAMPLE_RATE

ORIGINATOR: Final = "v2m_bridge"
ORIGINATOR_BYTES: Final = 32
_DESCRIPTION_BYTES: Final = 256
_FORMAT: Final = f"<{_DESCRIPTION_BYTES}s{ORIGINATOR_BYTES}s{ORIGINATOR_BYTES}s10s8sIIH64s190s"
REFERENCE_AT: Final = _DESCRIPTION_BYTES + ORIGINATOR_BYTES
"""Place of the originator reference in the chunk's data."""
_VERSION: Final = 1
_CODING: Final = b"A=PCM,F=48000,W=24,M=stereo,T=v2m_bridge\r\n"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What the chunk says of a file."""

    description: str
    """ASCII; other characters become question marks.  256 of them at most."""
    made: datetime
    time_reference: int
    """First sample, counted from midnight, at 48 kHz."""


def bext_chunk(broadcast: Broadcast, reference: bytes) -> bytes:
    """Return the data of the chunk, `reference` (32 bytes at most) being the originator reference."""
    fixed = struct.pack(
        _FORMAT,
        broadcast.description.encode("ascii", "replace"),
        ORIGINATOR.encode(),
        reference,
        f"{broadcast.made:%Y-%m-%d}".encode(),
        f"{broadcast.made:%H:%M:%S}".encode(),
        broadcast.time_reference & 0xFFFFFFFF,
        broadcast.time_reference >> 32,
        _VERSION,
        bytes(64),
        bytes(190),
    )
    return fixed + _CODING


def time_reference(score: Score, frame: int) -> int:
    """Return the sample since midnight at 48 kHz on which frame `frame` of the edit stands.

    It is the real time of the count of frames since the label 00:00:00:00, whichever labels are dropped: label
    01:00:00:00 at 24000/1001 is frame 86,400, which is 3,603.6 s after midnight.  Days are as long as their labels.
    """
    rate = Fraction(score.rate)
    last = f"23:59:59{';' if score.drop_frame else ':'}{_last_frame(rate)}"
    n_of_day = parse_timecode(last, rate).frame + 1
    return round(FrameTime((score.start_frame + frame) % n_of_day, rate).exact_s * SAMPLE_RATE)


def _last_frame(rate: Fraction) -> str:
    """Label of the last frame of a second."""
    nominal = max(1, round(rate))
    return f"{nominal - 1:0{3 if nominal > 100 else 2}}"

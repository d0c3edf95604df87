"""Lists of markers as Premiere exports them and as REAPER's Region/Marker Manager imports them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.export.marks import CHORD, CUE_IN, CUE_OUT, EMOTION, HIT, Mark

PREMIERE_COLUMNS: Final = ("Marker Name", "Description", "In", "Out", "Duration", "Marker Type")
REAPER_COLUMNS: Final = ("#", "Name", "Start", "End", "Length", "Color")
_HEX: Final[Mapping[str, str]] = {
    CUE_IN: "2E8B57",
    CUE_OUT: "C0392B",
    HIT: "E6B800",
    CHORD: "2E6FD0",
    EMOTION: "8E5BB5",
}


def premiere_csv(score: Score, marks: Sequence[Mark]) -> bytes:
    """Return markers with tabs between the columns, and dropped labels with semicolons throughout, as Premiere does."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\r\n")
    writer.writerow(PREMIERE_COLUMNS)
    for mark in marks:
        first, last = score.label(mark.frame), score.label(mark.frame + mark.n_frames)
        length = timecode(FrameTime(mark.n_frames, Fraction(score.rate)), drop_frame=score.drop_frame)
        labels = (label.replace(":", ";") if score.drop_frame else label for label in (first, last, length))
        writer.writerow((mark.name, mark.comment, *labels, "Comment"))
    return out.getvalue().encode()


def reaper_csv(score: Score, marks: Sequence[Mark]) -> bytes:
    """Return cues as regions and everything else as markers, in seconds from the first frame of the edit.

    Seconds mean the same whatever unit the ruler of the project shows.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(REAPER_COLUMNS)
    counts = {"R": 0, "M": 0}
    for mark in marks:
        kind = "R" if mark.n_frames else "M"
        counts[kind] += 1
        start, end = (_seconds(score, frame) for frame in (mark.frame, mark.frame + mark.n_frames))
        length = _seconds(score, mark.n_frames)
        times = (start, end, length) if mark.n_frames else (start, "", "")
        writer.writerow((f"{kind}{counts[kind]}", mark.name, *times, _HEX[mark.colour]))
    return out.getvalue().encode()


def _seconds(score: Score, frame: int) -> str:
    return f"{score.frame_time(frame).seconds:.6f}"

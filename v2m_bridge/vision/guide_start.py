"""Where in a guide movie the edit begins, as labels of timecode tell it."""

from __future__ import annotations

from fractions import Fraction

from v2m_bridge.core.timebase import FrameTime, can_drop_frames, parse_timecode, timecode
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediaInfo
from v2m_bridge.errors import SettingsError

_HMS = 8


def start_of_label(label: str, info: MediaInfo, timeline: Timeline) -> FrameTime:
    """Read the timecode that the user gives for the first frame of a guide; it drops frames where the edit's does.

    Raises
    ------
    SettingsError
        When it is no timecode at the rate of the guide.
    """
    text = label.strip()
    if timeline.drop_frame and can_drop_frames(info.rate):
        text = f"{text[:_HMS]};{text[_HMS + 1 :]}"
    try:
        return parse_timecode(text, info.rate)
    except ValueError as exc:
        raise SettingsError(
            f"{label[:40]!r} is no start for the guide: {exc}",
            hint="Give the timecode of its first frame, such as --guide-start 00:59:52:00.",
        ) from exc


def starts_s(timeline: Timeline, first: FrameTime, *, drop_frame: bool) -> Fraction:
    """Return where in a guide the first frame of an edit stands, from the timecode of the guide's first frame.

    Labels are compared as they read, so that 01:00:00:00 of an edit is 01:00:00;00 of a guide whose labels drop
    frames, and 01:00:00:00 at another rate.

    Parameters
    ----------
    timeline : Timeline
    first : FrameTime
        Timecode of the guide's first frame, at its own rate.
    drop_frame : bool
        Whether the guide's labels drop frames.

    Returns
    -------
    Fraction
        Seconds, whole frames where the rates are the same; negative where the guide begins after the edit.
    """
    if first.rate == timeline.rate and drop_frame == timeline.drop_frame:
        return (timeline.start - first).exact_s
    label = timecode(timeline.start, drop_frame=timeline.drop_frame)
    hms, frames = label[:_HMS].lstrip("-"), int(label[_HMS + 1 :])
    mark = ";" if drop_frame else ":"
    if first.rate == timeline.rate:
        for number in (frames, frames + 2, frames + 4):  # a label that is dropped becomes the next one
            try:
                return (parse_timecode(f"{hms}{mark}{number:02}", first.rate) - first).exact_s
            except ValueError:
                continue
    whole = parse_timecode(f"{hms[:6]}10{mark}00", first.rate) - first  # never a dropped label
    return whole.exact_s + int(hms[6:]) - 10 + Fraction(frames) / timeline.rate


def start_label(timeline: Timeline, starts_frame: int) -> str:
    """Return the timecode of the first frame of a guide in which the edit begins at a frame, as the edit counts."""
    at = timeline.start - timeline.frame(starts_frame)
    return timecode(at, drop_frame=timeline.drop_frame)

"""Times of the edit as the panel writes and reads them.  Pure."""

from __future__ import annotations

from fractions import Fraction

from v2m_bridge.core.playing import PlayerState
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.timebase import NS_PER_S, FrameTime, parse_timecode, timecode
from v2m_bridge.errors import DirectionError


def position_s(player: PlayerState | None, now_ns: int) -> float:
    """Seconds of the edit where the transport stands at `now_ns` of the monotonic clock."""
    if player is None:
        return 0.0
    at_ns = player.at_ns
    if player.playing:
        at_ns += max(0, now_ns - player.at_mono_ns)
        length_ns = player.loop_end_ns - player.loop_start_ns
        if length_ns > 0 and player.at_ns < player.loop_end_ns <= at_ns:
            at_ns = player.loop_start_ns + (at_ns - player.loop_end_ns) % length_ns
    return max(0, at_ns) / NS_PER_S


def frame_at(snapshot: Snapshot, seconds: float) -> int:
    """Return the frame, counted from the start of the edit, that shows at `seconds`."""
    return int((Fraction(seconds) + Fraction(1, 1_000_000)) * Fraction(snapshot.rate))


def frame_seconds(snapshot: Snapshot, frame: int) -> float:
    """Start of a frame in seconds of the edit."""
    return FrameTime(frame, Fraction(snapshot.rate)).seconds


def frame_label(snapshot: Snapshot, frame: int) -> str:
    """Return the timecode of a frame that is counted from the start of the edit."""
    at = FrameTime(snapshot.start_frame + frame, Fraction(snapshot.rate))
    return timecode(at, drop_frame=snapshot.drop_frame)


def time_label(snapshot: Snapshot, seconds: float) -> str:
    """Return the timecode of the frame that shows at `seconds`."""
    return frame_label(snapshot, frame_at(snapshot, seconds))


def seconds_of_label(snapshot: Snapshot, text: str) -> float:
    """Read a timecode of the edit as seconds from its start; with drop-frame labels a colon will do.

    Raises
    ------
    DirectionError
        When the text is no timecode, or lies before the edit.
    """
    label = text.strip()
    if snapshot.drop_frame and label.count(":") == 3:
        label = ";".join(label.rsplit(":", 1))
    start = frame_label(snapshot, 0)
    try:
        at = parse_timecode(label, Fraction(snapshot.rate))
    except ValueError as exc:
        raise DirectionError(str(exc), hint=f"Write it like {start}.") from exc
    if at.frame < snapshot.start_frame:
        raise DirectionError(f"{text.strip()} lies before the edit", hint=f"The edit begins at {start}.")
    return frame_seconds(snapshot, at.frame - snapshot.start_frame)

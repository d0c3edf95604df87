"""The first frame of a cue at which an edit no longer shows what it did."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timeline import Scene, Timeline

_SAME_FRAME: Final = Fraction(1, 2)
"""Pictures of one medium closer than this many frames are the same."""


def first_changed_frame(old: Timeline, old_in: int, new: Timeline, new_in: int, n_frames: int) -> int:
    """Compare two edits frame by frame from the first frames of a cue.

    Parameters
    ----------
    old, new : Timeline
        At one frame rate.
    old_in, new_in : int
        First frame of the cue in each.
    n_frames : int
        How far to look.

    Returns
    -------
    int
        Frames from the first of the cue for which both show the same pictures, cut alike; `n_frames` where all are.
    """
    olds, news = (tuple(scene.record_in.frame for scene in edit.scenes) for edit in (old, new))
    at = 0
    while at < n_frames:
        if old_in + at >= old.end.frame or new_in + at >= new.end.frame:
            return at
        a = old.scenes[bisect_right(olds, old_in + at) - 1]
        b = new.scenes[bisect_right(news, new_in + at) - 1]
        a_in, b_in = a.record_in.frame - old_in, b.record_in.frame - new_in
        if at and a_in != b_in:  # a cut in one of them alone
            return at
        end = min(a.record_out.frame - old_in, b.record_out.frame - new_in, n_frames)
        same = _same_frames(a, at - a_in, b, at - b_in, end - at)
        if same < end - at:
            return at + same
        at = end
    return n_frames


def _same_frames(a: Scene, a_from: int, b: Scene, b_from: int, n_frames: int) -> int:
    """Return how many frames two scenes have in common, from a frame of each on."""
    if a.media is None or b.media is None:
        return n_frames if a.media is b.media else 0
    if a.media.identity != b.media.identity:
        return 0
    rate = a.record_in.rate
    if _is_same_whole(a, b, rate) and a_from == b_from:
        return n_frames
    looked_at = range(n_frames) if a.retime or b.retime else range(1)
    for frame in looked_at:
        off_s = a.source_s((a_from + frame) / rate) - b.source_s((b_from + frame) / rate)
        if abs(off_s) * rate >= _SAME_FRAME:
            return frame
    return n_frames


def _is_same_whole(a: Scene, b: Scene, rate: Fraction) -> bool:
    """Whether two scenes have one length and one source range; of a ramp an earlier edit may know no more."""
    ends = ((scene.source_in_s, scene.source_s(scene.n_frames / rate)) for scene in (a, b))
    offs = (abs(x - y) * rate < _SAME_FRAME for x, y in zip(*ends, strict=True))
    return a.n_frames == b.n_frames and all(offs)

"""Where the cues of an edit stand that was cut again: as its list or markers say, else where locked cues have gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.follow_cues import follow_cues
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.spotting.cues import cues_of, label, marked_cues


def placed_cues(
    timeline: Timeline, direction: Direction, kept: Score | None, kept_edit: Timeline | None
) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    """Return the cues of an edit in order, and what is to be said of them.

    Where neither a list nor markers say where music goes and a cue of the earlier score is locked, the cues of that
    score go where their pictures have gone.  A cue that is not locked then lasts until the next begins.

    Parameters
    ----------
    timeline : Timeline
    direction : Direction
    kept : Score, optional
    kept_edit : Timeline, optional
        The edit that `kept` was composed for.

    Raises
    ------
    TimelineError
        As `cues_of`.
    """
    if kept is None or kept_edit is None or not _must_follow(timeline, direction, kept):
        return cues_of(timeline, direction), ()
    found, said = follow_cues([_cue(kept, cue) for cue in kept.cues], conform(kept_edit, timeline))
    if not found:
        return cues_of(timeline, direction), said
    cues = _without_gaps(timeline, direction, found)
    return cues, (*said, *_said_of_gaps(timeline, cues))


def _must_follow(timeline: Timeline, direction: Direction, kept: Score) -> bool:
    if direction.spotted is not None or kept.revision == timeline.revision or marked_cues(timeline):
        return False
    return any(_is_locked(direction, cue.number) for cue in kept.cues)


def _is_locked(direction: Direction, number: str) -> bool:
    return "tempo" in (direction.for_cue(number).locks or ())


def _cue(kept: Score, cue: CueMusic) -> Cue:
    start, end = kept.frame_time(cue.in_frame), kept.frame_time(cue.out_frame)
    return Cue(cue.number, start, end, cue.title, cue.brief, cue.version, cue.kind)


def _without_gaps(timeline: Timeline, direction: Direction, cues: Sequence[Cue]) -> tuple[Cue, ...]:
    limits = [cue.start for cue in cues[1:]] + [timeline.end]
    return tuple(
        cue if _is_locked(direction, cue.number) else replace(cue, end=limit)
        for cue, limit in zip(cues, limits, strict=True)
    )


def _said_of_gaps(timeline: Timeline, cues: Sequence[Cue]) -> tuple[str, ...]:
    edges = [timeline.frame(0), *(edge for cue in cues for edge in (cue.start, cue.end)), timeline.end]
    gaps = [(a, b) for a, b in list(pairwise(edges))[::2] if a < b]
    return tuple(
        f"nothing sounds from {label(timeline, a)} to {label(timeline, b)}, {(b - a).seconds:.1f} s "
        f"that are in no cue since the edit was cut again: locked cues stay as long as they were"
        for a, b in gaps
    )

"""Locked cues: rigid blocks that keep their own length from their first frame, wherever that has moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from v2m_bridge.core.cue import Cue, Need
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.spotting.cues import label
from v2m_bridge.spotting.earlier import Earlier
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.regrid import Grid, tempo_until


def rigid_cues(
    timeline: Timeline, cues: Sequence[Cue], direction: Direction, kept: Score | None
) -> tuple[tuple[Cue, tuple[str, ...]], ...]:
    """Give every cue whose tempo is locked the length of its earlier music.

    It is cut where the next cue begins or the edit ends.  Where the list of cues asks for more, the rest is silent.

    Parameters
    ----------
    timeline : Timeline
    cues : sequence of Cue
        In order of time, apart.
    direction : Direction
    kept : Score, optional

    Returns
    -------
    tuple of (Cue, tuple of str)
        The cues in their order and what is to be said of each.
    """
    limits = [cue.start for cue in cues[1:]] + [timeline.end]
    return tuple(
        _rigid(timeline, cue, limit, kept) if "tempo" in (direction.for_cue(cue.number).locks or ()) else (cue, ())
        for cue, limit in zip(cues, limits, strict=True)
    )


def _rigid(timeline: Timeline, cue: Cue, limit: FrameTime, kept: Score | None) -> tuple[Cue, tuple[str, ...]]:
    music = kept.cue_of(cue.number) if kept else None
    if kept is None or music is None:
        return cue, ()
    n_frames = (kept.frame_time(music.out_frame) - kept.frame_time(music.in_frame)).at_rate(timeline.rate).frame
    whole = cue.start + timeline.frame(max(1, n_frames))
    end = min(whole, limit, key=lambda at: at.frame)
    said = []
    if whole > limit:
        what = "the end of the edit" if limit == timeline.end else "the next cue"
        said.append(
            f"{cue.number} is locked and {_seconds(whole - limit)} too long for {what}: it is cut at "
            f"{label(timeline, limit)}"
        )
    if cue.end > end:
        said.append(
            f"{cue.number} is locked and {_seconds(cue.end - end)} shorter than its cue: silence from "
            f"{label(timeline, end)}"
        )
    elif cue.end < end:
        said.append(
            f"{cue.number} is locked and {_seconds(end - cue.end)} longer than its cue: it plays on until "
            f"{label(timeline, end)}"
        )
    return replace(cue, end=end), tuple(said)


def locked_grid(timeline: Timeline, cue: Cue, earlier: Earlier, hits: Sequence[PlannedHit]) -> Grid:
    """Return the grid and the hits that a cue has, counted from its first frame.

    Parameters
    ----------
    timeline : Timeline
    cue : Cue
        As `rigid_cues` returned it: as long as the music, or shorter where that is cut.
    earlier : Earlier
    hits : sequence of PlannedHit
        What the picture asks for now, with the beats of the locked tempo: musts that they miss are named.
    """
    music = earlier.music
    tempo, end_tick, slots = music.tempo, music.end_tick, earlier.slots
    own = earlier.hits_at(cue)
    if cue.end.frame - cue.start.frame < earlier.n_frames:
        end_tick, slots = grid_of(tempo, cue.end.ns - cue.start.ns)
        tempo = tempo_until(tempo, end_tick)
        own = tuple(each for each in own if each.tick < end_tick and each.hit.at < cue.end)
    known = {each.hit.at.frame for each in own if each.hit.need is Need.MUST}
    said = tuple(
        f"{cue.number} is locked: the hit at {label(timeline, each.hit.at)} ({each.hit.reason}) now comes with its "
        f"nearest beat {abs(each.off_frames):.1f} frames {'late' if each.off_frames > 0 else 'early'}"
        for each in hits
        if each.hit.need is Need.MUST and not each.met and each.hit.at.frame not in known
    )
    return Grid(tempo, end_tick, slots, own, 0, said)


def _seconds(length: FrameTime) -> str:
    return f"{length.seconds:.1f} s"

"""Wishes follow the picture: what was asked for frames of the old edit holds for the same frames of the new one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.cue import Cue, Hit, HitKind
from v2m_bridge.core.direction import Direction, ParkedHit, SceneDirection
from v2m_bridge.core.follow_cues import follow_cues
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Scene

_Marked = tuple[tuple[str, tuple[Hit, ...], tuple[ParkedHit, ...]], ...]
_ENDS: Final = frozenset({HitKind.STOP, HitKind.OUT})


def follow_edit(direction: Direction, conformed: Conformed) -> tuple[Direction, tuple[str, ...]]:
    """Move the hits and the cue list of a direction to where their frames stand now.

    Wishes for scenes stay with the ids of their scenes.  A hit goes with its frame, into the wishes for the scene that
    shows it now.  Where its frame is gone, or is shown at another speed, it goes to where its scene shows that picture;
    where it does not, the hit is parked: out of play, until a later revision shows the picture again.  The cue list
    follows as `v2m_bridge.core.follow_cues.follow_cues` says.

    Parameters
    ----------
    direction : Direction
        Wishes for the old edit.
    conformed : Conformed
        What became of it.

    Returns
    -------
    Direction
        The same wishes for the new edit; the very same value where none moves.
    tuple of str
        A sentence (without its full stop) for each hit that went out of play or came back, and for each cue whose first
        or last frame is gone.
    """
    return follow_all((direction,), conformed)[0]


def follow_all(directions: Iterable[Direction], conformed: Conformed) -> list[tuple[Direction, tuple[str, ...]]]:
    """Follow an edit with several directions, as `follow_edit` does; what they have in common is followed once."""
    hits: dict[_Marked, _Followed] = {}
    lists: dict[tuple[Cue, ...], tuple[tuple[Cue, ...], tuple[str, ...]]] = {}
    made = []
    for direction in directions:
        marked = tuple(
            (key, wish.hits, wish.parked) for key, wish in direction.scenes.items() if wish.hits or wish.parked
        )
        if marked not in hits:
            hits[marked] = _followed(marked, conformed)
        scenes = _with_hits(direction.scenes, hits[marked]) if marked else direction.scenes
        said = hits[marked].said
        moved = replace(direction, scenes=scenes)
        if direction.spotted is not None:
            if direction.spotted not in lists:
                lists[direction.spotted] = follow_cues(direction.spotted, conformed)
            spotted, about_cues = lists[direction.spotted]
            moved, said = replace(moved, spotted=spotted), (*said, *about_cues)
        made.append((direction if moved == direction else moved, said))
    return made


@dataclass(frozen=True, slots=True)
class _Followed:
    """Where hits went, by scene."""

    hits: Mapping[str, tuple[Hit, ...]]
    parked: Mapping[str, tuple[ParkedHit, ...]]
    said: tuple[str, ...]


def _followed(marked: _Marked, conformed: Conformed) -> _Followed:
    if not marked:
        return _Followed({}, {}, ())
    here = {scene.id: scene for scene in conformed.timeline.scenes}
    gone_ins = [scene.record_in.frame for scene in conformed.before]
    ends = {change.id: change.old_out for change in conformed.changes}
    in_play: list[tuple[str, Hit]] = []
    parked: dict[str, tuple[ParkedHit, ...]] = {}
    said: list[str] = []
    for scene_id, hits, lost_hits in marked:
        for hit in hits:
            at = _moved(hit, ends.get(scene_id), conformed)
            pictured = ParkedHit(hit) if at else _pictured(hit, gone_ins, conformed)
            if at := at or _shown_again(pictured, here.get(scene_id)):
                in_play.append((scene_id, replace(hit, at=at)))
            else:
                parked[scene_id] = (*parked.get(scene_id, ()), pictured)
                said.append(f"{_named(hit, conformed)} is out of play: its frame is not in the edit any more")
        for lost in lost_hits:
            if at := _shown_again(lost, here.get(scene_id)):
                in_play.append((scene_id, replace(lost.hit, at=at)))
                said.append(f"the {lost.hit.kind} at {_label(conformed, at)} is in play again: its frame is back")
            else:
                parked[scene_id] = (*parked.get(scene_id, ()), lost)
    return _Followed(_rehomed(in_play, conformed), parked, tuple(said))


def _with_hits(wishes: Mapping[str, SceneDirection], followed: _Followed) -> Mapping[str, SceneDirection]:
    """Return the wishes with other hits, those for scenes without other wishes last."""
    ids = (*wishes, *(scene_id for scene_id in followed.hits if scene_id not in wishes))
    return {
        scene_id: replace(
            wishes.get(scene_id, SceneDirection()),
            hits=followed.hits.get(scene_id, ()),
            parked=followed.parked.get(scene_id, ()),
        )
        for scene_id in ids
    }


def _rehomed(hits: list[tuple[str, Hit]], conformed: Conformed) -> dict[str, tuple[Hit, ...]]:
    """Return the hits by the id of the scene that shows their frame, or that they end, in their order."""
    scenes = conformed.timeline.scenes
    firsts = [scene.record_in.frame for scene in scenes]
    homes: dict[str, list[Hit]] = {}
    for scene_id, hit in hits:
        ended = scenes[max(0, bisect_left(firsts, hit.at.frame) - 1)].id
        shown = scenes[max(0, bisect_right(firsts, hit.at.frame) - 1)].id
        homes.setdefault(ended if hit.kind in _ENDS and ended == scene_id else shown, []).append(hit)
    return {scene_id: tuple(dict.fromkeys(own)) for scene_id, own in homes.items()}


def _moved(hit: Hit, scene_end: int | None, conformed: Conformed) -> FrameTime | None:
    """Return where the frame of a hit stands now; one on the frame after its scene goes with the end of the scene."""
    frame = hit.at.at_rate(conformed.old_rate).frame
    follow = conformed.moved_end if hit.kind in _ENDS and frame == scene_end else conformed.moved_frame
    moved = follow(frame)
    return None if moved is None else conformed.timeline.frame(moved)


def _pictured(hit: Hit, gone_ins: Sequence[int], conformed: Conformed) -> ParkedHit:
    """Return the hit with the picture that it was on; `gone_ins` are the first frames of what is not as before."""
    at = hit.at.at_rate(conformed.old_rate)
    place = bisect_right(gone_ins, at.frame) - 1
    if place < 0 or conformed.before[place].record_out <= at:
        return ParkedHit(hit)
    scene = conformed.before[place]
    return ParkedHit(hit, scene.source_s((at - scene.record_in).exact_s))


def _shown_again(lost: ParkedHit, scene: Scene | None) -> FrameTime | None:
    """Return the frame of a scene that shows the picture of a parked hit, the nearest within half a frame."""
    if scene is None or lost.source_s is None:
        return None
    rate, source_s = scene.record_in.rate, lost.source_s
    if scene.retime:
        frame = min(range(scene.n_frames), key=lambda k: abs(scene.source_s(k / rate) - source_s))
    else:
        frame = round((source_s - scene.source_in_s) * rate)
    is_shown = 0 <= frame < scene.n_frames and abs(scene.source_s(frame / rate) - source_s) * 2 * rate <= 1
    return FrameTime(scene.record_in.frame + frame, rate) if is_shown else None


def _named(hit: Hit, conformed: Conformed) -> str:
    timeline, start = conformed.timeline, conformed.old_start or conformed.timeline.start
    at = start + hit.at.at_rate(start.rate)
    label = timecode(at, drop_frame=timeline.drop_frame and start.rate == timeline.rate)
    return f"the {hit.kind} at {label} of the earlier edit" + (f" ({hit.reason})" if hit.reason else "")


def _label(conformed: Conformed, at: FrameTime) -> str:
    timeline = conformed.timeline
    return timecode(timeline.start + at, drop_frame=timeline.drop_frame)

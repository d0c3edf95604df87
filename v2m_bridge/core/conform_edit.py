"""An edit against its earlier revision: the new one with the ids of the old, what changed, and where frames went."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from v2m_bridge.core.conform import ChangeKind, Conformed, SceneChange
from v2m_bridge.core.frame_runs import frame_runs
from v2m_bridge.core.match_scenes import Overlap, Pairs, paired
from v2m_bridge.core.shots import Clock, Shot, measured
from v2m_bridge.core.timeline import Timeline


def conform(old: Timeline, new: Timeline) -> Conformed:
    """Find the scenes of an edit in its new revision.  Pure, and the same on every machine.

    A scene is known by medium, source range and order.  Of a shot that was split the longer part keeps the id; of two
    that were joined the whole takes the id of the longer.  Black and titles are known by their neighbours.

    Parameters
    ----------
    old : Timeline
        The edit as it was, with ids that may come from earlier revisions.
    new : Timeline
        As it was read, with computed ids.

    Returns
    -------
    Conformed
        The new edit, each scene with the id of the old one that it is; other ids are unlike any of the old edit.
    """
    olds, news, clock = measured(old, new)
    pairs, overlaps = paired(olds, news, clock)
    kinds = {
        place: _kind(olds[partner], news[place], clock, old, new) for place, partner in sorted(pairs.old_of.items())
    }
    ids = _ids(old, new, pairs)
    scenes = tuple(
        scene if scene.id == scene_id else replace(scene, id=scene_id)
        for scene, scene_id in zip(new.scenes, ids, strict=True)
    )
    timeline = new if scenes == new.scenes else replace(new, scenes=scenes)
    shown = ((olds[a], news[b]) for a, b in _shown_pairs(pairs, overlaps))
    kept = {pairs.old_of[place] for place, kind in kinds.items() if kind in (ChangeKind.UNCHANGED, ChangeKind.MOVED)}
    return Conformed(
        timeline,
        changes=(*_changes(old, timeline, pairs, kinds),),
        runs=frame_runs(old, new, shown, clock),
        before=tuple(scene for index, scene in enumerate(old.scenes) if index not in kept),
        old_start=old.start,
    )


def _kind(a: Shot, b: Shot, clock: Clock, old: Timeline, new: Timeline) -> ChangeKind:
    if clock.is_same(a, b):
        return ChangeKind.UNCHANGED if clock.is_in_place(a, b, old, new) else ChangeKind.MOVED
    return ChangeKind.TRIMMED if clock.is_same_speed(a, b) else ChangeKind.RETIMED


def _ids(old: Timeline, new: Timeline, pairs: Pairs) -> list[str]:
    """Return the ids of the new scenes; one that is new has none that the old edit has."""
    taken = {scene.id for scene in old.scenes}
    ids = []
    for place, scene in enumerate(new.scenes):
        if place in pairs.old_of:
            ids.append(old.scenes[pairs.old_of[place]].id)
            continue
        scene_id = next(name for name in _names(scene.id) if name not in taken)
        taken.add(scene_id)
        ids.append(scene_id)
    return ids


def _names(scene_id: str) -> Iterator[str]:
    yield scene_id
    for number in count(2):
        yield "s" + hashlib.blake2b(f"{scene_id}\0{number}".encode(), digest_size=8).hexdigest()[:10]


def _changes(old: Timeline, new: Timeline, pairs: Pairs, kinds: dict[int, ChangeKind]) -> Iterator[SceneChange]:
    for place, scene in enumerate(new.scenes):
        partner = pairs.old_of.get(place)
        before = None if partner is None else old.scenes[partner]
        yield SceneChange(
            kind=kinds.get(place, ChangeKind.NEW),
            id=scene.id,
            name=scene.name,
            old_in=before.record_in.frame if before else None,
            old_out=before.record_out.frame if before else None,
            new_in=scene.record_in.frame,
            new_out=scene.record_out.frame,
        )
    for index, scene in enumerate(old.scenes):
        if index not in pairs.new_of:
            yield SceneChange(ChangeKind.REMOVED, scene.id, scene.name, scene.record_in.frame, scene.record_out.frame)


def _shown_pairs(pairs: Pairs, overlaps: Sequence[Overlap]) -> Iterator[tuple[int, int]]:
    """Yield scenes that show the same frames: each pair, then the other parts of what was split, joined or rolled."""
    yield from sorted(pairs.new_of.items())
    for overlap in overlaps:
        partner = pairs.new_of.get(overlap.old)
        if partner == overlap.new:
            continue
        if partner is None or overlap.new not in pairs.old_of or abs(partner - overlap.new) == 1:
            yield overlap.old, overlap.new

"""What is selected in the timeline, and how the selection moves.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from v2m_bridge.core.snapshot import ShownCue, ShownScene, Snapshot

Lane = Literal["cue", "scene"]


@dataclass(frozen=True, slots=True)
class Selection:
    """A cue and a scene, empty where there is none; arrow keys move in `lane`."""

    cue: str = ""
    scene: str = ""
    lane: Lane = "cue"


def find_cue(snapshot: Snapshot, number: str) -> ShownCue | None:
    """Return the cue with this number, or None."""
    return next((cue for cue in snapshot.cues if cue.number == number), None)


def find_scene(snapshot: Snapshot, scene_id: str) -> ShownScene | None:
    """Return the scene with this id, or None."""
    return next((scene for scene in snapshot.scenes if scene.id == scene_id), None)


def cue_selected(selection: Selection, snapshot: Snapshot, number: str) -> Selection:
    """Select a cue; the scene stays where the cue sounds in it, else the cue's first one is taken."""
    cue, scene = find_cue(snapshot, number), find_scene(snapshot, selection.scene)
    if cue is None:
        return selection
    if scene is None or not _meet(cue, scene):
        scene = next((each for each in snapshot.scenes if _meet(cue, each)), scene)
    return Selection(number, scene.id if scene else "", "cue")


def scene_selected(selection: Selection, snapshot: Snapshot, scene_id: str) -> Selection:
    """Select a scene, and the cue that sounds in it; without one the cue stays."""
    scene, cue = find_scene(snapshot, scene_id), find_cue(snapshot, selection.cue)
    if scene is None:
        return selection
    if cue is None or not _meet(cue, scene):
        cue = next((each for each in snapshot.cues if _meet(each, scene)), cue)
    return Selection(cue.number if cue else "", scene_id, "scene")


def kept(selection: Selection, snapshot: Snapshot) -> Selection:
    """Return the selection as far as what it names still exists; the first cue and scene stand in for what is gone."""
    cue = find_cue(snapshot, selection.cue) or next(iter(snapshot.cues), None)
    scene = find_scene(snapshot, selection.scene) or next(iter(snapshot.scenes), None)
    return Selection(cue.number if cue else "", scene.id if scene else "", selection.lane)


def stepped(selection: Selection, snapshot: Snapshot, step: int) -> Selection:
    """Move by `step` cues or scenes in the selection's lane; the ends hold."""
    if selection.lane == "cue":
        numbers = [cue.number for cue in snapshot.cues]
        return cue_selected(selection, snapshot, _neighbour(numbers, selection.cue, step))
    ids = [scene.id for scene in snapshot.scenes]
    return scene_selected(selection, snapshot, _neighbour(ids, selection.scene, step))


def _neighbour(names: list[str], name: str, step: int) -> str:
    if name not in names:
        return names[0] if names else ""
    return names[min(len(names) - 1, max(0, names.index(name) + step))]


def _meet(cue: ShownCue, scene: ShownScene) -> bool:
    return cue.start_s < scene.end_s and scene.start_s < cue.end_s

"""From a timeline and wishes to a score: vision, spotting, model and arrange, one after the other.

`compose_seen` is pure.  `see` is the only step here that reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.splice import splice
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import NO_CHORD, Chord, chord_of_id, parse_chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, Score, ScoredMarker
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.errors import MediaError
from v2m_bridge.model.compose import compose_chords, predict_dynamics
from v2m_bridge.model.weights import Weights, load_weights
from v2m_bridge.scoring import cue_music, scored_scene
from v2m_bridge.spotting.cues import cues_of
from v2m_bridge.spotting.plan import plan_cues
from v2m_bridge.spotting.scenes import scene_affect
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.cuts import split
from v2m_bridge.vision.emotion import EmotionBackend

Progress = Callable[[str, int, int], None]


def _silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What vision found: features by media identity, what could not be seen and why."""

    media: Mapping[str, MediumFeatures]
    backend: str
    warnings: tuple[str, ...]


def see(
    edit: Timeline | PlainVideo,
    backend: EmotionBackend,
    *,
    cache_dir: Path | None = None,
    progress: Progress = _silent,
) -> tuple[Timeline, Seen]:
    """Look at every medium of an edit once, and split a plain video into its scenes.

    Raises
    ------
    MediaError
        When nothing of the edit can be seen.
    """
    if isinstance(edit, PlainVideo):
        medium = analyse(
            Path(edit.media.path or edit.source_path), backend=backend, cache_dir=cache_dir, progress=progress
        )
        return split(edit, medium), Seen({edit.media.identity: medium}, backend.name, ())
    found: dict[str, MediumFeatures] = {}
    warnings: list[str] = []
    sources = {scene.media.identity: scene.media for scene in edit.scenes if scene.media}
    for medium_ref in sources.values():
        if medium_ref.path is None:
            warnings.append(f"{medium_ref.name} is offline; its scenes are interpolated from their neighbours")
            continue
        try:
            found[medium_ref.identity] = analyse(
                Path(medium_ref.path), backend=backend, cache_dir=cache_dir, progress=progress
            )
        except MediaError as exc:
            warnings.append(f"{exc}; its scenes are interpolated from their neighbours")
    if sources and not found:
        names = ", ".join(sorted(ref.name for ref in sources.values())[:3])
        raise MediaError(
            f"no picture of {edit.name or 'the edit'} can be seen: {names} missing or not readable",
            hint="Put the media beside the edit or point --media at the folder that holds them.",
        )
    return edit, Seen(found, backend.name, tuple(warnings))


def without_strangers(direction: Direction, timeline: Timeline) -> Direction:
    """Leave out wishes for scenes and cues that an edit does not have (any more), so that the rest can be followed."""
    scene_ids = {scene.id for scene in timeline.scenes}
    known = replace(direction, scenes={key: value for key, value in direction.scenes.items() if key in scene_ids})
    numbers = {cue.number for cue in cues_of(timeline, known)}
    return replace(known, cues={key: value for key, value in direction.cues.items() if key in numbers})


def compose_seen(
    timeline: Timeline,
    direction: Direction,
    kept: Score | None,
    *,
    seen: Seen,
    weights: Weights,
    progress: Progress = _silent,
) -> Score:
    """Compose every cue of a timeline.  Pure: the same values give the same score.

    Where `kept` holds music for a cue whose cue-wide inputs are the same, only the bars of the slots whose scene-local
    inputs differ are composed again, with one seam bar on each side.
    """
    plans = plan_cues(timeline, direction, seen.media)
    cues = []
    for index, plan in enumerate(plans):
        progress("Composing", index, len(plans))
        earlier = kept.cue_of(plan.cue.number) if kept else None
        cues.append(_compose_cue(plan, earlier, weights))
    progress("Composing", len(plans), len(plans))
    return Score(
        source=timeline.source_path,
        name=timeline.name,
        rate=str(timeline.rate),
        start_frame=timeline.start.frame,
        drop_frame=timeline.drop_frame,
        n_frames=timeline.end.frame,
        revision=timeline.revision,
        weights=weights.name_and_digest,
        vision=seen.backend,
        scenes=tuple(
            scored_scene(timeline, index, affect)
            for index, affect in enumerate(scene_affect(timeline, direction, seen.media))
        ),
        cues=tuple(cues),
        markers=tuple(ScoredMarker(m.at.frame, m.name, m.colour) for m in timeline.markers),
    )


def compose(
    timeline: Timeline | PlainVideo,
    direction: Direction | None = None,
    kept: Score | None = None,
    *,
    vision: str = "auto",
    weights: Path | None = None,
    cache_dir: Path | None = None,
    progress: Progress = _silent,
) -> Score:
    """Look at a timeline's media and compose it.

    Parameters
    ----------
    timeline : Timeline or PlainVideo
        What `v2m_bridge.read_timeline` returned.
    direction : Direction, optional
        Wishes for all cues, for some, and for scenes.
    kept : Score, optional
        Earlier music that stays wherever its inputs are the same.
    vision : str
        ``auto``, ``compact`` or ``clip[:NAME]``.
    weights : Path, optional
        A chord model; None takes the one that comes with v2m_bridge.
    cache_dir : Path, optional
        Where features of media are kept; None looks at them anew.
    progress : callable
        Receives (label, done, total).

    Raises
    ------
    V2MError
        With a hint that says what to do next.
    """
    loaded = load_weights(weights)
    edit, seen = see(timeline, choose_backend(vision), cache_dir=cache_dir, progress=progress)
    return compose_seen(edit, direction or Direction(), kept, seen=seen, weights=loaded, progress=progress)


def _compose_cue(plan: CuePlan, kept: CueMusic | None, weights: Weights) -> CueMusic:
    inputs = f"{plan.cue_key}.{weights.name_and_digest}"
    if kept is None or kept.inputs != inputs or len(kept.slots) != len(plan.slots):
        ids = _composed_ids(weights, plan)
        chords = _sounding(plan, ids)
        dynamics = predict_dynamics(weights, plan, ids)
        return cue_music(plan, inputs, ids, chords, dynamics, arrange(plan, chords, dynamics))
    windows = _changed_windows(plan, kept)
    ids = np.array([slot.symbol_id for slot in kept.slots], dtype=np.int64)
    chords = tuple(parse_chord(slot.chord) for slot in kept.slots)
    dynamics = _kept_dynamics(kept)
    parts = kept.parts
    if windows:
        free = np.array([any(a <= slot.onset_tick < b for a, b in windows) for slot in plan.slots])
        ids = _composed_ids(weights, plan, forced=np.where(free, -1, ids))
        again = _sounding(plan, ids)
        chords = tuple(new if is_free else old for new, old, is_free in zip(again, chords, free, strict=True))
        fresh = predict_dynamics(weights, plan, ids)
        dynamics = Dynamics(
            np.where(free, fresh.density_notes_per_s, dynamics.density_notes_per_s),
            np.where(free, fresh.loudness_rms, dynamics.loudness_rms),
        )
        parts = splice(parts, arrange(plan, chords, dynamics), windows)
    return cue_music(plan, inputs, ids, chords, dynamics, parts)


def _changed_windows(plan: CuePlan, kept: CueMusic) -> tuple[tuple[int, int], ...]:
    """Return ticks [start, end) of the bars to compose again, merged where they touch."""
    changed = [i for i, (key, slot) in enumerate(zip(plan.scene_keys, kept.slots, strict=True)) if key != slot.key]
    merged: list[tuple[int, int]] = []
    for index in changed:
        start, end = plan.bar_window(index, index)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _composed_ids(weights: Weights, plan: CuePlan, forced: I64 | None = None) -> I64:
    """Choose the chords; the one that the cue comes to rest on is held through the ending, so that it can ring."""
    close_at = ending_of(plan).first_slot
    ids = compose_chords(weights, plan, forced=forced, close_at=close_at)
    return np.concatenate([ids[:close_at], np.full(len(ids) - close_at, ids[close_at], dtype=np.int64)])


def _sounding(plan: CuePlan, ids: I64) -> tuple[Chord, ...]:
    """Chords in the key of the cue; a primer's own bass notes are kept."""
    primer = plan.wishes.primer or ()
    shift = plan.key.semitones_from_model
    chords = []
    for index, symbol_id in enumerate(ids.tolist()):
        chord = Chord(None) if symbol_id == NO_CHORD else chord_of_id(symbol_id).transposed(shift)
        if index < len(primer) and primer[index].symbol_id == chord.symbol_id:
            chord = primer[index]
        chords.append(chord)
    return tuple(chords)


def _kept_dynamics(kept: CueMusic) -> Dynamics:
    return Dynamics(
        np.array([slot.density_notes_per_s for slot in kept.slots], dtype=np.float32),
        np.array([slot.loudness_rms for slot in kept.slots], dtype=np.float32),
    )

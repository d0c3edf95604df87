"""From an edit, what was seen in it and what the user wishes, to one plan for each cue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import GIVEN, CueDirection, Direction
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.plan import CuePlan, ModeTurn
from v2m_bridge.core.score import Score
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.errors import DirectionError, TimelineError
from v2m_bridge.spotting.affect import Pooled, pooled_affect, slot_affect, slot_sight, wish_shares
from v2m_bridge.spotting.digests import cue_digest, slot_digests
from v2m_bridge.spotting.earlier import Earlier, earlier_of, edit_of
from v2m_bridge.spotting.grid import owners_of, spans_of, struck_slots
from v2m_bridge.spotting.hits import Cut, cuts_of, hits_of
from v2m_bridge.spotting.key import choose_key
from v2m_bridge.spotting.mode_turn import relative_key, valence_step
from v2m_bridge.spotting.placing import placed_cues
from v2m_bridge.spotting.regrid import Grid, free_grid, given_grid
from v2m_bridge.spotting.resample import Picture, picture_of, slot_features
from v2m_bridge.spotting.rigid import locked_grid, rigid_cues
from v2m_bridge.spotting.scenes import scenes_of
from v2m_bridge.spotting.speech import speech_of, spoken_slots
from v2m_bridge.spotting.tempo_fit import plan_hits


def plan_cues(
    timeline: Timeline,
    direction: Direction,
    media: Mapping[str, MediumFeatures],
    kept: Score | None = None,
    picture: Picture | None = None,
) -> tuple[CuePlan, ...]:
    """Plan every cue of an edit.

    Parameters
    ----------
    timeline : Timeline
    direction : Direction
        An override of a scene changes nothing outside the slots of that scene, one of a cue nothing outside the cue.
    media : mapping of str to MediumFeatures
        What was seen, keyed by `Media.identity`.  A scene whose medium is absent is interpolated from its neighbours
        with confidence 0; a gap is black: no motion, neutral, confidence 0.
    kept : Score, optional
        Earlier music.  What is locked comes from it, and a cue whose edit has changed keeps its bars before the change.
    picture : Picture, optional
        What `picture_of` made of the timeline and the media, where it is known.

    Returns
    -------
    tuple of CuePlan
        In order of time.

    Raises
    ------
    TimelineError
        When cues overlap, share a number, lie outside the edit or are too short for one tick.
    DirectionError
        When a wish names a cue or a scene that is not there, or a hit outside the edit.
    """
    kept_edit = edit_of(kept, timeline)
    cues, remarks = placed_cues(timeline, direction, kept, kept_edit)
    _check_names("cue", direction.cues, [cue.number for cue in cues])
    _check_names("scene", direction.scenes, [scene.id for scene in timeline.scenes])
    picture = picture or picture_of(timeline, media)
    edit = _Edit(timeline, direction, picture, cuts_of(timeline, picture, scenes_of(timeline, picture, {})))
    plans = []
    for cue, said in rigid_cues(timeline, cues, direction, kept):
        earlier = earlier_of(kept, kept_edit, timeline, cue, direction.for_cue(cue.number), media)
        plan = _plan(edit, cue, earlier)
        plans.append(replace(plan, remarks=(*remarks, *said, *plan.remarks)))
        remarks = ()
    return tuple(plans)


class _Edit(NamedTuple):
    timeline: Timeline
    direction: Direction
    picture: Picture
    cuts: Sequence[Cut]


def _plan(edit: _Edit, cue: Cue, earlier: Earlier | None) -> CuePlan:
    timeline, picture, start_ns = edit.timeline, edit.picture, cue.start.ns
    wishes = edit.direction.for_cue(cue.number)
    pooled = pooled_affect(picture, cue, wishes.emotion)
    grid = _grid(edit, cue, wishes, pooled, earlier)
    tempo, slots, hits = grid.tempo, grid.slots, grid.hits
    if not slots:
        raise TimelineError(f"cue {cue.number} is too short for music", hint="Let it last a second or more.")
    key, turn = _key(edit, cue, wishes, pooled, grid, earlier)
    spans_ns = spans_of(slots, tempo, start_ns)
    owners = owners_of(spans_ns, picture.scene_edges_ns)
    scene_ids = tuple(timeline.scenes[owner].id for owner in owners)
    scene_wishes = [edit.direction.for_scene(scene_id) for scene_id in scene_ids]
    shares = wish_shares(owners, struck_slots(slots, hits))
    spoken = spoken_slots(speech_of(timeline), spans_ns.tolist())
    features, sight = slot_features(picture, spans_ns, owners), slot_sight(picture, spans_ns, owners)
    return CuePlan(
        cue=cue,
        wishes=wishes,
        key=key,
        pooled=pooled.felt,
        confidence=pooled.confidence,
        tempo=tempo,
        end_tick=grid.end_tick,
        slots=slots,
        scene_ids=scene_ids,
        features=features,
        affect=slot_affect(sight, pooled, scene_wishes, shares),
        hits=hits,
        scene_keys=slot_digests(features, sight, scene_wishes, shares, slots, hits, spoken),
        cue_key=cue_digest(cue.number, wishes, key, pooled.felt, pooled.confidence, tempo, slots, turn),
        turn=turn,
        stays_before_tick=grid.stays_before_tick,
        remarks=grid.remarks,
        is_tempo_given=_is_given(edit, cue, grid, earlier),
        spoken=spoken,
    )


def _is_given(edit: _Edit, cue: Cue, grid: Grid, earlier: Earlier | None) -> bool:
    """Whether the tempo map of a cue was given now, or earlier and stays."""
    if earlier is not None and earlier.music.tempo == grid.tempo:
        return earlier.music.fit == GIVEN
    return edit.direction.tempo_maps.get(cue.number) is not None


def _grid(edit: _Edit, cue: Cue, wishes: CueDirection, pooled: Pooled, earlier: Earlier | None) -> Grid:
    hits = hits_of(edit.timeline, cue, edit.cuts, edit.direction)
    if earlier is None or "tempo" not in (wishes.locks or ()):
        given = edit.direction.tempo_maps.get(cue.number)
        if given is not None:
            return given_grid(cue, wishes, hits, given)
        return free_grid(cue, wishes, hits, pooled.felt.arousal, earlier)
    asked = plan_hits(hits, earlier.music.tempo, cue.start.ns, cue.end.ns - cue.start.ns)
    return locked_grid(edit.timeline, cue, earlier, asked)


def _key(
    edit: _Edit, cue: Cue, wishes: CueDirection, pooled: Pooled, grid: Grid, earlier: Earlier | None
) -> tuple[Key, ModeTurn | None]:
    """Choose the key of a cue and where it turns; what the user says, what is locked and what stays come first."""
    if earlier is not None and {"harmony", "texture"} & {*(wishes.locks or ())}:
        return earlier.key, earlier.turn(grid.slots)
    stays = earlier if earlier is not None and _key_stays(earlier, grid) else None
    if stays is not None and (stays.changed_frame is None or stays.music.key_turns):
        turn = stays.turn(grid.slots)
        if turn is not None or stays.slots == grid.slots:
            return stays.key, turn
    primer = wishes.primer or ()
    feels = wishes.affect_strength != 0
    may_turn = wishes.key is None and wishes.emotion is None and not primer and feels
    first_slot = sum(slot.onset_tick < grid.stays_before_tick for slot in grid.slots)
    step = valence_step(edit.picture, cue, grid.slots, grid.tempo, grid.hits, first_slot) if may_turn else None
    valence = (pooled.felt.valence if step is None else step.before) if feels else 0.0
    key = wishes.key or choose_key(cue.number, seed=wishes.seed or 0, valence=valence, primer=primer)
    if stays is not None:
        key = stays.key
    if step is None or (key.mode == "major") != (step.before >= 0):
        return key, None
    why = f"the picture turns from a valence of {step.before:.2f} to one of {step.after:.2f}"
    return key, ModeTurn(step.slot, relative_key(key), why)


def _key_stays(earlier: Earlier, grid: Grid) -> bool:
    """Whether bars stay that are in the key of the earlier music."""
    return earlier.same_wishes and (earlier.changed_frame is None or grid.stays_before_tick > 0)


def _check_names(kind: str, named: Mapping[str, object], known: Sequence[str]) -> None:
    for name in sorted(set(named) - set(known)):
        shown = ", ".join(known[:8]) + (" ..." if len(known) > 8 else "")
        raise DirectionError(
            f"there is no {kind} {name!r} in this edit",
            hint=f"Its {kind}s are {shown}." if known else f"It has no {kind}s.",
        )

"""From an edit, what was seen in it and what the user wishes, to one plan for each cue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import DEFAULT_TEMPO_BPM, FITS, Direction
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import Meter
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.errors import DirectionError, TimelineError
from v2m_bridge.spotting.affect import pooled_affect, slot_affect, slot_sight
from v2m_bridge.spotting.cues import cues_of
from v2m_bridge.spotting.digests import cue_digest, slot_digests
from v2m_bridge.spotting.fit import fit_tempo
from v2m_bridge.spotting.grid import grid_of, owners_of, spans_of
from v2m_bridge.spotting.hits import Cut, cuts_of, hits_of
from v2m_bridge.spotting.key import choose_key
from v2m_bridge.spotting.resample import Picture, picture_of, slot_features
from v2m_bridge.spotting.scenes import scenes_of
from v2m_bridge.spotting.tempo_fit import plan_hits, suited_tempo


def plan_cues(timeline: Timeline, direction: Direction, media: Mapping[str, MediumFeatures]) -> tuple[CuePlan, ...]:
    """Plan every cue of an edit.

    Parameters
    ----------
    timeline : Timeline
    direction : Direction
        An override of a scene changes nothing outside the slots of that scene, one of a cue nothing outside the cue.
    media : mapping of str to MediumFeatures
        What was seen, keyed by `Media.identity`.  A scene whose medium is absent is interpolated from its neighbours
        with confidence 0; a gap is black: no motion, neutral, confidence 0.

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
    cues = cues_of(timeline, direction)
    _check_names("cue", direction.cues, [cue.number for cue in cues])
    _check_names("scene", direction.scenes, [scene.id for scene in timeline.scenes])
    picture = picture_of(timeline, media)
    cuts = cuts_of(timeline, picture, scenes_of(timeline, picture, {}))
    return tuple(_plan(timeline, direction, picture, cuts, cue) for cue in cues)


def _plan(timeline: Timeline, direction: Direction, picture: Picture, cuts: Sequence[Cut], cue: Cue) -> CuePlan:
    wishes = direction.for_cue(cue.number)
    pooled = pooled_affect(picture, cue, wishes.emotion)
    key = wishes.key or choose_key(
        cue.number, seed=wishes.seed or 0, valence=pooled.felt.valence, primer=wishes.primer or ()
    )
    start_ns, length_ns = cue.start.ns, cue.end.ns - cue.start.ns
    hits = hits_of(timeline, cue, cuts, direction)
    meter, tempo_bpm = wishes.meter or Meter(), wishes.tempo_bpm or DEFAULT_TEMPO_BPM
    suited = suited_tempo(tempo_bpm, pooled.felt.arousal)
    way = wishes.fit or FITS[0]
    tempo = fit_tempo(way, hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=suited).tempo
    end_tick, slots = grid_of(tempo, length_ns)
    if not slots:
        raise TimelineError(f"cue {cue.number} is too short for music", hint="Let it last a second or more.")
    spans_ns = spans_of(slots, tempo, start_ns)
    owners = owners_of(spans_ns, picture.scene_edges_ns)
    scene_ids = tuple(timeline.scenes[owner].id for owner in owners)
    scene_wishes = [direction.for_scene(scene_id) for scene_id in scene_ids]
    features, sight = slot_features(picture, spans_ns, owners), slot_sight(picture, spans_ns, owners)
    planned = plan_hits(hits, tempo, start_ns, length_ns)
    return CuePlan(
        cue=cue,
        wishes=wishes,
        key=key,
        pooled=pooled.felt,
        confidence=pooled.confidence,
        tempo=tempo,
        end_tick=end_tick,
        slots=slots,
        scene_ids=scene_ids,
        features=features,
        affect=slot_affect(sight, pooled, scene_wishes),
        hits=planned,
        scene_keys=slot_digests(features, sight, scene_wishes, slots, planned),
        cue_key=cue_digest(cue.number, wishes, key, pooled.felt, pooled.confidence, tempo, slots),
    )


def _check_names(kind: str, named: Mapping[str, object], known: Sequence[str]) -> None:
    for name in sorted(set(named) - set(known)):
        shown = ", ".join(known[:8]) + (" ..." if len(known) > 8 else "")
        raise DirectionError(
            f"there is no {kind} {name!r} in this edit",
            hint=f"Its {kind}s are {shown}." if known else f"It has no {kind}s.",
        )

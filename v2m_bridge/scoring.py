"""From what was planned and composed to the values of a score, with numbers rounded so that its bytes are stable."""

from __future__ import annotations

from collections.abc import Sequence

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import DEFAULT_TEMPO_BPM, ENDINGS, FITS, GIVEN
from v2m_bridge.core.direction_text import theme_words
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, KeyTurn, Part, ScoredHit, ScoredScene, ScoredSlot
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.spotting.scenes import SceneAffect


def cue_music(
    plan: CuePlan, inputs: str, ids: I64, chords: Sequence[Chord], dynamics: Dynamics, parts: tuple[Part, ...]
) -> CueMusic:
    """Return the music of one cue; `inputs` is the digest of all that shaped it cue-wide."""
    cue, wishes = plan.cue, plan.wishes
    flats = plan.key.uses_flats
    slots = tuple(
        ScoredSlot(
            onset_tick=slot.onset_tick,
            length_ticks=slot.length_ticks,
            bar=slot.bar,
            scene_id=plan.scene_ids[t],
            chord=chords[t].text(flats=flats),
            symbol_id=int(ids[t]),
            density_notes_per_s=_rounded(dynamics.density_notes_per_s[t]),
            loudness_rms=_rounded(dynamics.loudness_rms[t]),
            valence=_rounded(plan.affect.valence[t]),
            arousal=_rounded(plan.affect.arousal[t]),
            key=plan.scene_keys[t],
        )
        for t, slot in enumerate(plan.slots)
    )
    return CueMusic(
        number=cue.number,
        title=cue.title,
        brief=cue.brief,
        version=cue.version,
        kind=cue.kind,
        in_frame=cue.start.frame,
        out_frame=cue.end.frame,
        key=plan.key.text(),
        style=wishes.style or "",
        theme=theme_words(wishes),
        seed=wishes.seed or 0,
        emotion=plan.pooled.nearest_emotion(),
        valence=_rounded(plan.pooled.valence),
        arousal=_rounded(plan.pooled.arousal),
        confidence=_rounded(plan.confidence),
        tempo=plan.tempo,
        end_tick=plan.end_tick,
        slots=slots,
        hits=_scored_hits(plan),
        parts=parts,
        inputs=inputs,
        fit=GIVEN if plan.is_tempo_given else wishes.fit or FITS[0],
        ending=wishes.ending or ENDINGS[0],
        tempo_range_bpm=wishes.tempo_bpm or DEFAULT_TEMPO_BPM,
        key_turns=(KeyTurn(plan.turn.slot, plan.turn.key.text(), plan.turn.reason),) if plan.turn else (),
    )


def _scored_hits(plan: CuePlan) -> tuple[ScoredHit, ...]:
    return tuple(
        ScoredHit(
            frame=h.hit.at.frame,
            kind=h.hit.kind,
            need=h.hit.need,
            reason=h.hit.reason,
            tick=h.tick,
            off_frames=_rounded(h.off_frames),
            met=h.met,
            weight=_rounded(h.hit.weight),
        )
        for h in plan.hits
    )


def scored_scene(timeline: Timeline, index: int, affect: SceneAffect) -> ScoredScene:
    """Return a scene of the edit with what was seen in it."""
    scene = timeline.scenes[index]
    return ScoredScene(
        id=scene.id,
        name=scene.name,
        media=scene.media.name if scene.media else "",
        in_frame=scene.record_in.frame,
        out_frame=scene.record_out.frame,
        emotion=affect.word,
        emotions=tuple(_rounded(share) for share in affect.emotions),
        valence=_rounded(affect.valence),
        arousal=_rounded(affect.arousal),
        confidence=_rounded(affect.confidence),
        seen=affect.seen,
        source_in_s=str(scene.source_in_s),
        source_out_s=str(scene.source_s(scene.n_frames / scene.record_in.rate)),
    )


def _rounded(value: float) -> float:
    return round(float(value), 4)

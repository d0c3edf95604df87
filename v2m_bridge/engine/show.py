"""From the engine's state to the snapshot that panels show.  Pure."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from v2m_bridge.core.affect import emotion_text
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import theme_words
from v2m_bridge.core.harmonic_rhythm import rhythm_text
from v2m_bridge.core.harmony import parse_key, progression_text
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.snapshot import ShownChord, ShownCue, ShownScene


def shown_score(score: Score, direction: Direction, staged: frozenset[str]) -> dict[str, Any]:
    """Return what a snapshot shows of a score, by field; `staged` names cues whose music does not play yet."""
    return {
        "name": score.name,
        "rate": score.rate,
        "start_frame": score.start_frame,
        "drop_frame": score.drop_frame,
        "length_s": score.frame_time(score.n_frames).seconds,
        "scenes": shown_scenes(score, direction),
        "cues": shown_cues(score, direction, staged),
        "vision": score.vision,
    }


def shown_scenes(score: Score, direction: Direction) -> tuple[ShownScene, ...]:
    """Return the scenes of a score with what the user said of each."""
    shown = []
    for scene in score.scenes:
        wishes = direction.for_scene(scene.id)
        shown.append(
            ShownScene(
                id=scene.id,
                name=scene.name,
                start_s=score.frame_time(scene.in_frame).seconds,
                end_s=score.frame_time(scene.out_frame).seconds,
                emotion=scene.emotion,
                shares=scene.emotions,
                valence=scene.valence,
                arousal=scene.arousal,
                confidence=scene.confidence,
                seen=scene.seen,
                emotion_override="" if wishes.emotion is None else emotion_text(wishes.emotion),
                intensity=-1.0 if wishes.intensity is None else wishes.intensity,
                muted=wishes.mute,
            )
        )
    return tuple(shown)


def shown_cues(score: Score, direction: Direction, staged: frozenset[str]) -> tuple[ShownCue, ...]:
    """Return the cues of a score; `staged` names those whose music does not play yet."""
    return tuple(
        _shown_cue(score, cue, direction.cues.get(cue.number, CueDirection()), cue.number in staged)
        for cue in score.cues
    )


def _shown_cue(score: Score, cue: CueMusic, wishes: CueDirection, is_staged: bool) -> ShownCue:
    low_high = wishes.tempo_bpm
    return ShownCue(
        number=cue.number,
        title=cue.title,
        start_s=score.frame_time(cue.in_frame).seconds,
        end_s=score.frame_time(cue.out_frame).seconds,
        key=cue.key,
        bpm=cue.tempo.bpm_at(0),
        style=cue.style,
        emotion=cue.emotion,
        chords=_shown_chords(score, cue),
        hits_s=tuple(score.frame_time(hit.frame).seconds for hit in cue.hits if hit.met and hit.need == "must"),
        is_staged=is_staged,
        key_override=wishes.key.text() if wishes.key else "",
        primer=progression_text(wishes.primer, flats=parse_key(cue.key).uses_flats) if wishes.primer else "",
        emotion_override=emotion_text(wishes.emotion) if wishes.emotion is not None else "",
        style_override=wishes.style or "",
        tempo_override="-".join(f"{bpm:g}" for bpm in dict.fromkeys(low_high)) if low_high else "",
        entry_override=wishes.entry or "",
        ending_override=wishes.ending or "",
        rhythm_override=rhythm_text(wishes.rhythm) if wishes.rhythm else "",
        theme_override=theme_words(wishes),
        seed=cue.seed,
    )


def _shown_chords(score: Score, cue: CueMusic) -> tuple[ShownChord, ...]:
    start_ns = score.cue_start_ns(cue)
    shown = []
    for name, group in groupby(cue.slots, key=lambda slot: slot.chord):
        slots = list(group)
        at_ns = cue.tempo.ns_at(slots[0].onset_tick)
        end_ns = cue.tempo.ns_at(slots[-1].onset_tick + slots[-1].length_ticks)
        shown.append(ShownChord((start_ns + at_ns) / 1e9, (end_ns - at_ns) / 1e9, name, slots[0].scene_id))
    return tuple(shown)

"""From the engine's state to the snapshot that panels show.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from v2m_bridge.core.affect import emotion_text
from v2m_bridge.core.commands import HANDED_OVER
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import theme_words
from v2m_bridge.core.harmonic_rhythm import rhythm_text
from v2m_bridge.core.harmony import parse_key, progression_text
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.snapshot import ShownChord, ShownCue, ShownScene
from v2m_bridge.engine.session import Stood
from v2m_bridge.version_store import midi_name

_ALL_LIVE: Final[Mapping[str, Stood]] = MappingProxyType({})


def shown_score(
    score: Score,
    direction: Direction,
    staged: frozenset[str],
    stands: Mapping[str, Stood] = _ALL_LIVE,
    midi_dir: Path | None = None,
) -> dict[str, Any]:
    """Return what a snapshot shows of a score, by field.

    Parameters
    ----------
    score : Score
        As composed last.
    direction : Direction
        What the user wished.
    staged : frozenset of str
        Cues whose music does not play yet.
    stands : mapping of str to Stood
        Cues that are held or handed over.
    midi_dir : Path, optional
        Folder of the cues' MIDI files.
    """
    return {
        "name": score.name,
        "rate": score.rate,
        "start_frame": score.start_frame,
        "drop_frame": score.drop_frame,
        "length_s": score.frame_time(score.n_frames).seconds,
        "scenes": shown_scenes(score, direction),
        "cues": shown_cues(score, direction, staged, stands, midi_dir),
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


def shown_cues(
    score: Score,
    direction: Direction,
    staged: frozenset[str],
    stands: Mapping[str, Stood] = _ALL_LIVE,
    midi_dir: Path | None = None,
) -> tuple[ShownCue, ...]:
    """Return the cues of a score; the parameters are those of `shown_score`."""
    return tuple(
        msgspec.structs.replace(
            _shown_cue(score, cue, direction.cues.get(cue.number, CueDirection()), cue.number in staged),
            **_shown_stand(score, cue, stands.get(cue.number)),
            midi=_file_there(midi_dir, midi_name(cue)),
        )
        for cue in score.cues
    )


def _file_there(folder: Path | None, name: str) -> str:
    path = folder / name if folder else None
    return str(path) if path is not None and path.is_file() else ""


def _shown_stand(score: Score, cue: CueMusic, stood: Stood | None) -> dict[str, Any]:
    """Return how a cue stands, and where it is handed over, how far it has moved since."""
    if stood is None:
        return {}
    was = round(Fraction(stood.in_frame) * Fraction(score.rate) / Fraction(stood.rate))
    return {"stand": stood.stand, "moved_frames": cue.in_frame - was if stood.stand == HANDED_OVER else 0}


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

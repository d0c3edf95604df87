"""report.json: what was seen, what was composed and what could not be met, as plain JSON for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from v2m_bridge.core.score import CueMusic, Score


def report(score: Score, warnings: Sequence[str]) -> dict[str, Any]:
    """Return the report of a score.

    Parameters
    ----------
    score : Score
        What was composed.
    warnings : sequence of str
        Media that could not be seen and the like.

    Returns
    -------
    dict
        ``cues``, ``scenes``, ``hits_not_met``, ``vision``, ``weights`` and ``warnings``.
    """
    return {
        "report": 0,
        "source": score.source,
        "length_s": round(score.frame_time(score.n_frames).seconds, 4),
        "vision": score.vision,
        "weights": score.weights,
        "warnings": list(warnings),
        "cues": [_cue(score, cue) for cue in score.cues],
        "scenes": [
            {
                "id": scene.id,
                "name": scene.name,
                "media": scene.media,
                "in": score.label(scene.in_frame),
                "out": score.label(scene.out_frame),
                "emotion": scene.emotion,
                "valence": scene.valence,
                "arousal": scene.arousal,
                "confidence": scene.confidence,
                "seen": scene.seen,
            }
            for scene in score.scenes
        ],
    }


def _cue(score: Score, cue: CueMusic) -> dict[str, Any]:
    return {
        "number": cue.number,
        "title": cue.title,
        "in": score.label(cue.in_frame),
        "out": score.label(cue.out_frame),
        "key": cue.key,
        "style": cue.style,
        "seed": cue.seed,
        "bpm": round(cue.tempo.bpm_at(0), 4),
        "emotion": cue.emotion,
        "confidence": cue.confidence,
        "chords": [name for name, _ in groupby(slot.chord for slot in cue.slots)],
        "n_notes": {part.name: len(part.notes) for part in cue.parts},
        "hits_met": sum(hit.met for hit in cue.hits if hit.need != "skip"),
        "hits_not_met": [
            {
                "at": score.label(hit.frame),
                "need": hit.need,
                "off_frames": hit.off_frames,
                "reason": hit.reason,
            }
            for hit in cue.hits
            if not hit.met and hit.need != "skip"
        ],
    }

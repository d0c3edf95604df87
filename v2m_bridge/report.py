"""report.json: what was seen and heard, what was composed and what could not be met, for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from v2m_bridge.core.affect import felt_text
from v2m_bridge.core.fit_limits import spread_of
from v2m_bridge.core.heard import Heard
from v2m_bridge.core.hit_points import bar_and_beat, is_on_bar_line, limits_broken, n_met, why_missed
from v2m_bridge.core.score import CueMusic, Score, ScoredHit, ScoredScene
from v2m_bridge.core.slots import slots_of
from v2m_bridge.core.speech import Span
from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.tempo_list import CueTempi
from v2m_bridge.core.timebase import FrameTime, TempoMap

N_ALTERNATIVES: Final = 3
"""Other tempi that are named where a cue misses a must."""


def report(
    score: Score,
    warnings: Sequence[str],
    *,
    heard: Heard | None = None,
    tempi: Sequence[CueTempi] = (),
    took_s: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return the report of a score.

    Parameters
    ----------
    score : Score
        What was composed.
    warnings : sequence of str
        Media that could not be seen and the like.
    heard : Heard, optional
        The sound of the edit; without it nothing is known of it.
    tempi : sequence of CueTempi
        Other tempi for cues that miss a must.
    took_s : mapping of str to float, optional
        Seconds of work by what was done.  They differ from run to run, and nothing else of the report does.

    Returns
    -------
    dict
        See docs/spotting.md.
    """
    heard = heard or Heard()
    music = sum(cue.out_frame - cue.in_frame for cue in score.cues)
    tempi_of = {each.number: each for each in tempi}
    return {
        "report": 0,
        "source": score.source,
        "name": score.name,
        "rate": score.rate,
        "length_s": round(score.frame_time(score.n_frames).seconds, 4),
        "music_share": round(music / score.n_frames, 4) if score.n_frames else 0.0,
        "vision": score.vision,
        "weights": score.weights,
        "dynamics": score.dynamics,
        "warnings": list(warnings),
        "remarks": list(score.remarks),
        "took_s": {what: round(seconds, 3) for what, seconds in (took_s or {}).items()},
        "speech": None if heard.speech is None else [_span(score, span) for span in heard.speech.spans_s],
        "source_music": [_span(score, span) for span in heard.source_music],
        "temp_music": [_temp(score, each) for each in heard.temp_music],
        "cues": [_cue(score, cue, tempi_of.get(cue.number)) for cue in score.cues],
        "scenes": [_scene(score, scene) for scene in score.scenes],
    }


def _scene(score: Score, scene: ScoredScene) -> dict[str, Any]:
    return {
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


def _cue(score: Score, cue: CueMusic, tempi: CueTempi | None) -> dict[str, Any]:
    (musts_met, n_musts), (mays_met, n_mays) = n_met(cue, "must"), n_met(cue, "may")
    return {
        "number": cue.number,
        "title": cue.title,
        "in": score.label(cue.in_frame),
        "out": score.label(cue.out_frame),
        "key": cue.key,
        "key_turns": [asdict(turn) for turn in cue.key_turns],
        "style": cue.style,
        "seed": cue.seed,
        "emotion": cue.emotion,
        "reads": felt_text(cue.emotion, cue.confidence),
        "confidence": cue.confidence,
        **_tempo(cue),
        "chords": [name for name, _ in groupby(slot.chord for slot in cue.slots)],
        "n_notes": {part.name: len(part.notes) for part in cue.parts},
        "musts_met": musts_met,
        "musts_missed": n_musts - musts_met,
        "mays_met": mays_met,
        "mays_missed": n_mays - mays_met,
        "hits": [_hit(score, cue, hit) for hit in cue.hits],
        "other_tempi": [asdict(each) for each in tempi.others[:N_ALTERNATIVES]] if tempi else [],
        "next_way": asdict(tempi.next_way) if tempi and tempi.next_way else None,
        "offer": tempi.offer if tempi else "",
    }


def _tempo(cue: CueMusic) -> dict[str, Any]:
    tempo, meter = cue.tempo, cue.tempo.meters[0].meter
    us = [change.us_per_quarter for change in tempo.tempi]
    bars, spread = [slot.bar for slot in slots_of(tempo, cue.end_tick)], spread_of(us)
    return {
        "fit": cue.fit,
        "bpm": round(tempo.bpm_at(0), 4),
        "slowest_bpm": round(60_000_000 / max(us), 4),
        "fastest_bpm": round(60_000_000 / min(us), 4),
        "tempo_range_bpm": list(cue.tempo_range_bpm),
        "meter": f"{meter.beats}/{meter.unit}",
        "n_bars": bars[-1] + 1 if bars else 0,
        "n_irregular_bars": _n_irregular(tempo, cue.end_tick),
        "largest_step": round(spread.step, 4),
        "largest_drift": round(spread.drift, 4),
        "limits_broken": list(limits_broken(cue)),
    }


def _n_irregular(tempo: TempoMap, end_tick: int) -> int:
    """Return how many bars are of another meter than the first, a pickup among them."""
    first = tempo.meters[0].meter
    odd = sum(tempo.meter_at(line) != first for line in tempo.bar_lines(end_tick))
    return odd + (tempo.pickup_ticks > 0)


def _hit(score: Score, cue: CueMusic, hit: ScoredHit) -> dict[str, Any]:
    place = bar_and_beat(cue.tempo, hit.tick)
    return {
        "at": score.label(hit.frame),
        "frame": hit.frame,
        "kind": hit.kind,
        "need": hit.need,
        "weight": hit.weight,
        "reason": hit.reason,
        "bar": place.bar,
        "beat": place.beat,
        "on_bar_line": hit.met and is_on_bar_line(cue.tempo, hit.tick),
        "off_frames": hit.off_frames,
        "met": hit.met,
        "why_missed": why_missed(score, cue, hit),
    }


def _span(score: Score, span: Span) -> dict[str, Any]:
    return {"in": _label(score, span[0]), "out": _label(score, span[1])}


def _temp(score: Score, temp: TempMusic) -> dict[str, Any]:
    return {
        "name": temp.name,
        **_span(score, (temp.start_s, temp.end_s)),
        "bpm": temp.bpm,
        "key": temp.key.text() if temp.key else None,
        "confidence": temp.confidence,
    }


def _label(score: Score, at_s: Fraction) -> str:
    return score.label(FrameTime.nearest(at_s, Fraction(score.rate)).frame)

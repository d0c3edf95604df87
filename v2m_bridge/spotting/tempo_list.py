"""The ranked list of tempi for a cue that is composed already: what a find-tempo tool shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import Final

from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.direction import DEFAULT_TEMPO_BPM, FITS
from v2m_bridge.core.hit_points import n_met
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.tempo_list import SAME_TEMPO, CueTempi, NextWay, RankedTempo
from v2m_bridge.core.timebase import MeterChange, TempoChange, TempoMap
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.fit import fit_tempo
from v2m_bridge.spotting.tempo_fit import TempoCandidate, plan_hits, rank_tempi, suited_tempo

N_BEST: Final = 12
_SEARCHED: Final = 5_000
"""More than are ever ranked: the tempo that meets most musts may be one of those that suit least."""


def find_tempi(
    score: Score, number: str | None = None, tempo_bpm: tuple[float, float] | None = None, n_best: int = N_BEST
) -> tuple[CueTempi, ...]:
    """Rank constant tempi for one cue of a score, or for all.

    Parameters
    ----------
    score : Score
    number : str, optional
        Of the cue.
    tempo_bpm : (float, float), optional
        Lowest and highest; without it the range that the cue's tempo was chosen from, or the usual one where that
        leaves no choice.
    n_best : int
        Tempi for each cue.

    Raises
    ------
    DirectionError
        When the score has no cue of that number.
    """
    cues = [cue for cue in score.cues if number is None or cue.number == number]
    if not cues:
        numbers = ", ".join(cue.number for cue in score.cues)
        hint = f"Its cues are {numbers}." if numbers else "It has no cues."
        raise DirectionError(f"there is no cue {str(number)[:40]!r} in this score", hint=hint)
    return tuple(tempi_of(score, cue, tempo_bpm, n_best) for cue in cues)


def tempi_of(
    score: Score, cue: CueMusic, tempo_bpm: tuple[float, float] | None = None, n_best: int = N_BEST
) -> CueTempi:
    """Rank constant tempi for a cue, and say what the next way of fitting would give where a must is missed.

    Of tempi within 0.4 % of each other only the best is listed, the cue's own in place of all near it.
    """
    low, high = cue.tempo_range_bpm
    searched = tempo_bpm or ((low, high) if high > low else DEFAULT_TEMPO_BPM)
    hits, start_ns, length_ns = _hits(score, cue), score.cue_start_ns(cue), _length_ns(score, cue)
    meter, suited = cue.tempo.meters[0].meter, suited_tempo(searched, cue.arousal)
    found = rank_tempi(
        hits, searched, meter, length_ns, start_ns=start_ns, preferred_bpm=suited, n_best=max(_SEARCHED, n_best)
    )
    ranked = []
    for candidate in _distinct(_by_musts(hits, found))[:n_best]:
        tempo = TempoMap((TempoChange(0, candidate.us_per_quarter),), (MeterChange(0, meter),))
        planned = plan_hits(hits, tempo, start_ns, length_ns)
        met = [each.hit.need for each in planned if each.met]
        musts = [each.off_frames for each in planned if each.hit.need is Need.MUST]
        all_off = [each.off_frames for each in planned if each.hit.need is not Need.SKIP]
        ranked.append(
            RankedTempo(
                bpm=round(candidate.bpm, 4),
                n_musts_met=met.count(Need.MUST),
                n_mays_met=met.count(Need.MAY),
                n_near=candidate.n_near,
                worst_must_frames=max(musts, key=abs, default=0.0),
                worst_frames=max(all_off, key=abs, default=0.0),
            )
        )
    (musts_met, n_musts), (mays_met, n_mays) = n_met(cue, "must"), n_met(cue, "may")
    return CueTempi(
        number=cue.number,
        fit=cue.fit,
        bpm=round(cue.tempo.bpm_at(0), 4),
        tempo_bpm=searched,
        n_musts=n_musts,
        n_mays=n_mays,
        n_musts_met=musts_met,
        n_mays_met=mays_met,
        ranked=tuple(ranked),
        next_way=_next_way(score, cue, hits) if musts_met < n_musts else None,
    )


def _next_way(score: Score, cue: CueMusic, hits: Sequence[Hit]) -> NextWay | None:
    """Fit the cue in the next freer way; None where it is fitted in the freest, or in none of ours."""
    if cue.fit not in FITS[:-1]:
        return None
    way = FITS[FITS.index(cue.fit) + 1]
    fit = fit_tempo(
        way,
        hits,
        cue.tempo_range_bpm,
        cue.tempo.meters[0].meter,
        _length_ns(score, cue),
        start_ns=score.cue_start_ns(cue),
        preferred_bpm=suited_tempo(cue.tempo_range_bpm, cue.arousal),
    )
    return NextWay(
        way=way,
        n_musts_met=sum(each.met for each in fit.hits if each.hit.need is Need.MUST),
        n_irregular_bars=fit.n_irregular_bars,
        largest_step=fit.largest_step,
        slowest_bpm=fit.slowest_bpm,
        fastest_bpm=fit.fastest_bpm,
    )


def _hits(score: Score, cue: CueMusic) -> tuple[Hit, ...]:
    return tuple(
        Hit(score.frame_time(hit.frame), HitKind(hit.kind), Need(hit.need), hit.weight, hit.reason) for hit in cue.hits
    )


def _length_ns(score: Score, cue: CueMusic) -> int:
    return score.frame_time(cue.out_frame).ns - score.cue_start_ns(cue)


def _by_musts(hits: Sequence[Hit], found: Sequence[TempoCandidate]) -> list[TempoCandidate]:
    """Put the tempi that meet most musts first, and keep the order of equals."""
    musts = [index for index, hit in enumerate(hits) if hit.need is Need.MUST]
    return sorted(found, key=lambda each: -sum(each.met[index] for index in musts))


def _distinct(found: Sequence[TempoCandidate]) -> list[TempoCandidate]:
    kept: list[TempoCandidate] = []
    for candidate in found:
        if all(abs(log2(candidate.us_per_quarter / other.us_per_quarter)) >= SAME_TEMPO for other in kept):
            kept.append(candidate)
    return kept

"""A score that begins some bars before the first frame of the edit."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.song_map import cues_in_order
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, US_PER_MINUTE, FrameTime, TempoMap, parse_timecode

_TEMPO_WITHOUT_CUE: Final = TempoMap.constant(120)


def with_pre_roll(score: Score, n_bars: int) -> Score:
    """Move everything later by `n_bars` bars at least, so that the first cue begins whole bars of its tempo after zero.

    The start timecode is as much earlier, so that every frame keeps its label; before 00:00:00:00 lies the day before.
    """
    if not n_bars:
        return score
    first = min((cue.in_frame for cue in score.cues), default=0)
    bars_before = math.ceil(score.frame_time(first).exact_s / _bar_s(score))
    n = frames_of_bars(score, n_bars + bars_before) - first
    start = score.start_frame - n
    if start < 0:
        start += _frames_of_day(score)
    return replace(
        score,
        start_frame=start,
        n_frames=score.n_frames + n,
        cues=tuple(_later(cue, n) for cue in score.cues),
        scenes=tuple(replace(s, in_frame=s.in_frame + n, out_frame=s.out_frame + n) for s in score.scenes),
        markers=tuple(replace(marker, frame=marker.frame + n) for marker in score.markers),
    )


def frames_of_bars(score: Score, n_bars: int) -> int:
    """Return how many frames bars of the first cue's tempo and meter last, to the nearest."""
    return FrameTime.nearest(n_bars * _bar_s(score), Fraction(score.rate)).frame


def _bar_s(score: Score) -> Fraction:
    order = cues_in_order(score)
    tempo = score.cues[order[0]].tempo if order else _TEMPO_WITHOUT_CUE
    quarters = Fraction(tempo.meters[0].meter.ticks_per_bar, TICKS_PER_QUARTER)
    return quarters * tempo.tempi[0].us_per_quarter * 60 / US_PER_MINUTE


def _later(cue: CueMusic, n: int) -> CueMusic:
    return replace(
        cue,
        in_frame=cue.in_frame + n,
        out_frame=cue.out_frame + n,
        hits=tuple(replace(hit, frame=hit.frame + n) for hit in cue.hits),
    )


def _frames_of_day(score: Score) -> int:
    return parse_timecode(f"24:00:00{';' if score.drop_frame else ':'}00", Fraction(score.rate)).frame

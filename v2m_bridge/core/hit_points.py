"""Hits in the words of a composer: on which bar and beat they fall, and why a beat does not reach them."""

from __future__ import annotations

from typing import NamedTuple

from v2m_bridge.core.direction import GIVEN
from v2m_bridge.core.fit_limits import broken_limits, spread_of
from v2m_bridge.core.miss_reasons import FittedCue
from v2m_bridge.core.score import CueMusic, Score, ScoredHit
from v2m_bridge.core.timebase import TempoMap


class BarBeat(NamedTuple):
    """A place in the bars of a cue, both counted from 1; a pickup is bar 0."""

    bar: int
    beat: int

    def __str__(self) -> str:
        return f"{self.bar}.{self.beat}"


def bar_and_beat(tempo: TempoMap, tick: int) -> BarBeat:
    """Return the bar and the beat that a tick lies in."""
    lines = list(tempo.bar_lines(tick + 1))
    meter = tempo.meter_at(tick)
    if not lines:  # in the pickup, which ends its bar
        missing = meter.ticks_per_bar - tempo.pickup_ticks
        return BarBeat(0, (missing + tick) // meter.ticks_per_beat + 1)
    return BarBeat(len(lines), (tick - lines[-1]) // meter.ticks_per_beat + 1)


def is_on_bar_line(tempo: TempoMap, tick: int) -> bool:
    """Whether a bar begins at a tick."""
    return tick in set(tempo.bar_lines(tick + 1))


def why_missed(score: Score, cue: CueMusic, hit: ScoredHit) -> str:
    """Say why no beat meets a hit; empty where one does, and where the user wants none to."""
    if hit.met or hit.need == "skip":
        return ""
    met = sorted({each.frame for each in cue.hits if each.met and each.need == "must"})
    fitted = FittedCue(
        way=cue.fit,
        bpm=cue.tempo.bpm_at(0),
        meter=cue.tempo.meters[0].meter,
        start_ns=score.cue_start_ns(cue),
        met_ns=tuple(score.frame_time(frame).ns for frame in met),
        frame_ns=score.frame_time(1).ns,
    )
    return fitted.why_missed(score.frame_time(hit.frame).ns, hit.off_frames)


def limits_broken(cue: CueMusic) -> tuple[str, ...]:
    """Say by how much the tempi of a cue break the limits of the way `musical`; nothing where they hold."""
    spread = spread_of([change.us_per_quarter for change in cue.tempo.tempi])
    return broken_limits(spread, cue.tempo.bpm_at(0), None if cue.fit == GIVEN else cue.tempo_range_bpm)


def n_met(cue: CueMusic, need: str) -> tuple[int, int]:
    """Return how many hits of a need are met, and how many there are."""
    hits = [hit for hit in cue.hits if hit.need == need]
    return sum(hit.met for hit in hits), len(hits)


def has_missed_must(cue: CueMusic) -> bool:
    """Whether a must of the cue is not met."""
    return any(hit.need == "must" and not hit.met for hit in cue.hits)

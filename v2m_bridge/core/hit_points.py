"""Hits in the words of a composer: on which bar and beat they fall, and why a beat does not reach them."""

from __future__ import annotations

from typing import Final, NamedTuple

from v2m_bridge.core.score import CueMusic, ScoredHit
from v2m_bridge.core.timebase import TempoMap

_WHY: Final = {
    "constant": "one tempo serves the other hits better",
    "musical": "small tempo steps between bars do not reach it",
    "exact": "no bar line can be put there",
}


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


def why_missed(cue: CueMusic, hit: ScoredHit) -> str:
    """Say why no beat meets a hit; empty where one does, and where the user wants none to."""
    if hit.met or hit.need == "skip":
        return ""
    side = "late" if hit.off_frames > 0 else "early"
    why = _WHY.get(cue.fit)
    return f"the nearest beat is {abs(hit.off_frames):.1f} frames {side}" + (f": {why}" if why else "")


def n_met(cue: CueMusic, need: str) -> tuple[int, int]:
    """Return how many hits of a need are met, and how many there are."""
    hits = [hit for hit in cue.hits if hit.need == need]
    return sum(hit.met for hit in hits), len(hits)


def has_missed_must(cue: CueMusic) -> bool:
    """Whether a must of the cue is not met."""
    return any(hit.need == "must" and not hit.met for hit in cue.hits)

"""The click: every beat of every cue, and two bars of count-in before it where there is silence for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.song_map import COUNT_IN_BARS, SongMap, cues_in_order


class Click(NamedTuple):
    """A beat, at a tick of the file."""

    tick: int
    is_downbeat: bool


def clicks(score: Score, song: SongMap) -> list[Click]:
    """Return the clicks of a whole score in order of time."""
    found: list[Click] = []
    free_from = 0
    for index in cues_in_order(score):
        cue = score.cues[index]
        count_in = (Click(song.bases[index] + tick, is_downbeat) for tick, is_downbeat in _count_in(cue))
        found = [click for click in found if click.tick < song.bases[index]]
        found += [click for click in count_in if click.tick >= free_from]
        found += [Click(song.tick(index, tick), is_downbeat) for tick, is_downbeat in _beats(cue)]
        free_from = song.tick(index, cue.end_tick)
    return found


def _count_in(cue: CueMusic) -> Iterator[tuple[int, bool]]:
    """Yield the beats before tick 0, counted back from the first downbeat."""
    meter = cue.tempo.meters[0].meter
    for beat in range(-COUNT_IN_BARS * meter.beats, 0):
        tick = cue.tempo.pickup_ticks + beat * meter.ticks_per_beat
        if tick < 0:
            yield tick, beat % meter.beats == 0


def _beats(cue: CueMusic) -> Iterator[tuple[int, bool]]:
    """Yield the beats inside a cue; those of a pickup are counted back from the first downbeat."""
    meter = cue.tempo.meters[0].meter
    for beat in range(-(cue.tempo.pickup_ticks // meter.ticks_per_beat), 0):
        yield cue.tempo.pickup_ticks + beat * meter.ticks_per_beat, False
    lines = [int(line) for line in cue.tempo.bar_lines(cue.end_tick)]
    for line, after in pairwise([*lines, cue.end_tick]):
        for tick in range(line, after, cue.tempo.meter_at(line).ticks_per_beat):
            yield tick, tick == line

"""Temp music in words: a tempo range and hits that the user may take, never notes."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Timeline

_RANGE: Final = 0.015
"""Share of a tempo by which the range that is offered goes beyond it on both sides."""


def tempo_range(music: TempMusic) -> tuple[int, int] | None:
    """Return whole bpm around the tempo of temp music; None where it has none."""
    if music.bpm is None:
        return None
    reach = max(1.0, _RANGE * music.bpm)
    return round(music.bpm - reach), round(music.bpm + reach)


def hits_of(timeline: Timeline, music: TempMusic) -> tuple[FrameTime, ...]:
    """Return frames worth hitting: where temp music begins, its first downbeat where that is another, and its end."""
    moments = (music.start_s, music.first_downbeat_s, music.end_s)
    frames = {FrameTime.nearest(at_s, timeline.rate).frame for at_s in moments if at_s is not None}
    return tuple(timeline.frame(frame) for frame in sorted(frames))


def offers_of(timeline: Timeline, temp: Iterable[TempMusic]) -> tuple[str, ...]:
    """Return a sentence for each clip of temp music: where it plays, what was heard, and options that follow it."""
    return tuple(_offer(timeline, music) for music in temp)


def _offer(timeline: Timeline, music: TempMusic) -> str:
    first, last = _label(timeline, music.start_s), _label(timeline, music.end_s)
    told = [f"temp music {music.name!r} plays from {first} to {last}"]
    options = []
    if (around := tempo_range(music)) is not None:
        told.append(f"runs at {music.bpm:.1f} bpm")
        options.append(f"--follow-temp (or --tempo {around[0]}-{around[1]} to stay near it)")
    if music.first_downbeat_s is not None:
        told.append(f"has its first downbeat at {_label(timeline, music.first_downbeat_s)}")
    if music.key is not None:
        told.append(f"is in {music.key.text()}")
        options.append(f'--key "{music.key.text()}"')
    if not options:
        return f"{_joined(told)}; no tempo and no key were heard"
    return f"{_joined(told)}; to follow it use {' '.join(options)}"


def _joined(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"


def _label(timeline: Timeline, at_s: Fraction) -> str:
    return timecode(timeline.start + FrameTime.nearest(at_s, timeline.rate), drop_frame=timeline.drop_frame)

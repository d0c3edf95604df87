"""Stretches of an edit in which one medium simply goes on, over the cuts between scenes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timeline import Media, Scene, Timeline

_SAME_FRAMES: Final = Fraction(1, 8)
"""Source positions this near to each other are one: formats round them differently."""


@dataclass(frozen=True, slots=True)
class MediaRun:
    """Frames `start` to `end` of the edit, shown from `source_in_s` of a medium on at its own speed."""

    media: Media
    start: int
    end: int
    source_in_s: Fraction


def media_runs(timeline: Timeline) -> tuple[MediaRun, ...]:
    """Return the runs of an edit in order; gaps and scenes with a retime belong to none."""
    runs: list[MediaRun] = []
    for scene in timeline.scenes:
        if scene.media is None or _is_retimed(scene):
            continue
        if runs and _goes_on(runs[-1], scene, timeline.rate):
            runs[-1] = replace(runs[-1], end=scene.record_out.frame)
        else:
            runs.append(MediaRun(scene.media, scene.record_in.frame, scene.record_out.frame, scene.source_in_s))
    return tuple(runs)


def _is_retimed(scene: Scene) -> bool:
    return any(point.source_s != point.record_s for point in scene.retime)


def _goes_on(run: MediaRun, scene: Scene, rate: Fraction) -> bool:
    due_s = run.source_in_s + Fraction(run.end - run.start) / rate
    is_near = abs(scene.source_in_s - due_s) * rate <= _SAME_FRAMES
    return run.end == scene.record_in.frame and run.media == scene.media and is_near

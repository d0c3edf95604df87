"""Scenes of two revisions of an edit, measured with one clock so that they can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from v2m_bridge.core.timeline import Scene, Timeline

_SAME_FRAMES: Final = 0.25
"""Source positions this many frames apart are one: formats round them differently."""
_OTHER_RATE_FRAMES: Final = 1.01
"""The same between edits counted at different rates, in frames of the lower one: cuts were snapped to other frames."""
_BEND: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Shot:
    """What a scene shows, in seconds of the old edit's clock; `bends` are the changes of speed inside it."""

    index: int
    media: str
    """Identity of the medium; empty for black and titles."""
    name: str
    record_s: float
    length_s: float
    n_frames: int
    source_in_s: float
    source_out_s: float
    low_s: float
    high_s: float
    """The source that is seen lies between these."""
    bends: tuple[tuple[float, float], ...] = ()
    """Seconds after the first frame of the scene, and of its source."""

    @property
    def speed(self) -> float:
        """Seconds of source for each second, on average."""
        return (self.source_out_s - self.source_in_s) / self.length_s

    def source_s(self, record_s: float) -> float:
        """Return the source position `record_s` after the first frame, straight on beyond the ends."""
        points = ((0.0, 0.0), *self.bends, (self.length_s, self.source_out_s - self.source_in_s))
        a, b = next((pair for pair in pairwise(points) if record_s <= pair[1][0]), points[-2:])
        return self.source_in_s + a[1] + (record_s - a[0]) * (b[1] - a[1]) / (b[0] - a[0])


@dataclass(frozen=True, slots=True)
class Clock:
    """How frames and seconds of two edits compare."""

    old_rate: float
    scale: Fraction
    """New frames for each old one."""
    near_s: float
    """What differs by less than this is the same."""

    def is_same(self, a: Shot, b: Shot) -> bool:
        """Whether two shots show the same for the same time."""
        if a.media != b.media or (not a.media and a.name != b.name) or len(a.bends) != len(b.bends):
            return False
        if (a.n_frames != b.n_frames) if self.scale == 1 else abs(a.length_s - b.length_s) > self.near_s:
            return False
        if not a.media:
            return True
        pairs = ((a.source_in_s, b.source_in_s), (a.source_out_s, b.source_out_s))
        bends = ((x, y) for one, other in zip(a.bends, b.bends, strict=True) for x, y in zip(one, other, strict=True))
        return all(abs(x - y) <= self.near_s for x, y in (*pairs, *bends))

    def is_in_place(self, a: Shot, b: Shot, old: Timeline, new: Timeline) -> bool:
        """Whether two shots begin at the same time or, counted at different rates, at the same frame."""
        if old.scenes[a.index].record_in.frame == new.scenes[b.index].record_in.frame:
            return True
        return self.scale != 1 and abs(a.record_s - b.record_s) <= self.near_s

    def is_same_speed(self, a: Shot, b: Shot) -> bool:
        """Whether two shots that show some of the same source run at the same speed."""
        if self.offset_s(a, b) is not None:
            return True
        drift_s = abs(a.speed - b.speed) * min(a.length_s, b.length_s)
        return not a.bends and not b.bends and drift_s * self.old_rate < 1

    def offset_s(self, a: Shot, b: Shot) -> float | None:
        """Return how long after the first frame of `a` the first frame of `b` is, None where they differ in speed."""
        if not a.media and not b.media:
            return 0.0
        for offset_s in _offsets(a, b):
            if self._agree(a, b, offset_s):
                return offset_s
        return None

    def _agree(self, a: Shot, b: Shot, offset_s: float) -> bool:
        """Whether `b`, begun `offset_s` after `a`, shows what `a` shows wherever both are seen."""
        start, end = max(0.0, offset_s), min(a.length_s, offset_s + b.length_s)
        if end - start < 0.5 / self.old_rate:
            return False
        bends = [at for at, _ in a.bends] + [at + offset_s for at, _ in b.bends]
        times = (start, *(at for at in bends if start < at < end), end)
        near_s = max(self.near_s, 0.5 / self.old_rate)
        return all(abs(a.source_s(at) - b.source_s(at - offset_s)) <= near_s for at in times)


def _offsets(a: Shot, b: Shot) -> Iterator[float]:
    """Yield the offsets at which two shots may agree: by their source, their first frames, their last, their bends."""
    if not a.bends and not b.bends:
        if abs(a.speed) > _BEND:
            yield (b.source_in_s - a.source_in_s) / a.speed
        else:
            yield 0.0
        return
    yield 0.0
    yield a.length_s - b.length_s
    for at, _ in a.bends:
        yield from (at - other for other, _ in b.bends)
    slope = a.source_s(1e-3) - a.source_in_s
    if abs(slope) > _BEND:
        yield (b.source_in_s - a.source_in_s) / (slope * 1e3)


def measured(old: Timeline, new: Timeline) -> tuple[list[Shot], list[Shot], Clock]:
    """Measure the scenes of two revisions.

    Where the rates differ, sources are compared in seconds; unless more scenes agree when counted in frames, as after
    footage at 24 frames a second was declared to run at 23.976.

    Returns
    -------
    list of Shot, list of Shot, Clock
        Of the old edit, of the new one, and how to compare them.
    """
    if old.rate == new.rate:
        clock = Clock(float(old.rate), Fraction(1), _SAME_FRAMES / float(old.rate))
        return _shots(old, 1.0), _shots(new, 1.0), clock
    near_s = _OTHER_RATE_FRAMES / float(min(old.rate, new.rate))
    seconds = _agreeing(_shots(old, 1.0), _shots(new, 1.0), near_s)
    stretch = float(new.rate / old.rate)
    shots, stretched = _shots(old, 1.0), _shots(new, stretch)
    if _agreeing(shots, stretched, 1 / float(old.rate)) > seconds:
        return shots, stretched, Clock(float(old.rate), Fraction(1), _SAME_FRAMES / float(old.rate))
    return shots, _shots(new, 1.0), Clock(float(old.rate), new.rate / old.rate, near_s)


def _agreeing(old: Sequence[Shot], new: Sequence[Shot], near_s: float) -> int:
    """Return how many shots of two edits are alike."""

    def counted(shots: Sequence[Shot]) -> Counter[tuple[str, int, int]]:
        return Counter((s.media, round(s.source_in_s / near_s), round(s.length_s / near_s)) for s in shots if s.media)

    return (counted(old) & counted(new)).total()


def _shots(timeline: Timeline, stretch: float) -> list[Shot]:
    rate = float(timeline.rate) / stretch
    identities = {}
    shots = []
    for index, scene in enumerate(timeline.scenes):
        name = scene.media.name if scene.media else ""
        if name not in identities:
            identities[name] = scene.media.identity if scene.media else ""
        shots.append(_shot(index, scene, identities[name], rate, stretch))
    return shots


def _shot(index: int, scene: Scene, media: str, rate: float, stretch: float) -> Shot:
    n_frames = scene.record_out.frame - scene.record_in.frame
    length_s = n_frames / rate
    source_in_s = float(scene.source_in_s) * stretch if media else 0.0
    bends: list[tuple[float, float]] = []
    source_out_s = source_in_s + length_s
    if scene.retime:
        points = [(float(point.record_s) * stretch, float(point.source_s) * stretch) for point in scene.retime]
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
        bends = [
            point
            for point, before, after in zip(points[1:], slopes, slopes[1:], strict=False)
            if abs(after - before) > _BEND and point[0] < length_s - _BEND
        ]
        last = next((k for k, (at, _) in enumerate(points[1:-1]) if at >= length_s - _BEND), len(slopes) - 1)
        source_out_s = source_in_s + points[last][1] + (length_s - points[last][0]) * slopes[last]
    seen = (source_in_s, source_out_s, *(source_in_s + source_s for _, source_s in bends))
    return Shot(
        index=index,
        media=media,
        name=scene.name,
        record_s=scene.record_in.frame / rate,
        length_s=length_s,
        n_frames=n_frames,
        source_in_s=source_in_s,
        source_out_s=source_out_s,
        low_s=min(seen),
        high_s=max(seen),
        bends=tuple(bends),
    )

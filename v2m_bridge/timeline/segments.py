"""Stretches of picture or sound on a time axis: laid over each other, sped up, and cut into scenes.

Every time here is an exact `Fraction` of seconds.  Nothing knows any file format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene

BLACK: Final = "Black"
"""Name of a scene that shows nothing."""
MAX_SEGMENTS: Final = 50_000
"""More pieces than any edit opens to; nested sequences that are used again and again could open to billions."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start_s` to `end_s` a medium runs at `speed`, from `source_s` on."""

    start_s: Fraction
    end_s: Fraction
    name: str
    media: Media | None
    source_s: Fraction = Fraction(0)
    """Seconds from the start of the medium at `start_s`."""
    speed: Fraction = Fraction(1)
    opaque: bool = True
    """False for titles: they hide nothing below them."""
    enabled: bool = True
    role: str = ""
    retime: tuple[RetimePoint, ...] = ()
    """Where the speed varies: points from (0, 0) at `start_s` to `end_s`, which win over `speed`."""
    track: str = ""
    gain_db: float = 0.0

    def source_at(self, at_s: Fraction) -> Fraction:
        """Return the source position at `at_s`."""
        after_s, points = at_s - self.start_s, self.retime
        if not points:
            return self.source_s + (after_s if self.speed == 1 else self.speed * after_s)
        index = min(max(1, bisect_right(points, after_s, key=lambda point: point.record_s)), len(points) - 1)
        a, b = points[index - 1], points[index]
        slope = (b.source_s - a.source_s) / (b.record_s - a.record_s)
        return self.source_s + a.source_s + slope * (after_s - a.record_s)

    def part(self, start_s: Fraction, end_s: Fraction) -> Segment:
        """Return what lies between two times, which lie inside."""
        if (start_s, end_s) == (self.start_s, self.end_s):
            return self
        return stretched(self, start_s, end_s, start_s, Fraction(1))

    def moved(self, by_s: Fraction) -> Segment:
        """Return the same segment later by `by_s`."""
        return replace(self, start_s=self.start_s + by_s, end_s=self.end_s + by_s)


@dataclass(frozen=True, slots=True)
class Warp:
    """How the time inside an item runs as the item plays: `at_s + speed * t` over `length_s` seconds of playing.

    Played backwards, the same stretch of the inside begins with its last frame.
    """

    at_s: Fraction
    speed: Fraction
    length_s: Fraction

    def inside(self, start_s: Fraction, end_s: Fraction, frame_s: Fraction) -> tuple[Fraction, Fraction]:
        """Return the stretch of the inside that is needed for a stretch of playing."""
        if self.speed > 0:
            return self.at_s + self.speed * start_s, self.at_s + self.speed * end_s
        if self.speed < 0:
            last_s = self.at_s - self.speed * self.length_s
            return last_s + self.speed * end_s, last_s + self.speed * start_s
        return self.at_s, self.at_s + frame_s

    def played(self, inside: Sequence[Segment], start_s: Fraction, end_s: Fraction, frame_s: Fraction) -> list[Segment]:
        """Return segments of the inside as they play between `start_s` and `end_s`."""
        if self.speed == 1:
            return [segment.moved(-self.at_s) for segment in inside] if self.at_s else list(inside)
        if self.speed > 0:
            return [stretched(s, s.start_s, s.end_s, (s.start_s - self.at_s) / self.speed, self.speed) for s in inside]
        if self.speed < 0:
            last_s = self.at_s - self.speed * self.length_s
            return [
                stretched(s, s.start_s, s.end_s, (s.end_s - last_s) / self.speed, self.speed, self.speed * frame_s)
                for s in reversed(inside)
            ]
        return [
            held(segment, self.at_s, start_s, end_s)
            for segment in inside
            if segment.start_s <= self.at_s < segment.end_s
        ]


def stretched(
    segment: Segment,
    first_s: Fraction,
    last_s: Fraction,
    start_s: Fraction,
    speed: Fraction,
    shift_s: Fraction = Fraction(0),
) -> Segment:
    """Return the part from `first_s` to `last_s` of a segment as it plays from `start_s` on, at a speed that is not 0.

    Backwards the part begins at `last_s + shift_s`: a shift of a frame back shows the last frame first.
    """
    if speed == 1 and not segment.retime:
        end_s, source_s = start_s + (last_s - first_s), segment.source_at(first_s)
        return replace(segment, start_s=start_s, end_s=end_s, source_s=source_s)
    from_s, to_s = (first_s, last_s) if speed > 0 else (last_s + shift_s, first_s + shift_s)
    source_s = segment.source_at(from_s)
    points: tuple[RetimePoint, ...] = ()
    if segment.retime:
        bends_s = (segment.start_s + point.record_s for point in segment.retime)
        inner_s = [at_s for at_s in bends_s if min(from_s, to_s) < at_s < max(from_s, to_s)]
        passed_s = [from_s, *sorted(inner_s, reverse=speed < 0), to_s]
        points = tuple(RetimePoint((at - from_s) / speed, segment.source_at(at) - source_s) for at in passed_s)
    straight = points[1].source_s / points[1].record_s if len(points) == 2 else segment.speed * speed
    return replace(
        segment,
        start_s=start_s,
        end_s=start_s + (last_s - first_s) / abs(speed),
        source_s=source_s,
        speed=straight,
        retime=points if len(points) > 2 else (),
    )


def held(segment: Segment, at_s: Fraction, start_s: Fraction, end_s: Fraction) -> Segment:
    """Return one frame of a segment, standing still from `start_s` to `end_s`."""
    return replace(
        segment, start_s=start_s, end_s=end_s, source_s=segment.source_at(at_s), speed=Fraction(0), retime=()
    )


def lay_over(below: Sequence[Segment], above: Sequence[Segment]) -> list[Segment]:
    """Return what is seen of two layers, each in order and without overlaps, where the upper one hides the lower."""
    seen: list[Segment] = []
    hiding = list(above)
    first = 0
    for segment in below:
        start_s = segment.start_s
        while first < len(hiding) and hiding[first].end_s <= start_s:
            first += 1
        index = first
        while index < len(hiding) and hiding[index].start_s < segment.end_s:
            if hiding[index].start_s > start_s:
                seen.append(segment.part(start_s, hiding[index].start_s))
            start_s = max(start_s, hiding[index].end_s)
            index += 1
        if start_s < segment.end_s:
            seen.append(segment.part(start_s, segment.end_s))
    return sorted([*seen, *hiding], key=lambda segment: segment.start_s)


def top_of(layers: Iterable[Sequence[Segment]]) -> list[Segment]:
    """Return what is seen of layers, given from the lowest up; a title is seen only where there is no picture."""
    pictures: list[Segment] = []
    titles: list[Segment] = []
    for layer in layers:
        pictures = lay_over(pictures, [segment for segment in layer if segment.opaque])
        titles = lay_over(titles, [segment for segment in layer if not segment.opaque])
    return lay_over(titles, pictures)


def scenes_of(segments: Iterable[Segment], n_frames: int, rate: Fraction) -> tuple[Scene, ...]:
    """Snap segments to frames and fill the holes with black; the scenes tile ``[0, n_frames)`` and have no ids yet.

    A segment keeps its source start when its own start is snapped; one that becomes shorter than a frame is left out.
    """
    return tuple(_joined_black(_filled(segments, n_frames, rate)))


def _filled(segments: Iterable[Segment], n_frames: int, rate: Fraction) -> Iterator[Scene]:
    at = 0
    for segment in segments:
        start = max(at, FrameTime.nearest(segment.start_s, rate).frame)
        end = min(n_frames, FrameTime.nearest(segment.end_s, rate).frame)
        if start >= end:
            continue
        if start > at:
            yield _black(at, start, rate)
        yield _scene(segment, start, end, rate)
        at = end
    if at < n_frames:
        yield _black(at, n_frames, rate)


def _scene(segment: Segment, start: int, end: int, rate: Fraction) -> Scene:
    if segment.media is None:
        return replace(_black(start, end, rate), name=segment.name)
    length_s = (end - start) / rate
    source_end_s = segment.source_at(segment.start_s + length_s) - segment.source_s
    bends = [point for point in segment.retime if 0 < point.record_s < length_s]
    points = (RetimePoint(Fraction(0), Fraction(0)), *bends, RetimePoint(length_s, source_end_s))
    return Scene(
        id="",
        name=segment.name,
        record_in=FrameTime(start, rate),
        record_out=FrameTime(end, rate),
        media=segment.media,
        source_in_s=max(Fraction(0), segment.source_s),
        retime=points if segment.retime or segment.speed != 1 else (),
    )


def _black(start: int, end: int, rate: Fraction) -> Scene:
    return Scene(id="", name=BLACK, record_in=FrameTime(start, rate), record_out=FrameTime(end, rate))


def _joined_black(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """Make one scene of black scenes that follow each other."""
    held: Scene | None = None
    for scene in scenes:
        if held and (held.media, held.name) == (scene.media, scene.name) == (None, BLACK):
            held = replace(held, record_out=scene.record_out)
            continue
        if held:
            yield held
        held = scene
    if held:
        yield held

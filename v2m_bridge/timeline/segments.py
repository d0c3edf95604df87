"""Stretches of picture or sound on a time axis: laid over each other, sped up, and cut into scenes.

Every time here is an exact `Fraction` of seconds.  Nothing knows any file format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene

BLACK: Final = "Black"
"""Name of a scene that shows nothing."""


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

    def source_at(self, at_s: Fraction) -> Fraction:
        """Return the source position at `at_s`."""
        return self.source_s + self.speed * (at_s - self.start_s)

    def part(self, start_s: Fraction, end_s: Fraction) -> Segment:
        """Return what lies between two times, which lie inside."""
        return replace(self, start_s=start_s, end_s=end_s, source_s=self.source_at(start_s))

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
            return [
                replace(
                    segment,
                    start_s=(segment.start_s - self.at_s) / self.speed,
                    end_s=(segment.end_s - self.at_s) / self.speed,
                    speed=segment.speed * self.speed,
                )
                for segment in inside
            ]
        if self.speed < 0:
            last_s = self.at_s - self.speed * self.length_s
            return [
                replace(
                    segment,
                    start_s=(segment.end_s - last_s) / self.speed,
                    end_s=(segment.start_s - last_s) / self.speed,
                    source_s=segment.source_at(segment.end_s + self.speed * frame_s),
                    speed=segment.speed * self.speed,
                )
                for segment in reversed(inside)
            ]
        return [
            replace(segment, start_s=start_s, end_s=end_s, source_s=segment.source_at(self.at_s), speed=Fraction(0))
            for segment in inside
            if segment.start_s <= self.at_s < segment.end_s
        ]


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
    points = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, segment.speed * length_s))
    return Scene(
        id="",
        name=segment.name,
        record_in=FrameTime(start, rate),
        record_out=FrameTime(end, rate),
        media=segment.media,
        source_in_s=max(Fraction(0), segment.source_s),
        retime=() if segment.speed == 1 else points,
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

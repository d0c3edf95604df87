"""What is seen, heard and marked of a part of an edit, and which of the pictures is on top."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.clock import Clock
from v2m_bridge.timeline.segments import MAX_SEGMENTS, Segment, lay_over

Rank = tuple[int, ...]
"""Lanes from the spine outwards: () is the spine, (1,) lies above it, (1, -1) just below that."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker, in seconds of the timeline that holds it."""

    at_s: Fraction
    length_s: Fraction
    name: str
    comment: str
    colour: str


@dataclass(frozen=True, slots=True)
class Content:
    """Pictures in order without overlaps, sounds, and markers."""

    pictures: tuple[Segment, ...] = ()
    sounds: tuple[Segment, ...] = ()
    marks: tuple[Mark, ...] = ()

    def moved(self, by_s: Fraction) -> Content:
        """Return the same later by `by_s`."""
        return Content(
            tuple(picture.moved(by_s) for picture in self.pictures),
            tuple(sound.moved(by_s) for sound in self.sounds),
            tuple(replace(mark, at_s=mark.at_s + by_s) for mark in self.marks),
        )

    def named(self, name: str) -> Content:
        """Return the same with one name."""
        pictures, sounds = (tuple(replace(one, name=name) for one in group) for group in (self.pictures, self.sounds))
        return replace(self, pictures=pictures, sounds=sounds)

    def extent(self) -> tuple[Fraction, Fraction] | None:
        """Return where it begins and ends, None where there is nothing."""
        segments = (*self.pictures, *self.sounds)
        if not segments:
            return None
        return min(segment.start_s for segment in segments), max(segment.end_s for segment in segments)


@dataclass(frozen=True, slots=True)
class Laid:
    """What a sequence or multicam angle holds, in its own time, and where that begins and ends."""

    content: Content
    start_s: Fraction
    end_s: Fraction

    def used(self, low_s: Fraction, high_s: Fraction) -> Content:
        """Return what is met between two times; ones wholly before the start count from the start."""
        shift_s = self.start_s if high_s <= self.start_s else Fraction(0)
        low_s, high_s = low_s + shift_s, high_s + shift_s
        pictures = self.content.pictures
        first = bisect_right(pictures, low_s, key=lambda segment: segment.end_s)
        last = bisect_right(pictures, high_s, key=lambda segment: segment.start_s)
        used = Content(
            pictures[first:last],
            tuple(sound for sound in self.content.sounds if sound.end_s > low_s and sound.start_s < high_s),
            tuple(mark for mark in self.content.marks if low_s <= mark.at_s <= high_s),
        )
        return used.moved(-shift_s) if shift_s else used


@dataclass(slots=True)
class Pile:
    """Collects what lies on one timeline."""

    pictures: list[tuple[Rank, Segment]] = field(default_factory=list)
    sounds: list[Segment] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    end_s: Fraction = Fraction(0)
    """Where the last item of the spine ends."""

    def mark(self, marks: Iterable[Mark], clock: Clock, start_s: Fraction, end_s: Fraction) -> None:
        """Add markers of the inside of an item where they are met between two times."""
        for mark in marks:
            at_s = clock.when(mark.at_s, start_s, end_s)
            if at_s is not None:
                self.marks.append(replace(mark, at_s=at_s))

    def content(self) -> Content:
        """Return it with the topmost pictures."""
        return Content(tuple(topmost(self.pictures)), tuple(self.sounds), tuple(self.marks))


class Budget:
    """Counts the pieces that an edit opens to."""

    def __init__(self) -> None:
        self._left = MAX_SEGMENTS

    def spend(self, n_pieces: int) -> None:
        """Count pieces.

        Raises
        ------
        TimelineError
            When there are more than an edit can hold.
        """
        self._left -= n_pieces
        if self._left < 0:
            raise TimelineError(
                f"the edit opens to more than {MAX_SEGMENTS:,} pieces, which no edit does",
                hint="Export the timeline again; if it holds sequences within sequences, flatten them first.",
            )


def topmost(pictures: Iterable[tuple[Rank, Segment]]) -> list[Segment]:
    """Return what is seen of pictures: the highest rank, among equals the last; titles only where there is no picture.

    Returns
    -------
    list of Segment
        In order, without overlaps.
    """
    ranked = list(pictures)
    depth = max((len(rank) for rank, _ in ranked), default=0)
    ranked.sort(key=lambda one: one[0] + (0,) * (depth - len(one[0])))
    layers = [[segment for _, segment in ranked if segment.opaque is opaque] for opaque in (False, True)]
    titles, opaques = (list(_swept(layer)) for layer in layers)
    return lay_over(titles, opaques)


def _swept(layer: list[Segment]) -> Iterator[Segment]:
    """Yield what is seen of segments of which each hides those before it, in order of time."""
    coming = sorted(range(len(layer)), key=lambda index: layer[index].start_s)
    edges = sorted({at for segment in layer for at in (segment.start_s, segment.end_s)})
    showing: list[int] = []
    top, since_s, n_come = -1, Fraction(0), 0
    for at_s in edges:
        while n_come < len(coming) and layer[coming[n_come]].start_s <= at_s:
            heapq.heappush(showing, -coming[n_come])
            n_come += 1
        while showing and layer[-showing[0]].end_s <= at_s:
            heapq.heappop(showing)
        now = -showing[0] if showing else -1
        if now != top:
            if top >= 0:
                yield _cut(layer[top], since_s, at_s)
            top, since_s = now, at_s


def _cut(segment: Segment, start_s: Fraction, end_s: Fraction) -> Segment:
    if (start_s, end_s) == (segment.start_s, segment.end_s):
        return segment
    return segment.part(start_s, end_s)


def markers(marks: Iterable[Mark], start_s: Fraction, n_frames: int, rate: Fraction) -> tuple[Marker, ...]:
    """Return markers at frames of the edit in order, each once; lengths up to one frame are points.

    Parameters
    ----------
    marks : iterable of Mark
        In seconds of the sequence.
    start_s : Fraction
        Where the sequence begins.
    n_frames : int
        Length of the edit; what lies beyond is left out.
    rate : Fraction
        Frames per second of the edit.
    """
    found: dict[Marker, None] = {}
    for mark in marks:
        at, length = FrameTime.nearest(mark.at_s - start_s, rate), FrameTime.nearest(mark.length_s, rate).frame
        if 0 <= at.frame <= n_frames:
            found[Marker(at, mark.name, mark.comment, mark.colour, length if length > 1 else 0)] = None
    return tuple(sorted(found, key=lambda m: (m.at.frame, m.n_frames, m.name, m.comment, m.colour)))

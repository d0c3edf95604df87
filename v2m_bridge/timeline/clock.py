"""How the time inside an item of an edit runs as it plays: evenly, or in straight lines from knot to knot."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timeline import RetimePoint
from v2m_bridge.timeline.segments import Segment, held, stretched

_TICKS_PER_S: Final = 720_720_000
"""What times with wilder denominators are rounded to: every frame and sample rate of editors divides it."""
_FINEST: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Knot:
    """At `at_s` of the timeline around an item, its inside stands at `inside_s`."""

    at_s: Fraction
    inside_s: Fraction


@dataclass(frozen=True, slots=True)
class Piece:
    """From `start_s` to `end_s` the inside runs evenly from `inside_s` on."""

    start_s: Fraction
    end_s: Fraction
    inside_s: Fraction
    speed: Fraction

    @property
    def inside_end_s(self) -> Fraction:
        """Where the inside stands at the end."""
        if self.speed == 1:
            return self.inside_s + (self.end_s - self.start_s)
        return self.inside_s + self.speed * (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True)
class Clock:
    """A piecewise linear map from the timeline around an item to the time inside it.

    Before its first and after its last knot it runs on as it runs between the nearest two.
    """

    knots: tuple[Knot, ...]
    speed: Fraction = Fraction(1)
    """Where there is but one knot."""

    @classmethod
    def even(cls, at_s: Fraction, inside_s: Fraction, speed: Fraction) -> Clock:
        """Return the clock that stands at `inside_s` at `at_s` and runs at one speed."""
        return cls((Knot(at_s, inside_s),), speed)

    def pieces(self, start_s: Fraction, end_s: Fraction) -> Iterator[Piece]:
        """Yield the even pieces between two times."""
        if len(self.knots) == 1:
            knot, speed = self.knots[0], self.speed
            first_s = knot.inside_s if start_s == knot.at_s else tidy(knot.inside_s + speed * (start_s - knot.at_s))
            yield Piece(start_s, end_s, first_s, speed)
            return
        cuts_s = [knot.at_s for knot in self.knots[1:-1] if start_s < knot.at_s < end_s]
        for first_s, last_s in zip([start_s, *cuts_s], [*cuts_s, end_s], strict=True):
            index = bisect_right(self.knots, first_s, key=lambda knot: knot.at_s)
            index = min(max(1, index), len(self.knots) - 1)
            a, b = self.knots[index - 1 : index + 1]
            speed = (b.inside_s - a.inside_s) / (b.at_s - a.at_s)
            yield Piece(first_s, last_s, tidy(a.inside_s + speed * (first_s - a.at_s)), speed)

    def reach(self, start_s: Fraction, end_s: Fraction) -> tuple[Fraction, Fraction]:
        """Return the first and last time inside that are met between two times."""
        met_s = [at_s for piece in self.pieces(start_s, end_s) for at_s in (piece.inside_s, piece.inside_end_s)]
        return min(met_s), max(met_s)

    def when(self, inside_s: Fraction, start_s: Fraction, end_s: Fraction) -> Fraction | None:
        """Return when, between two times, the inside first stands at `inside_s`."""
        for piece in self.pieces(start_s, end_s):
            if piece.speed == 0:
                if piece.inside_s == inside_s:
                    return piece.start_s
                continue
            after_s = inside_s - piece.inside_s
            at_s = piece.start_s + (after_s if piece.speed == 1 else after_s / piece.speed)
            if piece.start_s <= at_s < piece.end_s:
                return at_s
        return None


def play(
    inside: Sequence[Segment], clock: Clock, start_s: Fraction, end_s: Fraction, frame_s: Fraction
) -> list[Segment]:
    """Return segments of the inside of an item as they play between two times.

    Parameters
    ----------
    inside : sequence of Segment
        Pictures in order and without overlaps, or one sound.
    clock : Clock
        How the inside runs.
    start_s, end_s : Fraction
        Window on the timeline around the item.
    frame_s : Fraction
        Length of a frame: what only runs backwards begins with the last frame of its range.

    Returns
    -------
    list of Segment
        One for each stretch in which a segment runs on, also where its speed changes on the way.
    """
    pieces = list(clock.pieces(start_s, end_s))
    backwards = all(piece.speed <= 0 for piece in pieces)
    slowest = max((piece.speed for piece in pieces if piece.speed < 0), default=Fraction(0))
    shift_s = slowest * frame_s if backwards else Fraction(0)
    played: list[Segment] = []
    before: int | None = None
    for piece in pieces:
        for index, segment in _of_piece(inside, piece, shift_s):
            if index == before and played[-1].end_s == segment.start_s:
                played[-1] = _joined(played[-1], segment)
            else:
                played.append(segment)
            before = index
    return played


def _of_piece(inside: Sequence[Segment], piece: Piece, shift_s: Fraction) -> Iterator[tuple[int, Segment]]:
    """Yield what plays in an even piece, each with its number among the inside."""
    low_s, high_s = sorted((piece.inside_s, piece.inside_end_s))
    first = bisect_right(inside, low_s, key=lambda segment: segment.end_s)
    if piece.speed == 0:
        if first < len(inside) and inside[first].start_s <= low_s:
            yield first, held(inside[first], low_s + shift_s, piece.start_s, piece.end_s)
        return
    last = bisect_left(inside, high_s, key=lambda segment: segment.start_s)
    for index in range(first, last) if piece.speed > 0 else range(last - 1, first - 1, -1):
        first_s, last_s = max(low_s, inside[index].start_s), min(high_s, inside[index].end_s)
        if first_s < last_s:
            after_s = (first_s if piece.speed > 0 else last_s) - piece.inside_s
            at_s = piece.start_s + (after_s if piece.speed == 1 else after_s / piece.speed)
            back_s = shift_s if piece.speed < 0 else Fraction(0)
            yield index, stretched(inside[index], first_s, last_s, at_s, piece.speed, back_s)


def _joined(a: Segment, b: Segment) -> Segment:
    """Return one segment of two stretches of the same, with the bends of both."""
    if a.media is None or not (a.retime or b.retime or a.speed != b.speed):
        return replace(a, end_s=b.end_s)
    after = [
        RetimePoint(b.start_s - a.start_s + point.record_s, b.source_s - a.source_s + point.source_s)
        for point in _points(b)[1:]
    ]
    return replace(a, end_s=b.end_s, retime=(*_points(a), *after))


def _points(segment: Segment) -> tuple[RetimePoint, ...]:
    length_s = segment.end_s - segment.start_s
    zero = Fraction(0)
    return segment.retime or (RetimePoint(zero, zero), RetimePoint(length_s, segment.speed * length_s))


def tidy(time_s: Fraction) -> Fraction:
    """Return a time whose denominator is one that editors use, so that sums of many stay small."""
    return time_s if time_s.denominator <= _FINEST else Fraction(round(time_s * _TICKS_PER_S), _TICKS_PER_S)

"""Which scene of an edit is which of its earlier revision: by medium, source range and order.

Shots that are the same pair up first, from the ends of the edit inwards, then where they are the only ones of their
kind, then beside others that are paired (P. Heckel, A technique for isolating differences between files, 1978), then
the nearest ones.  What is left pairs up with what shows most of the same source, black with black between the same
neighbours.  The time grows with the number of scenes, not with its square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Final

from v2m_bridge.core.shots import Clock, Shot

_MANY: Final = 4096
"""Of more pairs of equal shots than this, none is weighed against the others: they pair up in their order."""
_MOST_OVERLAPS: Final = 8
"""A shot is weighed against so many that begin before it, and after it, in the same source."""
_OVERLAP_STEPS_PER_FRAME: Final = 8
_LEAST_OVERLAP_FRAMES: Final = 0.5

Places = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A shot of the old edit and one of the new that show some of the same source."""

    old: int
    new: int
    rank: tuple[int, int, int, int, int]
    """The least pairs up first."""


@dataclass(slots=True)
class Pairs:
    """Pairs of scenes that were found so far."""

    n_old: int
    n_new: int
    new_of: dict[int, int] = field(default_factory=dict)
    old_of: dict[int, int] = field(default_factory=dict)

    def add(self, old: int, new: int) -> None:
        """Pair two scenes."""
        self.new_of[old] = new
        self.old_of[new] = old

    def may(self, old: int, new: int) -> bool:
        """Whether both exist and have no partner."""
        return 0 <= old < self.n_old and 0 <= new < self.n_new and old not in self.new_of and new not in self.old_of

    def are_beside(self, old: int, new: int) -> int:
        """Return how many of the neighbours before and after two scenes are a pair; the ends of the edits are, too."""
        before = (old == new == 0) or (old > 0 and self.new_of.get(old - 1) == new - 1)
        last = old == self.n_old - 1 and new == self.n_new - 1
        return before + (last or (old + 1 < self.n_old and self.new_of.get(old + 1) == new + 1))


def paired(old: Sequence[Shot], new: Sequence[Shot], clock: Clock) -> tuple[Pairs, tuple[Overlap, ...]]:
    """Pair the shots of two revisions.

    Returns
    -------
    Pairs
        Each shot with one partner at most.
    tuple of Overlap
        All that was weighed of shots that are not the same, the best first.
    """
    pairs = Pairs(len(old), len(new))

    def is_same(a: int, b: int) -> bool:
        return clock.is_same(old[a], new[b])

    _from_the_ends(pairs, is_same)
    alike = _alike(pairs, old, new, clock)
    for olds, news in alike:
        if len(olds) == len(news) == 1 and is_same(olds[0], news[0]):
            pairs.add(olds[0], news[0])
    _beside_pairs(pairs, is_same)
    expected = _expected(pairs)
    for olds, news in alike:
        _nearest(pairs, olds, news, expected, is_same)
    _beside_pairs(pairs, is_same)
    overlaps = _overlaps(pairs, old, new, clock)
    for overlap in overlaps:
        if pairs.may(overlap.old, overlap.new):
            pairs.add(overlap.old, overlap.new)
    for left in _left_by_medium(pairs, old, new):
        _in_order_of_source(pairs, *left, 1 / clock.old_rate)
    _beside_pairs(pairs, lambda a, b: not old[a].media and not new[b].media and old[a].name == new[b].name)
    return pairs, overlaps


def _from_the_ends(pairs: Pairs, is_same: Callable[[int, int], bool]) -> None:
    place = 0
    while pairs.may(place, place) and is_same(place, place):
        pairs.add(place, place)
        place += 1
    old, new = pairs.n_old - 1, pairs.n_new - 1
    while pairs.may(old, new) and is_same(old, new):
        pairs.add(old, new)
        old, new = old - 1, new - 1


def _alike(pairs: Pairs, old: Sequence[Shot], new: Sequence[Shot], clock: Clock) -> list[tuple[list[int], list[int]]]:
    """Return unpaired shots of the old and the new edit that are likely the same, grouped."""
    groups: dict[tuple[str, int, int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, shots, partners in ((0, old, pairs.new_of), (1, new, pairs.old_of)):
        for shot in shots:
            if shot.media and shot.index not in partners:
                groups[_key(shot, clock)][side].append(shot.index)
    return [group for group in groups.values() if group[0] and group[1]]


def _key(shot: Shot, clock: Clock) -> tuple[str, int, int, int]:
    step_s = max(clock.near_s, 1 / clock.old_rate)
    length = shot.n_frames if clock.scale == 1 else round(shot.length_s / step_s)
    return shot.media, round(shot.source_in_s / step_s), length, round(shot.source_out_s / step_s)


def _beside_pairs(pairs: Pairs, is_same: Callable[[int, int], bool]) -> None:
    """Pair what follows or precedes a pair; the ends of the edits count as one."""
    for step, first in ((1, -1), (-1, pairs.n_old)):
        places = range(pairs.n_old) if step > 0 else range(pairs.n_old - 1, -1, -1)
        for old in chain((first,), places):
            new = pairs.new_of.get(old, (-1 if step > 0 else pairs.n_new) if old == first else None)
            if new is not None and pairs.may(old + step, new + step) and is_same(old + step, new + step):
                pairs.add(old + step, new + step)


def _nearest(
    pairs: Pairs, olds: list[int], news: list[int], expected: Sequence[Places], is_same: Callable[[int, int], bool]
) -> None:
    """Pair equal shots with those nearest to where they are expected."""
    olds = [old for old in olds if old not in pairs.new_of]
    news = [new for new in news if new not in pairs.old_of]
    if len(olds) * len(news) > _MANY:
        found = list(zip(olds, news, strict=False))
    else:
        ranked = sorted((_distance(expected[old], new), old, new) for old in olds for new in news)
        found = [(old, new) for _, old, new in ranked]
    for old, new in found:
        if pairs.may(old, new) and is_same(old, new):
            pairs.add(old, new)


def _expected(pairs: Pairs) -> list[Places]:
    """Return where each scene would be if it still followed the last pair before it, or preceded the next after it."""
    before, after = [], []
    place = -1
    for old in range(pairs.n_old):
        place = pairs.new_of.get(old, place + 1)
        before.append(place)
    place = pairs.n_new
    for old in range(pairs.n_old - 1, -1, -1):
        place = pairs.new_of.get(old, place - 1)
        after.append(place)
    return list(zip(before, reversed(after), strict=True))


def _distance(expected: Places, new: int) -> int:
    return min(abs(new - place) for place in expected)


def _overlaps(pairs: Pairs, old: Sequence[Shot], new: Sequence[Shot], clock: Clock) -> tuple[Overlap, ...]:
    """Weigh unpaired shots that show some of the same source: most of it first, then beside pairs, then the nearest."""
    expected = _expected(pairs)
    frame_s = 1 / clock.old_rate
    found = []
    for olds, news in _left_by_medium(pairs, old, new):
        shelf = _Shelf(news, frame_s)
        for shot in olds:
            near = [new[place] for place in expected[shot.index] if pairs.may(shot.index, place)]
            for other in dict.fromkeys((*near, *shelf.near(shot, expected[shot.index][0]))):
                frames = _shared_s(shot, other, frame_s) / frame_s if other.media == shot.media else 0.0
                if frames >= _LEAST_OVERLAP_FRAMES:
                    beside = pairs.are_beside(shot.index, other.index)
                    steps = round(frames * _OVERLAP_STEPS_PER_FRAME)
                    rank = (-steps, -beside, _distance(expected[shot.index], other.index), shot.index, other.index)
                    found.append(Overlap(shot.index, other.index, rank))
    return tuple(sorted(found, key=lambda overlap: overlap.rank))


def _left_by_medium(pairs: Pairs, old: Sequence[Shot], new: Sequence[Shot]) -> list[tuple[list[Shot], list[Shot]]]:
    """Return the unpaired shots of the old and the new edit for each medium that both show."""
    by_media: dict[str, tuple[list[Shot], list[Shot]]] = defaultdict(lambda: ([], []))
    for side, shots, partners in ((0, old, pairs.new_of), (1, new, pairs.old_of)):
        for shot in shots:
            if shot.media and shot.index not in partners:
                by_media[shot.media][side].append(shot)
    return [group for group in by_media.values() if group[0] and group[1]]


def _in_order_of_source(pairs: Pairs, olds: list[Shot], news: list[Shot], frame_s: float) -> None:
    """Pair what is left of one medium, where so many shots show the same that not all could be weighed."""
    olds, news = (sorted(shots, key=lambda shot: (shot.low_s, shot.index)) for shots in (olds, news))
    a = b = 0
    while a < len(olds) and b < len(news):
        if _shared_s(olds[a], news[b], frame_s) / frame_s >= _LEAST_OVERLAP_FRAMES:
            pairs.add(olds[a].index, news[b].index)
            a, b = a + 1, b + 1
        elif olds[a].high_s < news[b].high_s:
            a += 1
        else:
            b += 1


def _shared_s(a: Shot, b: Shot, frame_s: float) -> float:
    """Return how much source both show; a frame that stands still is a frame long."""
    high_s = min(max(a.high_s, a.low_s + frame_s), max(b.high_s, b.low_s + frame_s))
    return high_s - max(a.low_s, b.low_s)


class _Shelf:
    """Shots of one medium in order of their source."""

    def __init__(self, shots: Sequence[Shot], frame_s: float) -> None:
        self._shots = sorted(shots, key=lambda shot: (shot.low_s, shot.index))
        self._lows = [(shot.low_s, shot.index) for shot in self._shots]
        self._tops = list(accumulate((shot.high_s for shot in self._shots), max))
        self._frame_s = frame_s

    def near(self, shot: Shot, expected: int) -> Iterator[Shot]:
        """Yield shots that may show some of the source of another, those that begin nearest to it first.

        Of those that begin on the same frame, those nearest to where it is expected.
        """
        place = bisect_left(self._lows, (shot.low_s, expected))
        high_s = shot.high_s + self._frame_s
        for k in range(place, min(place + _MOST_OVERLAPS, len(self._lows))):
            if self._lows[k][0] >= high_s:
                break
            yield self._shots[k]
        for k in range(place - 1, max(-1, place - 1 - _MOST_OVERLAPS), -1):
            if self._tops[k] + self._frame_s <= shot.low_s:
                break
            yield self._shots[k]

"""A cue list follows the picture: each cue covers in the new edit what it covered in the old one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from v2m_bridge.core.conform import Conformed, FrameRun
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.timebase import timecode

Span = tuple[int, int]
"""First frame and the frame after the last, in the new edit."""


def follow_cues(cues: Sequence[Cue], conformed: Conformed) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    """Move a cue list to where its frames stand now.

    A cue begins with its first frame and ends with its last, wherever they went.  An edge whose frame is gone goes to
    the nearest edge of what remains.  A cue whose scenes were put into another order, or that would run into another
    cue, keeps the longest part of it that is in one piece.  A cue of which nothing remains is left out.

    Parameters
    ----------
    cues : sequence of Cue
        At frames of the old edit, apart.
    conformed : Conformed
        What became of it.

    Returns
    -------
    tuple of Cue
        In order of time, apart, inside the new edit.
    tuple of str
        A sentence (without its full stop) for each cue that is left out, that lost an edge, or that was torn.
    """
    remains = _Remains(conformed)
    places = {cue.number: _Place(remains, *_old_span(cue, conformed)) for cue in cues}
    spans: dict[str, Span] = {}
    said: dict[str, str] = {}
    for number, place in places.items():
        if not place.own:
            said[number] = f"cue {number} is left out of the cue list: none of its frames is in the edit any more"
            continue
        span, gone = place.span()
        spans[number] = span if place.is_together(span) else place.longest_part()
        if spans[number] != span:
            said[number] = _torn(number)
        elif gone:
            said[number] = _edge_sentence(number, gone, span, conformed)
    for number in _colliding(spans):
        if (longest := places[number].longest_part()) != spans[number]:
            spans[number], said[number] = longest, _torn(number)
    placed = _placed(cues, spans, conformed)
    for number in spans.keys() - {cue.number for cue in placed}:
        said[number] = f"cue {number} is left out of the cue list: another cue covers what remains of it"
    return placed, tuple(said[cue.number] for cue in cues if cue.number in said)


def _placed(cues: Sequence[Cue], spans: dict[str, Span], conformed: Conformed) -> tuple[Cue, ...]:
    """Return the cues at their spans, in order; one that still lies over the one before it begins at its end."""
    by_number = {cue.number: cue for cue in cues}
    placed: list[Cue] = []
    reached = 0
    frame = conformed.timeline.frame
    for (start, end), number in sorted((span, number) for number, span in spans.items()):
        if max(start, reached) < end:
            placed.append(replace(by_number[number], start=frame(max(start, reached)), end=frame(end)))
            reached = end
    return tuple(placed)


def _colliding(spans: dict[str, Span]) -> list[str]:
    """Return the numbers of cues that lie over another one."""
    found: dict[str, None] = {}
    reached, holder = 0, ""
    for (start, end), number in sorted((span, number) for number, span in spans.items()):
        if start < reached:
            found |= {holder: None, number: None}
        if end > reached:
            reached, holder = end, number
    return list(found)


class _Remains:
    """What remains of the old edit, in both orders."""

    def __init__(self, conformed: Conformed) -> None:
        self.conformed = conformed
        self._firsts = [run.old_in for run in conformed.runs]
        self._placed = sorted(conformed.runs, key=lambda run: run.new_in)
        self._places = [run.new_in for run in self._placed]
        lengths = (run.new_out - run.new_in for run in self._placed)
        self._covered = list(accumulate(lengths, initial=0))

    def between(self, first: int, end: int) -> list[FrameRun]:
        """Return what remains of a stretch of the old edit, in its order."""
        runs = self.conformed.runs
        index = max(0, bisect_right(self._firsts, first) - 1)
        found = []
        while index < len(runs) and runs[index].old_in < end:
            if runs[index].old_out > first:
                found.append(_clipped(runs[index], first, end))
            index += 1
        return found

    def n_frames(self, span: Span) -> int:
        """Return how many frames of a stretch of the new edit the old one had."""
        return self._n_frames_before(span[1]) - self._n_frames_before(span[0])

    def neighbour(self, run: FrameRun, step: int) -> FrameRun | None:
        """Return what stands before (-1) or after (1) a run in the new edit."""
        place = bisect_right(self._places, run.new_in) - 1 + step
        return self._placed[place] if 0 <= place < len(self._placed) else None

    def longest(self, first: int, end: int) -> Span:
        """Return the longest stretch of the new edit that shows, of the old one, a stretch and nothing else."""
        longest, held = (0, 0, 0), (0, 0, 0)
        for run in self._placed:
            for edges in pairwise(
                (run.old_in, *(e for e in (first, end) if run.old_in < e < run.old_out), run.old_out)
            ):
                part = _clipped(run, *edges)
                if not first <= part.old_in < end:
                    held = (0, 0, 0)
                    continue
                held = (held[0] + part.n_frames, held[1] if held[0] else part.new_in, part.new_out)
                longest = max(longest, held, key=lambda each: each[0])
        return longest[1:]

    def _n_frames_before(self, frame: int) -> int:
        place = bisect_right(self._places, frame) - 1
        if place < 0:
            return 0
        run = self._placed[place]
        return self._covered[place] + min(frame, run.new_out) - run.new_in


@dataclass(frozen=True)
class _Place:
    """What became of the frames of one cue."""

    remains: _Remains
    first: int
    end: int

    @cached_property
    def own(self) -> list[FrameRun]:
        """What remains of the cue, in the old order."""
        return self.remains.between(self.first, self.end)

    def span(self) -> tuple[Span, tuple[str, ...]]:
        """Return where the edges went, and which of them lost their frames."""
        conformed = self.remains.conformed
        start, end = conformed.moved_frame(self.first), conformed.moved_end(self.end)
        gone = tuple(name for name, edge in (("begins", start), ("ends", end)) if edge is None)
        start = self._nearest_start() if start is None else start
        return (start, self._nearest_end() if end is None else end), gone

    def is_together(self, span: Span) -> bool:
        """Whether a span holds frames of the cue above all, as far as it holds frames of the old edit."""
        if span[0] >= span[1]:
            return False
        n_own = sum(max(0, min(run.new_out, span[1]) - max(run.new_in, span[0])) for run in self.own)
        return 2 * n_own >= self.remains.n_frames(span)

    def longest_part(self) -> Span:
        """Return the longest stretch that shows frames of the cue, and of the old edit no others."""
        return self.remains.longest(self.first, self.end)

    def _nearest_start(self) -> int:
        """Return the edge next to a first frame that is gone: that of its own scene, else the nearer one."""
        after = self.own[0]
        before = self.remains.neighbour(after, -1) or FrameRun(0, 0, 0)
        is_nearer = 0 <= self.first - before.old_out < after.old_in - self.first
        same_scene = after.old_in < _old_scene(self.first, self.remains.conformed)[1]
        return before.new_out if is_nearer and not same_scene else after.new_in

    def _nearest_end(self) -> int:
        conformed = self.remains.conformed
        before = self.own[-1]
        at_end = FrameRun(conformed.old_end, conformed.timeline.end.frame, 0)
        after = self.remains.neighbour(before, 1) or at_end
        is_nearer = 0 <= after.old_in - self.end < self.end - before.old_out
        same_scene = before.old_out > _old_scene(self.end - 1, conformed)[0]
        return after.new_in if is_nearer and not same_scene else before.new_out


def _clipped(run: FrameRun, first: int, end: int) -> FrameRun:
    """Return the part of a run that lies in a stretch of the old edit."""
    a, b = max(run.old_in, first), min(run.old_out, end)
    return run if (a, b) == (run.old_in, run.old_out) else FrameRun(a, run.moved(a), b - a, run.scale)


def _old_span(cue: Cue, conformed: Conformed) -> Span:
    return cue.start.at_rate(conformed.old_rate).frame, cue.end.at_rate(conformed.old_rate).frame


def _old_scene(frame: int, conformed: Conformed) -> Span:
    """Return the frames of the scene of the old edit that showed a frame; empty where that is not known."""
    for change in conformed.changes:
        if change.old_in is not None and change.old_out is not None and change.old_in <= frame < change.old_out:
            return change.old_in, change.old_out
    return frame, frame


def _torn(number: str) -> str:
    return f"cue {number} keeps its longest part: its scenes are not together any more"


def _edge_sentence(number: str, gone: tuple[str, ...], span: Span, conformed: Conformed) -> str:
    timeline = conformed.timeline
    labels = {
        name: timecode(timeline.start + timeline.frame(at), drop_frame=timeline.drop_frame)
        for name, at in zip(("begins", "ends"), span, strict=True)
    }
    moves = " and ".join(f"{name} at {labels[name]}" for name in gone)
    what = "frames of its edges are" if len(gone) == 2 else f"{'first' if gone == ('begins',) else 'last'} frame is"
    return f"cue {number} {moves}: its {what} not in the edit any more"

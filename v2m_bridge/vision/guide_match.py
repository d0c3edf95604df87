"""Whether the cuts of a guide movie are those of the edit, and by how many frames they are late."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.vision.guide_signal import GuideSignal

MOST_LATE_FRAMES: Final = 50
"""A guide that is further off than this is not late but another cut."""
_NEAR_FRAMES: Final = 50
_BLEND_FRAMES: Final = 14
_SAME_SHOT: Final = 6.0
_DOUBT_SHARE: Final = 0.02
_FEWEST_SEEN: Final = 0.3
_FEWEST_TO_DOUBT: Final = 3
_FEWEST_FOR_A_LAG: Final = 2
_FEWEST_OF_A_REST: Final = 3
_HIDDEN: Final = 2
"""Cuts of the guide that stand this near to one of the edit belong to it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The first frame of a scene."""

    frame: int
    index: int
    """Of the scene."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cut of the edit that the guide does not show, and the cut that it shows instead, in frames of the edit."""

    cut: Cut
    instead: int | None

    @property
    def first(self) -> int:
        """Frame of the earlier of the two."""
        return self.cut.frame if self.instead is None else min(self.cut.frame, self.instead)


@dataclass(frozen=True, slots=True)
class Rest:
    """By how many frames the cuts after a difference are late: `n_met` of `n_cuts` are."""

    late: int
    n_met: int
    n_cuts: int


@dataclass(frozen=True, slots=True)
class Match:
    """How a guide fits an edit when it is read `late` frames later than it was placed."""

    late: int
    n_seen: int
    n_cuts: int
    differences: tuple[Difference, ...]
    is_same_edit: bool
    rest: Rest | None = None
    """What comes after the first difference of another edit, where that is clear."""


def cuts_of(timeline: Timeline) -> tuple[Cut, ...]:
    """Return the cuts of an edit at which the picture changes: none where a shot only goes on."""
    pairs = enumerate(pairwise(timeline.scenes), start=1)
    return tuple(Cut(b.record_in.frame, index) for index, (a, b) in pairs if not _goes_on(a, b))


def compare(signal: GuideSignal, starts_at: int, timeline: Timeline, tolerance: int = 0) -> Match:
    """Find by how many frames a guide is late, and where it differs from the edit.

    Each cut of the edit is looked for in the guide at its own frame, so that a cut that no detector would report is
    still seen where it is expected.  The lag is the one at which most cuts are met.

    Parameters
    ----------
    signal : GuideSignal
        At the rate of the edit.
    starts_at : int
        Frame of the guide at which the first frame of the edit is expected.
    timeline : Timeline
    tolerance : int
        Frames that a cut may be off; above 0 where the guide has another rate.

    Returns
    -------
    Match
        The best one; of another edit the one that agrees for longest.
    """
    cuts = _Cuts(signal, starts_at, timeline, tolerance)
    lags = sorted(range(-MOST_LATE_FRAMES, MOST_LATE_FRAMES + 1), key=lambda lag: (-cuts.votes(lag), abs(lag), lag))
    best = cuts.match(lags[0])
    if best.late == 0 or (best.is_same_edit and cuts.votes(best.late) >= _FEWEST_FOR_A_LAG):
        return best
    placed = cuts.match(0)
    if placed.is_same_edit:
        return placed
    return max(best, placed, key=lambda match: match.differences[0].first if match.differences else 0)


def starts_by_cuts(signal: GuideSignal, timeline: Timeline, tolerance: int = 0) -> tuple[int, int, int] | None:
    """Find the edit in a guide by its cuts alone.

    Returns
    -------
    tuple of int or None
        Frame of the guide at which the edit begins, how many of the cuts it is known by, and how many there are; None
        where fewer than two or than half of them are met anywhere.
    """
    cuts = np.array([cut.frame for cut in cuts_of(timeline)], np.int64)
    found = np.flatnonzero(signal.cuts())
    if len(cuts) == 0 or len(found) == 0:
        return None
    apart = (found[None, :] - cuts[:, None]).ravel()
    starts, votes = np.unique(apart, return_counts=True)
    steep = {int(frame) for frame in found}
    # Of equal ones the one where the picture begins at a cut, after a leader, then the earliest.
    ranked = sorted(
        zip(starts.tolist(), votes.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0] not in steep, pair[0])
    )
    start, n_met = ranked[0]
    n_met = min(len(cuts), n_met if tolerance == 0 else sum(v for s, v in ranked if abs(s - start) <= tolerance))
    return (start, n_met, len(cuts)) if n_met >= max(min(2, len(cuts)), len(cuts) / 2) else None


class _Cuts:
    """The cuts of one edit in one guide, at any lag."""

    def __init__(self, signal: GuideSignal, starts_at: int, timeline: Timeline, tolerance: int) -> None:
        self._signal, self._starts_at, self._tolerance = signal, starts_at, tolerance
        self._steep, self._raised = _spread(signal.cuts(), tolerance), _spread(signal.raised(), tolerance)
        self._lasting: I64 = np.flatnonzero(signal.lasting_cuts()) - starts_at
        self._edges = [0, *(scene.record_out.frame for scene in timeline.scenes)]
        self._cuts = cuts_of(timeline)
        self._head = Cut(0, 0)
        self._has_head = bool(self._is_steep(0))

    def votes(self, lag: int) -> int:
        """How many cuts are met at a lag; the first picture after a leader counts as one."""
        return sum(self._is_steep(cut.frame + lag) for cut in (self._head, *self._cuts))

    def match(self, lag: int) -> Match:
        inside = [cut for cut in self._cuts if 0 <= cut.frame + lag + self._starts_at < len(self._signal)]
        differences = [found for cut in inside if (found := self._difference(cut, lag))]
        if lag and self._has_head and not self._is_steep(lag):  # the picture begins where it should
            differences.insert(0, Difference(self._head, None))
        n_seen = sum(self._is_steep(cut.frame + lag) for cut in inside)
        weight = sum(1.0 if _is_near(difference) else 0.5 for difference in differences)
        is_other = weight >= max(1.0, _DOUBT_SHARE * len(inside))
        if not is_other and n_seen < _FEWEST_SEEN * len(inside):
            unseen = [cut for cut in inside if self._is_one_shot(cut.frame + lag)]
            if len(unseen) >= max(_FEWEST_TO_DOUBT, len(inside) / 2):
                is_other, differences = True, differences or [Difference(unseen[0], None)]
        rest = None
        if is_other:
            rest, first = self._rest(differences, lag)
            differences = [first, *differences[1:]]
        return Match(lag, n_seen, len(inside), tuple(differences), not is_other, rest)

    def _rest(self, differences: list[Difference], lag: int) -> tuple[Rest | None, Difference]:
        """Find by how much the cuts from the first difference on are shifted, and the first one that is."""
        first = next((difference for difference in differences if difference.cut.index), differences[0])
        rest = [cut.frame + lag for cut in self._cuts if cut.frame >= first.cut.frame]
        found = np.flatnonzero(self._steep) - self._starts_at
        shifts, votes = np.unique((found[None, :] - np.array(rest)[:, None]).ravel(), return_counts=True)
        order = np.lexsort((np.abs(shifts), -votes))
        if len(order) == 0 or votes[order[0]] < max(_FEWEST_OF_A_REST, len(rest) / 2) or shifts[order[0]] == 0:
            return None, first
        shift = int(shifts[order[0]])
        for cut in self._cuts:
            at = cut.frame + lag
            if cut.frame <= first.cut.frame and not self._at(self._raised, at) and self._is_steep(at + shift):
                first = Difference(cut, cut.frame + shift)
                break
        return Rest(shift, int(votes[order[0]]), len(rest)), first

    def _difference(self, cut: Cut, lag: int) -> Difference | None:
        """Return what the guide shows instead of a cut that it surely does not show; None where there is no other."""
        at = cut.frame + lag
        if not self._is_missing(at):
            return None
        before, after = self._edges[cut.index - 1] + lag, self._edges[cut.index + 1] + lag
        others = self._lasting[(self._lasting > before + _HIDDEN) & (self._lasting < after - _HIDDEN)]
        if len(others) == 0:
            return None
        return Difference(cut, int(others[np.argmin(np.abs(others - at))]) - lag)

    def _is_missing(self, frame: int) -> bool:
        """Whether there is neither a cut nor a dissolve."""
        return not self._at(self._raised, frame) and (self._is_one_shot(frame) or self._is_cut_beside(frame))

    def _is_steep(self, frame: int) -> bool:
        return self._at(self._steep, frame)

    def _is_one_shot(self, frame: int) -> bool:
        """Whether the picture is nearly the same on both sides, so that neither a cut nor a dissolve is there."""
        pictures, at = self._signal.coarse, frame + self._starts_at
        a, b = max(0, at - _BLEND_FRAMES), min(len(pictures) - 1, at + _BLEND_FRAMES)
        return bool(np.abs(pictures[a].astype(np.float32) - pictures[b]).mean() < _SAME_SHOT)

    def _is_cut_beside(self, frame: int) -> bool:
        return bool((np.abs(self._lasting - frame) <= _BLEND_FRAMES).any())

    def _at(self, flags: Bool, frame: int) -> bool:
        number = frame + self._starts_at
        return bool(0 <= number < len(flags) and flags[number])


def _is_near(difference: Difference) -> bool:
    return difference.instead is None or abs(difference.instead - difference.cut.frame) <= _NEAR_FRAMES


def _spread(flags: Bool, by: int) -> Bool:
    """(N,) whether a flag is set within `by` frames."""
    if by == 0:
        return flags
    wide: Bool = np.convolve(flags, np.ones(2 * by + 1), mode="same") > 0
    return wide


def _goes_on(a: Scene, b: Scene) -> bool:
    """Whether no cut is seen between two scenes: black after black, or the same shot at its next frame."""
    if a.media is None or b.media is None:
        return a.media is b.media
    apart_s = b.source_in_s - a.source_s(a.n_frames / a.record_in.rate)
    return a.media.identity == b.media.identity and abs(apart_s) * a.record_in.rate < 1

"""How much each moment of an edit asks for music."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.speech import Span
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.spotting.affect import excitement_of_pieces
from v2m_bridge.spotting.resample import AROUSAL, CONFIDENCE, F64, VALENCE, Picture, means, rounded

LOOK_SHARE: Final = 0.4
"""Weight of the look of the picture, in standard deviations of the edit."""
SPEECH_SHARE: Final = -1.6
"""Weight of speech: words want to be heard."""
TEMP_SHARE: Final = 1.0
"""Weight of the editor's temp music."""
RISE_NS: Final = 8 * NS_PER_S
_AFFECT_OF_LOOK: Final = 0.55
_LEAST_SPREAD: Final = 0.08
"""A look that differs by less than this is taken for even."""
_MOST_SPREADS: Final = 2.0

AFFECT: Final = 0
EXCITEMENT: Final = 1
SPEECH: Final = 2
TEMP: Final = 3
WANT: Final = 4
"""Columns of `Want.rows`."""


@dataclass(frozen=True, slots=True, eq=False)
class Want:
    """N pieces of the edit, each constant, which tile it."""

    edges_ns: I64
    """(N + 1,)"""
    rows: F64
    """(N, 5) strength of affect 0..1, excitement 0..1, speech 0 or 1, temp music 0 or 1, and the want of all"""

    def up_to(self, at_ns: I64) -> F64:
        """(M,) the want from the start of the edit to each moment, in seconds."""
        summed = np.concatenate([[0.0], np.cumsum(self.rows[:, WANT] * np.diff(self.edges_ns) / NS_PER_S)])
        wanted: F64 = np.interp(at_ns, self.edges_ns, summed)
        return wanted

    def rise(self, at_ns: I64) -> F64:
        """(M,) by how much the want of the 8 s from each moment on is above that of the 8 s before, -1..1."""
        first, last = self.edges_ns[0], self.edges_ns[-1]
        begin, end = np.maximum(at_ns - RISE_NS, first), np.minimum(at_ns + RISE_NS, last)
        here, before_s, after_s = self.up_to(at_ns), (at_ns - begin) / NS_PER_S, (end - at_ns) / NS_PER_S
        before = (here - self.up_to(begin)) / np.maximum(before_s, 1e-9)
        after = (self.up_to(end) - here) / np.maximum(after_s, 1e-9)
        risen = np.where((before_s > 0) & (after_s > 0), after - before, 0.0)
        return rounded(np.clip(risen, -1, 1))

    def mean(self, start_ns: int, end_ns: int) -> F64:
        """(5,) the mean of each column over a stretch."""
        mean: F64 = means(self.edges_ns, self.rows, np.array([[start_ns, end_ns]], dtype=np.int64))[0]
        return mean

    @property
    def usual(self) -> F64:
        """(5,) the mean over the edit."""
        return self.mean(int(self.edges_ns[0]), int(self.edges_ns[-1]))


def want_of(picture: Picture, speech: Sequence[Span], temp: Sequence[Span]) -> Want:
    """Weigh each moment.

    The look is ``0.55 * affect + 0.45 * excitement``: affect is the distance of the 5 s mean of valence and arousal
    from the middle, times its confidence.  It counts as its distance from the edit's mean in standard deviations
    (two at most), so that an even edit is not divided by noise.  ``want = 0.4 * look - 1.6 * speech + temp``.

    Parameters
    ----------
    picture : Picture
    speech, temp : sequence of Span
        In order and apart.
    """
    ends = [int(at_s * NS_PER_S) for span in (*speech, *temp) for at_s in span]
    edges = np.unique(np.concatenate([picture.edges_ns, np.array(ends, dtype=np.int64)]))
    edges = edges[(edges >= picture.edges_ns[0]) & (edges <= picture.edges_ns[-1])]
    piece = np.searchsorted(picture.edges_ns, edges[:-1], side="right") - 1
    steady = picture.steady
    affect = np.minimum(1.0, np.hypot(steady[:, VALENCE], steady[:, AROUSAL])) * steady[:, CONFIDENCE]
    excited = excitement_of_pieces(picture)
    look = _AFFECT_OF_LOOK * affect + (1 - _AFFECT_OF_LOOK) * excited
    seconds = np.diff(picture.edges_ns) / NS_PER_S
    mean = np.average(look, weights=seconds)
    spread = max(_LEAST_SPREAD, float(np.sqrt(np.average((look - mean) ** 2, weights=seconds))))
    stands_out = np.clip((look - mean) / spread, -_MOST_SPREADS, _MOST_SPREADS)[piece]
    middle = (edges[:-1] + edges[1:]) / 2
    spoken, temped = _inside(middle, speech), _inside(middle, temp)
    want = LOOK_SHARE * stands_out + SPEECH_SHARE * spoken + TEMP_SHARE * temped
    return Want(edges, rounded(np.stack([affect[piece], excited[piece], spoken, temped, want], axis=1)))


def _inside(at_ns: F64, spans: Sequence[Span]) -> F64:
    inside = np.zeros(len(at_ns))
    for start_s, end_s in spans:
        inside[(at_ns >= float(start_s * NS_PER_S)) & (at_ns < float(end_s * NS_PER_S))] = 1
    return inside

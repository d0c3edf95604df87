"""Which seconds of a medium are looked at: whole blocks of its clock, so that what is known can grow."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.core.arrays import Bool

BLOCK_S: Final = 8
"""Readings are shared inside a block only, so a block reads the same whether what lies before it was seen or not."""
MARGIN_S: Final = 2
"""Looked at on both sides of what an edit shows, so that a small trim costs nothing."""
SEEK_COSTS_S: Final = 4
"""A seek decodes from a keyframe on: as much as this many seconds, by rule of thumb."""
MOST_SHARE: Final = Fraction(1, 3)
"""Of the medium: where ranges cost more, one pass from the start is quicker and serves every later edit."""

Range = tuple[Fraction, Fraction]


class Span(NamedTuple):
    """Whole seconds ``[first_s, stop_s)`` of a medium."""

    first_s: int
    stop_s: int


def n_blocks(n_seconds: int) -> int:
    """Return how many blocks a medium of so many rows has; the last may be a part of one."""
    return ceil(n_seconds / BLOCK_S)


def blocks_shown(ranges_s: Iterable[Range], n_seconds: int) -> Bool:
    """Return (B,) which blocks hold what is shown in ranges of source time, each in any order, and the margin.

    What lies before the start counts as the first second, what lies after the end as the last.
    """
    shown = np.zeros(n_blocks(n_seconds), bool)
    for ends in ranges_s:
        first, last = (min(max(floor(end), 0), n_seconds - 1) for end in (min(ends) - MARGIN_S, max(ends) + MARGIN_S))
        shown[first // BLOCK_S : last // BLOCK_S + 1] = True
    return shown


def spans_of(blocks: Bool, n_seconds: int) -> tuple[Span, ...]:
    """Return the runs of blocks that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blocks, [False]]).astype(np.int8)))
    return tuple(
        Span(first * BLOCK_S, min(stop * BLOCK_S, n_seconds)) for first, stop in list(pairwise(edges.tolist()))[::2]
    )


def seconds_of(blocks: Bool, n_seconds: int) -> Bool:
    """Return (T,) which seconds lie in blocks that are True."""
    return np.repeat(blocks, BLOCK_S)[:n_seconds]


def is_worth_seeking(spans: Iterable[Span], n_seconds: int) -> bool:
    """Whether looking at `spans` alone takes less than a third of a medium."""
    return sum(span.stop_s - span.first_s + SEEK_COSTS_S for span in spans) < MOST_SHARE * n_seconds

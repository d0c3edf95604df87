"""Where people speak in an edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

Span: TypeAlias = tuple[Fraction, Fraction]
"""First and end second of something, from the first frame of the edit."""


@dataclass(frozen=True, slots=True)
class SpeechMask:
    """Spans of speech in seconds of the edit, in order and apart; no spans mean that nobody speaks.

    Where it is not known whether anybody speaks, there is None in place of a mask.
    """

    spans_s: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if any(end_s <= start_s for start_s, end_s in self.spans_s):
            raise ValueError("a span of speech has no length")
        if any(after[0] <= before[1] for before, after in pairwise(self.spans_s)):
            raise ValueError("spans of speech stand in order and apart; join them with joined_spans first")

    def is_in(self, at_s: Fraction) -> bool:
        """Whether somebody speaks at a moment; a span holds its first moment, not its end."""
        return any(start_s <= at_s < end_s for start_s, end_s in self.spans_s)


def joined_spans(spans_s: Iterable[Span], *, pause_s: Fraction = Fraction(0)) -> tuple[Span, ...]:
    """Return spans in order, those that overlap or lie no more than `pause_s` apart made one."""
    joined: list[Span] = []
    for start_s, end_s in sorted(spans_s):
        if joined and start_s <= joined[-1][1] + pause_s:
            joined[-1] = joined[-1][0], max(joined[-1][1], end_s)
        elif end_s > start_s:
            joined.append((start_s, end_s))
    return tuple(joined)

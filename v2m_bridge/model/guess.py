"""Which symbols are likely to come next, by what followed the same ones before: for nothing but speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LONGEST: Final = 8
"""Symbols that are compared at most."""


def guesses(said: Sequence[int], n_wanted: int) -> list[int]:
    """Guess symbols that follow those said: each is what followed the longest recent ending that was heard before.

    Where nothing like it was heard, the last symbol stays.
    """
    heard = list(said)
    for _ in range(n_wanted):
        heard.append(_next(heard))
    return heard[len(said) :]


def _next(heard: list[int]) -> int:
    best, longest = heard[-1], 0
    for end in range(len(heard) - 1, 0, -1):  # what followed heard[:end], the latest first
        length = 0
        while length < min(LONGEST, end) and heard[end - 1 - length] == heard[-1 - length]:
            length += 1
        if length > longest:
            best, longest = heard[end], length
    return best

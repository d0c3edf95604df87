"""Stretches of a cue whose tempo is given, and bars that go through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.bar_search import Span
from v2m_bridge.spotting.bars import Bars, beats_us


def bars_through(
    fixed: Sequence[FixedTempo], start_ns: int, length_us: int, cheapest: Callable[[Span, int | None], Bars]
) -> Bars:
    """Fill a cue with bars: up to the first fixed tempo, then from each to the next.

    Parameters
    ----------
    fixed : sequence of FixedTempo
    start_ns : int
        First frame of the cue.
    length_us : int
        Of the cue.
    cheapest : callable
        Finds the bars of a span, the first of them at a given tempo if there is one.

    Raises
    ------
    DirectionError
        When two fixed tempi hold at once.
    """
    inside = _inside(fixed, start_ns, length_us)
    edges_us = [*(from_us for from_us, _, _ in inside), length_us]
    pieces: list[Bars] = []
    at_us = 0.0
    if edges_us[0] > 0:
        next_us = inside[0][2] if inside else None
        pieces.append(cheapest(Span(0, edges_us[0], ends_cue=not inside, next_us=next_us), None))
        at_us = _end_us(pieces[0])
    for index, (_, to_us, base_us) in enumerate(inside):
        end_us = edges_us[index + 1]
        if at_us >= end_us:
            continue
        is_last = index + 1 == len(inside)
        span = Span(
            at_us,
            end_us,
            starts_cue=at_us == 0,
            ends_cue=is_last,
            held_us=to_us,
            next_us=None if is_last else inside[index + 1][2],
        )
        pieces.append(cheapest(span, base_us))
        at_us += _end_us(pieces[-1])
    bars = tuple(bar for piece in pieces for bar in piece.bars)
    return Bars(bars, pieces[0].pickup_beats, round(sum(piece.cost for piece in pieces), 6), pieces[0].cue_us)


def _inside(fixed: Sequence[FixedTempo], start_ns: int, length_us: int) -> list[tuple[int, int, int]]:
    """Return from, to and microseconds per quarter of the fixed tempi that touch the cue, in order of time."""
    in_order = sorted(fixed, key=lambda each: each.from_ns)
    for before, after in pairwise(in_order):
        if after.from_ns < before.to_ns:
            at_s = (after.from_ns - start_ns) / NS_PER_S
            raise DirectionError(
                f"two fixed tempi, {before.bpm:g} and {after.bpm:g} bpm, hold at {at_s:.2f} s of the cue",
                hint="Let one end where the other begins.",
            )
    found = [((e.from_ns - start_ns) // 1000, (e.to_ns - start_ns) // 1000, e.us_per_quarter) for e in in_order]
    return [(max(0, from_us), to_us, us) for from_us, to_us, us in found if to_us > 0 and from_us < length_us]


def _end_us(piece: Bars) -> float:
    return float(beats_us(piece.bars, piece.pickup_beats)[-1])

"""Walk back from the cheapest end of a search to the bars that led there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from v2m_bridge.core.timebase import Meter
from v2m_bridge.spotting.bar_search import NEVER, Search, Start
from v2m_bridge.spotting.bars import Bar, Bars
from v2m_bridge.spotting.lattice import FEWEST, MIDDLE, N_RUNGS, POINTS, STEPS


class _State(NamedTuple):
    """A bar line, the rung of the bar before it, and what the bars until there cost, the bar line itself left out."""

    at: int
    rung: int
    cost: int


def bars_of(search: Search, column: int) -> Bars:
    """Walk back from the cheapest end of one assumed tempo; the cost is less what missing every hit costs."""
    tail = search.tail(column)
    rung, past = np.unravel_index(int(tail.argmin()), tail.shape)
    at = int(search.ends[column]) + int(past)
    state = _State(at, int(rung), int(search.least[rung, at, column]))
    us = np.rint(search.tempi_us(column)).astype(np.int64)
    bars: list[Bar] = []
    while (start := _start_of(search, column, state)) is None:
        meter, before = next(_before(search, column, state))
        bars.append(Bar(meter, int(us[state.rung])))
        state = before
    bars.append(Bar(start.meter, int(us[start.rung])))
    cost = int(tail.min()) / search.price
    return Bars(tuple(reversed(bars)), start.pickup_beats, cost, int(search.bases_us[column]))


def _start_of(search: Search, column: int, state: _State) -> Start | None:
    reaches = (start for start in search.starts if (start.at, start.rung, int(start.cost[column])) == state)
    return next(reaches, None)


def _before(search: Search, column: int, state: _State) -> Iterator[tuple[Meter, _State]]:
    """Yield the last bars that lead to a state at its cost, and the states before them."""
    at, rung, cost = state
    n_points = FEWEST + rung
    for meter in (search.own, *search.others):
        start = at - meter.beats * n_points
        if start <= 0 or start >= search.ends[column]:
            continue
        start_us = start * float(search.bases_us[column]) * 4 / search.own.unit / POINTS
        if rung != MIDDLE and search.span.held_us - search.span.start_us > start_us:
            continue
        own = int(search.rungs[rung, column]) - (search.irregular if meter is search.own else 0)
        own -= int(search.worth_inside(meter, column, start, n_points))
        own -= int(search.worth.line[start, column])
        for step in _steps_from(rung):
            least = int(search.least[rung + step, start, column])
            if least + search.steps[abs(step)] + own == cost and least < NEVER // 2:
                yield meter, _State(start, rung + step, least)


def _steps_from(rung: int) -> list[int]:
    """Return the rungs that a bar may have come from, counted from its own, the nearest first."""
    return sorted((step for step in range(-STEPS, STEPS + 1) if 0 <= rung + step < N_RUNGS), key=abs)

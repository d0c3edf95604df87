"""Dynamic programming over bars: the sequence of bars, each with a tempo and a meter, that costs least.

A state is a bar line: its time, the cue's tempo that was assumed (the tempo of the first bar), and the tempo of the
bar before it, which lies on a geometric ladder of half the largest step.  Times are whole microseconds.  States are
visited in layers of time as long as the shortest bar, so that a bar always leads to a later layer.  Of the states that
agree in tempo and lie within one bin of time the cheapest stays, and of each assumed tempo the cheapest few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.timebase import Meter
from v2m_bridge.spotting.fit_cost import DRIFT, IRREGULAR_BAR, PICKUP, STEP, HitTable, places_of
from v2m_bridge.spotting.resample import F64

LARGEST_STEP: Final = 0.03
"""Between neighbouring bars, as the ratio of the faster to the slower, less 1."""
LARGEST_DRIFT: Final = 0.08
"""Between any bar and the first, which has the cue's tempo, counted the same way."""
_RUNGS_PER_STEP: Final = 2
_RUNGS: Final = 5
_RATIO: Final = (1 + LARGEST_STEP - 1e-4) ** (1 / _RUNGS_PER_STEP)
_STEPS: Final = np.arange(-_RUNGS_PER_STEP, _RUNGS_PER_STEP + 1)
_N_RUNGS: Final = 2 * _RUNGS + 1
_BIN_US: Final = 16_000
_DEAREST: Final = 2**27
_PRICE: Final = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its meter, and how long its quarters last."""

    meter: Meter
    us_per_quarter: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from the first frame of a cue to its end or beyond, and what they cost."""

    bars: tuple[Bar, ...]
    pickup_beats: int
    cost: float
    assumed_us: tuple[int, ...] = ()
    """The tempi of the cue that were tried, in microseconds per quarter, that of the cheapest bars first."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """Tempi that the bars of a cue may have, for each tempo of the cue that is tried."""

    bases_us: I64
    """(N,) microseconds per quarter"""
    shortest_us: int
    longest_us: int

    @cached_property
    def us(self) -> I64:
        """(N, 11) microseconds per quarter, fast to slow; multiples of four, so that every beat is a whole number."""
        rungs = self.bases_us[:, None] * _RATIO ** np.arange(-_RUNGS, _RUNGS + 1)
        rounded: I64 = np.rint(rungs / 4).astype(np.int64) * 4
        return rounded

    @cached_property
    def allowed(self) -> Bool:
        """(N, 11) whether a tempo can be asked for; the middle one always is."""
        inside: Bool = (self.us >= self.shortest_us) & (self.us <= self.longest_us)
        inside[:, _RUNGS] = True
        return inside


# Rows of the arrays of states: (5, S) int64, one bar line a column.
_AT, _CELL, _COST, _PARENT, _BEATS = range(5)
"""Time in microseconds; ladder row times 11 plus rung; cost in thousandths; serial number of the state before (-1 at
the start); beats of the bar that leads here (at the start, of the pickup)."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """One search over bars."""

    ladder: Ladder
    meters: tuple[Meter, ...]
    """The cue's own first."""
    table: HitTable
    length_us: int
    n_states: int
    """States that stay of each assumed tempo in each layer."""
    preference: F64
    """(N,) cost of each assumed tempo."""
    with_pickup: bool

    def run(self) -> Bars:
        """Return the cheapest bars found."""
        return _Run(self).result()


class _Run:
    """The state of a search while it runs."""

    def __init__(self, search: Search) -> None:
        self.search = search
        beat_us = search.ladder.us * 4 // search.meters[0].unit
        self.beat_us = beat_us.ravel()
        layer_us = beat_us[:, 0] * min(meter.beats for meter in search.meters)
        self.layer_us = np.repeat(layer_us, _N_RUNGS)
        self.n_layers = search.length_us // int(layer_us.min()) + 1
        self.n_bins = int(layer_us.max()) // _BIN_US + 1
        self.seen = np.zeros(len(self.beat_us) * self.n_bins, dtype=np.int64)
        self.least = np.full(len(layer_us), _DEAREST)
        """(N,) cost of the cheapest bars of each assumed tempo."""
        self.bases = np.arange(len(layer_us)) << 52
        self.rungs, self.step_costs = _rungs(search.ladder)
        self.layers: list[list[I64]] = [[] for _ in range(self.n_layers)]
        self.kept: list[I64] = []
        self.n_kept = 0
        self.end: tuple[int, int, int, int] = (_DEAREST, -1, 0, 0)
        """Cost, parent, beats and cell of the cheapest last bar."""
        saved = np.rint(search.table.saved * _PRICE).astype(np.int64)
        self.saved, self.owed = saved.ravel(), np.rint(search.table.owed * _PRICE).astype(np.int64)
        self.bars = [_Shape(meter, meter != search.meters[0], saved.shape[1]) for meter in search.meters]
        self.last_ms = saved.shape[1] - 1

    def result(self) -> Bars:
        self._push(self._start())
        for layer in range(self.n_layers):
            chunks, self.layers[layer] = self.layers[layer], []
            if chunks:
                states = chunks[0] if len(chunks) == 1 else np.concatenate(chunks, axis=1)
                self._expand(self._pruned(states, layer))
        return self._traced()

    def _start(self) -> I64:
        """First downbeats: at the first frame, or after a pickup of whole beats."""
        most = self.search.meters[0].beats if self.search.with_pickup else 1
        base, beats = (grid.ravel() for grid in np.mgrid[: len(self.bases), :most])
        cell = base * _N_RUNGS + _RUNGS
        at_us = beats * self.beat_us[cell]
        place = np.minimum(at_us // 1000, self.last_ms)
        cost = np.rint((self.search.preference[base] + PICKUP * (beats > 0)) * _PRICE).astype(np.int64)
        cost += self.owed[place] - self.saved[place]
        for beat in range(most - 1):
            before = np.minimum(beat * self.beat_us[cell] // 1000, self.last_ms) + 2 * (self.last_ms + 1)
            cost -= np.where(beat < beats, self.saved[before], 0)
        states = np.stack([at_us, cell, cost, np.full(len(cell), -1), beats])
        return states[:, (at_us < self.search.length_us) | (beats == 0)]

    def _push(self, states: I64) -> None:
        layer = states[_AT] // self.layer_us[states[_CELL]]
        first, last = int(layer.min()), int(layer.max())
        if first == last:
            self.layers[first].append(states)
            return
        for target in range(first, last + 1):
            chosen = np.flatnonzero(layer == target)
            if len(chosen):
                self.layers[target].append(states.take(chosen, axis=1))

    def _pruned(self, states: I64, layer: int) -> I64:
        """Keep the cheapest of equals, and of each assumed tempo the cheapest few; number them."""
        base = states[_CELL] // _N_RUNGS
        order = (base << 52) | ((states[_COST] + _DEAREST) << 24)
        order |= np.arange(len(order))
        order.sort()
        base = order >> 52
        order &= (1 << 24) - 1
        place = (states[_AT] - layer * self.layer_us[states[_CELL]]) // _BIN_US
        place += states[_CELL] * self.n_bins
        place = place[order]
        rank = np.arange(len(order))
        self.seen[place[::-1]] = rank[::-1]
        alone = np.flatnonzero(self.seen[place] == rank)
        base = base[alone]
        first = np.searchsorted(base, np.arange(len(self.bases)))
        alone = alone[np.arange(len(alone)) - first[base] < self.search.n_states]
        kept: I64 = states.take(order[alone], axis=1)
        self.kept.append(kept)
        self.n_kept += len(alone)
        return kept

    def _expand(self, states: I64) -> None:
        """Add one bar of every tempo and meter to each state."""
        cells = self.rungs[states[_CELL]]
        is_first = states[_PARENT] < 0
        if is_first.any():  # the first bar has the cue's tempo
            cells = np.where(is_first[:, None] & (_STEPS != 0), -1, cells)
        source, step = np.nonzero(cells >= 0)
        cell = cells[source, step]
        chosen = np.stack(
            [
                states[_AT, source],
                cell,
                states[_COST, source] + self.step_costs[cell % _N_RUNGS, step],
                source + (self.n_kept - states.shape[1]),
                source,
            ]
        )
        self._add_bars(chosen, self.bars[0])
        if len(self.bars) > 1 and not is_first.all():
            # A pickup is shorter than the first bar, which is therefore of the cue's own meter.
            chosen = chosen[:, ~is_first[source]] if is_first.any() else chosen
            for shape in self.bars[1:]:
                self._add_bars(chosen, shape)

    def _add_bars(self, states: I64, shape: _Shape) -> None:
        beat_us = self.beat_us[states[_CELL]]
        beats = states[_AT] + beat_us * shape.counts
        at_us = beats[-1]
        ended = at_us >= self.search.length_us
        beats = np.minimum(beats // 1000, self.last_ms)
        cost = states[_COST] - self.owed[states[_AT] // 1000] + self.owed[beats[-1]] + shape.price
        beats += shape.rows
        cost -= self.saved[beats].sum(axis=0)
        if ended.any():
            last = np.flatnonzero(ended)
            best = int(last[np.argmin(cost[last])])
            np.minimum.at(self.least, states[_CELL, last] // _N_RUNGS, cost[last])
            if cost[best] < self.end[0]:
                self.end = (int(cost[best]), int(states[_PARENT, best]), shape.beats, int(states[_CELL, best]))
            going = np.flatnonzero(~ended)
            if not len(going):
                return
            states, at_us, cost = states.take(going, axis=1), at_us[going], cost[going]
        self._push(np.stack([at_us, states[_CELL], cost, states[_PARENT], np.full(len(cost), shape.beats)]))

    def _traced(self) -> Bars:
        kept = np.concatenate(self.kept, axis=1)
        us, unit = self.search.ladder.us.ravel(), self.search.meters[0].unit
        cost, serial, last_beats, cell = self.end
        bars = [Bar(Meter(last_beats, unit), int(us[cell]))]
        while kept[_PARENT, serial] >= 0:
            bars.append(Bar(Meter(int(kept[_BEATS, serial]), unit), int(us[kept[_CELL, serial]])))
            serial = int(kept[_PARENT, serial])
        ranked = self.search.ladder.bases_us[np.argsort(self.least, kind="stable")]
        return Bars(tuple(reversed(bars)), int(kept[_BEATS, serial]), cost / _PRICE, tuple(ranked.tolist()))


class _Shape:
    """A meter as the search needs it."""

    def __init__(self, meter: Meter, is_irregular: bool, row_length: int) -> None:
        self.beats = meter.beats
        self.counts = np.arange(1, meter.beats + 1)[:, None]
        self.rows = np.array(places_of(meter))[:, None] * row_length
        self.price = round(IRREGULAR_BAR * _PRICE) if is_irregular else 0


def _rungs(ladder: Ladder) -> tuple[I64, I64]:
    """(N * 11, 5) cell that each step leads to, -1 where it may not; (11, 5) cost of arriving on a rung by a step."""
    rung = np.arange(_N_RUNGS)[:, None] + _STEPS
    inside = (rung >= 0) & (rung < _N_RUNGS)
    rung = np.clip(rung, 0, _N_RUNGS - 1)
    cells = np.arange(len(ladder.bases_us))[:, None, None] * _N_RUNGS + rung
    allowed = ladder.allowed[:, rung] & inside
    costs = STEP * np.abs(_STEPS) + DRIFT * np.abs(np.arange(_N_RUNGS)[:, None] - _RUNGS)
    return np.where(allowed, cells, -1).reshape(-1, len(_STEPS)), np.rint(costs * _PRICE).astype(np.int64)


def preferences(bases_us: Sequence[int] | I64, preferred_us: float, cost: float) -> F64:
    """(N,) cost of assumed tempi: octaves from the one that suits, squared."""
    octaves: F64 = np.log2(np.asarray(bases_us, dtype=np.float64) / preferred_us)
    return cost * octaves**2

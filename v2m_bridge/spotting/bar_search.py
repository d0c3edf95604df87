"""Dynamic programming over bars: the sequence of bars, each with a tempo and a meter, that costs least.

Time is counted in points, of which a beat of the assumed tempo of the cue (that of the first bar) has 72.  A beat of
any bar lasts 67 to 77 points, so that every beat and every bar line lies on a point, and the least cost of all such
sequences is found.  A state is a bar line, on a point, and the tempo of the bar before it, on a rung of one point a
beat; neighbouring bars are two rungs apart at most.

States are visited in blocks of points as long as the shortest bar, so that a bar always leads into a later block; all
assumed tempi, rungs and points of a block are worked on at once.  With rungs as rows and points as columns, each point
the assumed tempi side by side, a beat is a row shifted by a whole number of points: the rows of a view of the array,
each with a stride of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, product
from math import ceil
from typing import Final, NamedTuple

import numpy as np

from v2m_bridge.core.arrays import I64
from v2m_bridge.core.fit_limits import LARGEST_STEP
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import Meter
from v2m_bridge.spotting.bars import FASTEST_US, SLOWEST_US
from v2m_bridge.spotting.fit_cost import (
    DRIFT,
    I32,
    IRREGULAR_BAR,
    PICKUP,
    PREFERENCE,
    STEP,
    HitColumns,
    worth_of,
)
from v2m_bridge.spotting.lattice import FEWEST, MIDDLE, MOST, N_RUNGS, POINTS, STEPS
from v2m_bridge.spotting.resample import F64

NEVER: Final = 2**28
_JUMP: Final = 10.0
"""For each largest step that is missing to the tempo that follows."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the bars are to fill."""

    start_us: float
    end_us: float
    starts_cue: bool = True
    """A pickup may come before the first bar."""
    ends_cue: bool = True
    """Beats after the end meet nothing; else the last bar may meet what lies in it."""
    held_us: float = 0.0
    """Bars that begin before this have the assumed tempo."""
    next_us: int | None = None
    """Microseconds per quarter of the bar that follows."""


class Start(NamedTuple):
    """A pickup and the first bar, which has its tempo."""

    rung: int
    pickup_beats: int
    meter: Meter
    at: int
    """Point where the bar ends."""
    cost: I64


class _Views(NamedTuple):
    """Each value of the states of all blocks, or of what lies some beats after them: (B, R, points * N) each."""

    line: I32
    least: list[I32]
    """By the number of beats after."""
    beat: list[I32]
    slot: list[I32]
    """Of each beat that starts a slot."""
    rungs: I32
    """(R, points * N), the same for all blocks."""


class Search:
    """One search; `run` it, then ask."""

    def __init__(
        self,
        bases_us: I64,
        meters: tuple[Meter, ...],
        columns: HitColumns,
        span: Span,
        preferred_us: float,
        *,
        is_first_free: bool = False,
    ) -> None:
        """Lay everything out.

        Parameters
        ----------
        bases_us : (N,) int64
            Assumed tempi in microseconds per quarter.
        meters : tuple of Meter
            The cue's own first; irregular bars and pickups are tried where there are others.
        columns : HitColumns
        span : Span
        preferred_us : float
            Microseconds per quarter that suit the cue.
        is_first_free : bool
            The first bar may lie off the assumed tempo, as any other.
        """
        self.first_rungs = tuple(range(N_RUNGS)) if is_first_free else (MIDDLE,)
        self.bases_us = np.sort(bases_us)  # fast to slow: the fast ones have the most points
        self.own, self.others = meters[0], tuple(sorted(meters[1:], key=lambda meter: meter.beats))
        self.span, self.columns, self.price = span, columns, columns.price
        point_us: F64 = self.bases_us.astype(np.float64) * (4 / self.own.unit / POINTS)
        length_us = span.end_us - span.start_us
        self.ends: I64 = np.maximum(1, np.ceil(length_us / point_us - 1e-9)).astype(np.int64)
        self.most_beats = max(meter.beats for meter in meters)
        self.n_points = int(self.ends[0]) + (self.most_beats + self.own.beats) * MOST + 1
        slack_us = length_us / float(self.bases_us[0]) * 0.75 + 1
        self.worth = worth_of(columns, span.start_us, point_us, self.n_points, slack_us)
        if span.ends_cue:
            for column, point in enumerate(point_us):
                for worth in (self.worth.line, self.worth.beat, self.worth.slot):
                    worth[max(1, int((length_us - slack_us) / point) + 1) :, column] = 0
        octaves = np.log2(self.bases_us / preferred_us)
        self.preference = np.rint(PREFERENCE * octaves**2 * self.price).astype(np.int64)
        self.irregular = round(IRREGULAR_BAR * self.price) if self.others else 0
        self.rungs = self._rung_costs()
        self.steps = [round(STEP * step * self.price) for step in range(STEPS + 1)]
        self.slot_beats = tuple(accumulate(beats_per_slot(self.own)[:-1]))
        self.least = np.full((N_RUNGS, self.n_points, len(self.bases_us)), NEVER, dtype=np.int32)
        """Of each state the least cost of the bars that lead there, less what their hits saved, the line left out."""

    def _rung_costs(self) -> I32:
        """(R, N) cost of an irregular bar on each rung; a regular one costs that much less."""
        us = self.tempi_us(slice(None)).T
        off = np.abs(np.arange(N_RUNGS) - MIDDLE)[:, None]
        forbidden = ((us < FASTEST_US) | (us > SLOWEST_US)) & (off != 0)
        costs = np.rint(DRIFT * off * self.price) + self.irregular
        return np.where(forbidden, NEVER, costs).astype(np.int32)

    def tempi_us(self, rows: slice | int) -> F64:
        """(N, R) microseconds per quarter of each rung; (R,) for one row."""
        rungs = np.arange(FEWEST, MOST + 1) / POINTS
        us: F64 = np.multiply.outer(self.bases_us[rows], rungs)
        return us

    def run(self) -> I64:
        """Find the least cost of each state; (N,) least cost of bars that fill the span for each assumed tempo."""
        self.starts = tuple(self._first_bars())
        for start in self.starts:
            state = self.least[start.rung, start.at]
            np.minimum(state, start.cost, out=state)
        shortest = min(meter.beats for meter in (self.own, *self.others)) * FEWEST
        line = np.where(np.arange(self.n_points)[:, None] < self.ends, self.worth.line, -NEVER)
        shape = ceil(int(self.ends[0]) / shortest), N_RUNGS, shortest * len(self.bases_us)
        views = _Views(
            line=_after(line, 0, shape),
            least=[_after(self.least, beat, shape) for beat in range(self.most_beats + 1)],
            beat=[_after(self.worth.beat, beat, shape) for beat in range(self.most_beats)],
            slot=[_after(self.worth.slot, beat, shape) for beat in self.slot_beats],
            rungs=np.tile(self.rungs, (1, shortest)),
        )
        buffers = [np.empty(shape[1:], dtype=np.int32) for _ in range(3)]
        for block in range(shape[0]):
            self._add_bars(block, block * shortest, views, *buffers)
        tails = [self.tail(column).min() for column in range(len(self.bases_us))]
        return np.array(tails, dtype=np.int64)

    def _first_bars(self) -> Iterator[Start]:
        pickups = range(self.own.beats if self.others and self.span.starts_cue else 1)
        for rung, pickup in product(self.first_rungs, pickups):
            points = FEWEST + rung
            first = pickup * points
            before = self.preference - self.worth.line[first]
            if pickup:
                before = before + round(PICKUP * self.price) - self.worth.beat[:first:points].sum(axis=0)
            for meter in (self.own,) if pickup else (self.own, *self.others):
                cost = before + self.rungs[rung] - (self.irregular if meter is self.own else 0)
                cost = cost - self.worth_inside(meter, slice(None), first, points)
                yield Start(rung, pickup, meter, first + meter.beats * points, cost)

    def worth_inside(self, meter: Meter, column: int | slice, at: int, points: int) -> I64:
        """Return what the beats of a bar are worth, the first left out, for the bar from a point on."""
        worth: I64 = self.worth.beat[at + points : at + meter.beats * points : points, column].sum(
            axis=0, dtype=np.int64
        )
        if meter is self.own:
            worth = worth + self.worth.slot[[at + beat * points for beat in self.slot_beats], column].sum(axis=0)
        return worth

    def _add_bars(self, block: int, at: int, views: _Views, cost: I32, spare: I32, states: I32) -> None:
        """Add one bar of every tempo and meter to each state of a block; the last three are there to be filled."""
        np.subtract(views.least[0][block], views.line[block], out=states)
        np.copyto(cost, states)
        for step in range(1, STEPS + 1):
            np.add(states, self.steps[step], out=spare)
            np.minimum(cost[:-step], spare[step:], out=cost[:-step])
            np.minimum(cost[step:], spare[:-step], out=cost[step:])
        cost += views.rungs
        if self.span.held_us:
            self._hold(at, cost)
        meters = {meter.beats for meter in (self.own, *self.others)}
        for beat in range(1, self.most_beats + 1):
            ends = views.least[beat][block]
            if beat == self.own.beats:
                np.subtract(cost, self.irregular, out=spare)
                for slot in views.slot:
                    spare -= slot[block]
                np.minimum(ends, spare, out=ends)
            elif beat in meters:
                np.minimum(ends, cost, out=ends)
            if beat < self.most_beats:
                cost -= views.beat[beat][block]

    def _hold(self, at: int, cost: I32) -> None:
        points = cost.reshape(N_RUNGS, -1, len(self.bases_us))
        for column, base_us in enumerate(self.bases_us):
            n_held = ceil((self.span.held_us - self.span.start_us) / (base_us * 4 / self.own.unit / POINTS)) - at
            points[np.arange(N_RUNGS) != MIDDLE, : max(0, n_held), column] = NEVER

    def tail(self, column: int) -> I64:
        """(R, P) cost of the states of one assumed tempo at or after the end, with what the next tempo costs."""
        tail: I64 = self.least[:, self.ends[column] :, column].astype(np.int64)
        if self.span.next_us is not None:
            us = self.tempi_us(column)
            beyond = np.abs(np.log(us / self.span.next_us)) / np.log1p(LARGEST_STEP) - 1
            tail += np.rint(np.maximum(0, beyond) * (_JUMP * self.price)).astype(np.int64)[:, None]
        return tail


def _after(array: I32, beats: int, shape: tuple[int, int, int]) -> I32:
    """View the points that lie some beats after those of each block: after those of each rung, beats of its own length.

    Parameters
    ----------
    array : (W, N) or (R, W, N) int32
        The same for all rungs, or of each its own.
    beats : int
    shape : (int, int, int)
        Blocks, rungs, and the points of a block times the assumed tempi.
    """
    point = array.strides[-2]
    rung = array.strides[0] if array.ndim == 3 else 0
    strides = shape[2] * array.itemsize, rung + beats * point, array.itemsize
    return np.ndarray(shape, np.int32, array, beats * FEWEST * point, strides)

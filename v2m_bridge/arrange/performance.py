"""Performance: velocity from loudness, arousal, phrases and hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.arrange.cue_model import Cues
from v2m_bridge.arrange.draws import LATENESS, UNEVENNESS, drawn
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.entry import Entry
from v2m_bridge.arrange.hits import accents, met_hits
from v2m_bridge.arrange.phrases import in_phrase
from v2m_bridge.arrange.style_data import PartStyle, Style, VelocityRule
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import TICKS_PER_QUARTER

_FULL_LOUDNESS: Final = 50
_DRAWS_PER_SLOT: Final = 32
_LATEST_NS: Final = 24_000_000
_PERIOD: Final = (-0.6, 0.0, 1.0, 0.2)
"""Share of `VelocityRule.period` in each phrase of four bars."""
_PHRASE_BARS: Final = 4
LOWEST: Final = 15
"""Velocity at which a fade begins or ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """How the notes of a cue are played."""

    rule: VelocityRule
    slot_velocity: tuple[float, ...]
    """(T,) from loudness, arousal, phrase and ending."""
    fades: tuple[float, ...]
    """(T,) how much of that is left in a fade, 0..1."""
    loudness_share: tuple[float, ...]
    """(T,) 0..1 of the controller's range, with the swell of phrases and periods."""
    accents: dict[int, float]
    """Velocity added at a tick."""
    downbeats: frozenset[int]
    beats: frozenset[int]
    draws: NDArray[np.float64]
    """(T, parts, 32) in [0, 1): the small unevenness of a hand."""
    late_ticks: I64 | None
    """(T, parts, 32) by which strokes come after the grid; None on the grid."""
    exact: frozenset[int]
    """Ticks of hits, on which nothing is late."""

    def late(self, part_index: int, slot: int, tick: int, stroke: int) -> int:
        """Return the ticks by which a stroke comes after the grid; on a hit it is exact."""
        if self.late_ticks is None or tick in self.exact:
            return 0
        return int(self.late_ticks[slot, part_index, stroke % _DRAWS_PER_SLOT])

    def velocity(
        self, part: PartStyle, part_index: int, slot: int, tick: int, stroke: int, *, is_top: bool = False
    ) -> int:
        """Return the velocity of a note; `stroke` counts the part's onsets in the slot."""
        if part.fixed_velocity is not None:
            return part.fixed_velocity
        uneven = (2 * self.draws[slot, part_index, stroke % _DRAWS_PER_SLOT] - 1) * self.rule.human
        stress = self.rule.downbeat if tick in self.downbeats else 0.0
        stress += self.rule.top * is_top - self.rule.offbeat * (tick not in self.beats)
        wanted = self.slot_velocity[slot] + part.velocity + self.accents.get(tick, 0.0) + stress + float(uneven)
        full = min(self.rule.high, max(self.rule.low, round(wanted)))
        return full if self.fades[slot] == 1 else round(LOWEST + (full - LOWEST) * self.fades[slot])


def perform(plan: CuePlan, dynamics: Dynamics, style: Style, cues: Cues, form: tuple[Entry, Ending]) -> Performance:
    """Decide how loud each slot of a cue is played."""
    rule, (entry, ending) = style.velocity, form
    starts = [slot.onset_tick for slot in plan.slots]
    fades = [entry.fade_share(tick) * ending.fade_share(tick) for tick in starts]
    fall = rule.fall if ending.falls else 0.0
    shares = [_loudness_share(loudness, rule) for loudness in dynamics.loudness_rms.tolist()]
    swell = _swell(plan, rule)
    loudest = rule.high - (rule.phrase + rule.period) / 2  # leaves room for half of the swell
    velocity = tuple(
        rule.low + (loudest - rule.low) * share + cues.velocity[index]
        + swell[index] - fall * _fallen(starts[index], ending)
        for index, share in enumerate(shares)
    )  # fmt: skip
    return Performance(
        rule=rule,
        slot_velocity=velocity,
        fades=tuple(fades),
        loudness_share=tuple(
            min(1.0, max(0.0, share + more / (rule.high - rule.low))) for share, more in zip(shares, swell, strict=True)
        ),
        accents=accents(plan, rule.accent),
        downbeats=frozenset(plan.tempo.bar_lines(plan.end_tick)),
        beats=_beats(plan),
        draws=drawn(plan, UNEVENNESS, len(plan.slots), len(style.parts), _DRAWS_PER_SLOT),
        late_ticks=_late_ticks(plan, len(style.parts)),
        exact=frozenset(hit.tick for hit in met_hits(plan)),
    )


def _swell(plan: CuePlan, rule: VelocityRule) -> list[float]:
    """Return the velocity that phrases and periods add to each slot, (T,)."""
    arches = in_phrase(plan, rule.curve)
    return [
        rule.phrase * arch + rule.period * period
        for arch, period in zip(arches, in_phrase(plan, _PERIOD, _PHRASE_BARS), strict=True)
    ]


def _beats(plan: CuePlan) -> frozenset[int]:
    """Return the ticks of all beats."""
    return frozenset(
        tick
        for slot in plan.slots
        for tick in range(slot.onset_tick, slot.end_tick, plan.tempo.meter_at(slot.onset_tick).ticks_per_beat)
    )


def _loudness_share(loudness_rms: float, rule: VelocityRule) -> float:
    level = min(_FULL_LOUDNESS, int(round(100 * loudness_rms, 3)))
    return float((level / _FULL_LOUDNESS) ** rule.exponent)


def _fallen(tick: int, ending: Ending) -> float:
    if tick >= ending.start_tick:
        return 1.0
    if tick <= ending.fall_tick:
        return 0.0
    return (tick - ending.fall_tick) / (ending.start_tick - ending.fall_tick)


def _late_ticks(plan: CuePlan, n_parts: int) -> I64 | None:
    """Draw how late strokes come: up to 24 ms where `humanize` is 1, half of that on average."""
    humanize = plan.wishes.humanize or 0.0
    if humanize == 0:
        return None
    most = [TICKS_PER_QUARTER * _LATEST_NS * humanize / quarter_ns(plan, slot.onset_tick) for slot in plan.slots]
    late = drawn(plan, LATENESS, len(plan.slots), n_parts, _DRAWS_PER_SLOT) * np.array(most)[:, None, None]
    return np.asarray(late, np.int64)


def quarter_ns(plan: CuePlan, tick: int) -> int:
    """Return the length of the quarter note at `tick` in nanoseconds."""
    return max(1, plan.tempo.ns_at(tick + TICKS_PER_QUARTER) - plan.tempo.ns_at(tick))

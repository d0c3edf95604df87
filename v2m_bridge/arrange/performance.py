"""Performance: velocity from loudness, arousal, phrases and hits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.arrange.cue_model import Cues
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.hits import accents
from v2m_bridge.arrange.phrases import in_phrase
from v2m_bridge.arrange.style_data import PartStyle, Style, VelocityRule
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.plan import CuePlan

_FULL_LOUDNESS: Final = 50
_DRAWS_PER_SLOT: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """How the notes of a cue are played."""

    rule: VelocityRule
    slot_velocity: tuple[float, ...]
    """(T,) from loudness, arousal, phrase and ending."""
    loudness_share: tuple[float, ...]
    """(T,) 0..1 of the controller's range."""
    accents: dict[int, float]
    """Velocity added at a tick."""
    downbeats: frozenset[int]
    draws: NDArray[np.float64]
    """(T, parts, 32) in [0, 1): the small unevenness of a hand."""

    def velocity(self, part: PartStyle, part_index: int, slot: int, tick: int, stroke: int) -> int:
        """Return the velocity of a note; `stroke` counts the part's onsets in the slot."""
        if part.fixed_velocity is not None:
            return part.fixed_velocity
        uneven = (2 * self.draws[slot, part_index, stroke % _DRAWS_PER_SLOT] - 1) * self.rule.human
        stress = self.rule.downbeat if tick in self.downbeats else 0.0
        wanted = self.slot_velocity[slot] + part.velocity + self.accents.get(tick, 0.0) + stress + float(uneven)
        return min(self.rule.high, max(self.rule.low, round(wanted)))


def perform(plan: CuePlan, dynamics: Dynamics, style: Style, cues: Cues, ending: Ending) -> Performance:
    """Decide how loud each slot of a cue is played."""
    rule = style.velocity
    shares = [_loudness_share(loudness, rule) for loudness in dynamics.loudness_rms.tolist()]
    velocity = tuple(
        rule.low + (rule.high - rule.low) * share + cues.velocity[index]
        + rule.phrase * arch - rule.fall * _fallen(plan.slots[index].onset_tick, ending)
        for index, (share, arch) in enumerate(zip(shares, in_phrase(plan, rule.curve), strict=True))
    )  # fmt: skip
    return Performance(
        rule=rule,
        slot_velocity=velocity,
        loudness_share=tuple(shares),
        accents=accents(plan, rule.accent),
        downbeats=frozenset(plan.tempo.bar_lines(plan.end_tick)),
        draws=_draws(plan, len(style.parts)),
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


def _draws(plan: CuePlan, n_parts: int) -> NDArray[np.float64]:
    """Draw from Philox keyed by seed and cue number, slot after slot."""
    digest = hashlib.blake2b(plan.cue.number.encode(), digest_size=8).digest()
    key: Sequence[int] = (plan.wishes.seed or 0, int.from_bytes(digest, "big"))
    generator = np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64)))
    return generator.random((len(plan.slots), n_parts, _DRAWS_PER_SLOT))

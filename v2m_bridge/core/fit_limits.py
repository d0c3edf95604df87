"""How far the tempi of a cue may lie apart in the way `musical`, and by how much a tempo map breaks that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

LARGEST_STEP: Final = 0.03
"""Between neighbouring bars, as the ratio of the faster to the slower, less 1."""
LARGEST_DRIFT: Final = 0.08
"""Between any bar and the cue's tempo, which the first bar has with few exceptions, counted the same way."""
_BPM_SLACK: Final = 1e-3


class TempoSpread(NamedTuple):
    """How far tempi lie apart, each as the ratio of the faster to the slower, less 1."""

    step: float
    """Between neighbouring bars."""
    drift: float
    """Between any bar and the cue's tempo."""


def spread_of(us_per_quarter: Sequence[int], cue_us: int | None = None) -> TempoSpread:
    """Measure the tempi of a cue in their order; `cue_us` is the cue's tempo where it is not the first of them."""
    own = cue_us or us_per_quarter[0]
    step = max((_apart(a, b) for a, b in pairwise(us_per_quarter)), default=0.0)
    return TempoSpread(step, max(_apart(own, other) for other in us_per_quarter))


def broken_limits(spread: TempoSpread, cue_bpm: float, tempo_bpm: tuple[float, float] | None) -> tuple[str, ...]:
    """Say by how much the limits are broken, and the range that was asked for; nothing where they hold."""
    said = []
    if spread.step > LARGEST_STEP:
        limit = f"{100 * LARGEST_STEP:.0f} %"
        said.append(f"tempo steps of up to {100 * spread.step:.1f} % between neighbouring bars, not {limit}")
    if spread.drift > LARGEST_DRIFT:
        said.append(f"bars up to {100 * spread.drift:.1f} % off the cue's tempo, not {100 * LARGEST_DRIFT:.0f} %")
    if tempo_bpm is not None and not tempo_bpm[0] - _BPM_SLACK <= cue_bpm <= tempo_bpm[1] + _BPM_SLACK:
        said.append(f"a tempo of {cue_bpm:.2f} bpm, not {tempo_bpm[0]:g} to {tempo_bpm[1]:g}")
    return tuple(said)


def _apart(a: int, b: int) -> float:
    return max(a, b) / min(a, b) - 1

"""Chance: every draw of an arrangement comes from Philox, keyed by the seed and the number of the cue.

What must differ from one take to the next is not left to chance: `stepped` numbers walk on by a good part of their
range with every seed.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.plan import CuePlan

UNEVENNESS: Final = 0
LATENESS: Final = 1
FIGURES: Final = 2
PLACES: Final = 3
COLOURS: Final = 4
BREATHS: Final = 5
_STEPS: Final = 1000
"""Added to a stream, the stream of its steps."""


def drawn(plan: CuePlan, stream: int, n_rows: int, *shape: int) -> NDArray[np.float64]:
    """Draw numbers in [0, 1), row after row.

    Parameters
    ----------
    plan : CuePlan
        Its seed and cue number are the key.
    stream : int
        `UNEVENNESS` and so on; streams do not depend on each other.
    n_rows : int
        Slots, or phrases; the first rows are the same however many follow.
    *shape : int
        Of a row.

    Returns
    -------
    (n_rows, *shape) float64
    """
    return _random(plan, plan.wishes.seed or 0, stream, (n_rows, *shape))


def stepped(plan: CuePlan, stream: int, n_rows: int, *shape: int) -> NDArray[np.float64]:
    """Draw as `drawn` does, but so that no number is near that of the next seed.

    Each number begins anywhere and steps with every seed by a share of the circle of its own, from 0.3 to 0.45 or from
    0.55 to 0.7: the next seed is 0.3 away at least and the one after it 0.1, and later ones fall as if by chance.
    """
    begin = _random(plan, 0, stream, (n_rows, *shape))
    share = _random(plan, 0, stream + _STEPS, (n_rows, *shape))
    step = np.where(share < 0.5, 0.3 + 0.3 * share, 0.4 + 0.3 * share)
    return np.asarray((begin + (plan.wishes.seed or 0) * step) % 1.0)


def _random(plan: CuePlan, seed: int, stream: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    digest = hashlib.blake2b(plan.cue.number.encode(), digest_size=8).digest()
    key = np.array((seed, int.from_bytes(digest, "big")), dtype=np.uint64)
    counter = np.array([0, 0, 0, stream], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter)).random(shape)

"""Chance: every draw of an arrangement comes from Philox, keyed by the seed and the number of the cue."""

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
    digest = hashlib.blake2b(plan.cue.number.encode(), digest_size=8).digest()
    key = np.array((plan.wishes.seed or 0, int.from_bytes(digest, "big")), dtype=np.uint64)
    counter = np.array([0, 0, 0, stream], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter)).random((n_rows, *shape))

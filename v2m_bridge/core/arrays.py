"""Array types of the core values."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

F32: TypeAlias = NDArray[np.float32]
I64: TypeAlias = NDArray[np.int64]
Bool: TypeAlias = NDArray[np.bool_]


def freeze(*, rows: int, **arrays: F32 | I64 | Bool | None) -> None:
    """Make arrays read-only after checking that each has `rows` rows and only finite numbers.

    Raises
    ------
    ValueError
        Names the array that does not fit.
    """
    for name, array in arrays.items():
        if array is None:
            continue
        if len(array) != rows:
            raise ValueError(f"{name} has {len(array)} rows, not {rows}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds a number that is not finite")
        array.setflags(write=False)

"""The final mix: peak at -3 dBFS, no click at the end, held on disk so that long edits need no memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32

TARGET_PEAK_DBFS: Final = -3.0
SILENCE_DBFS: Final = -144.0
"""Told as the peak of silence: nothing that 24 bits can hold."""

_QUIETEST_PEAK: Final = 1e-5
"""Below -100 dBFS there is only the residue of the reverb, which is not lifted."""
_FADE_SAMPLES: Final = 960
"""20 ms at 48 kHz."""


class Mix:
    """Sound of a known length in a scratch file; read it as often as wanted with `blocks`."""

    def __init__(self, blocks: Iterable[F32], n_samples: int, scratch: Path) -> None:
        """Keep `blocks` in the file `scratch`.

        Parameters
        ----------
        blocks : iterable of (n, 2) float32
            They add up to `n_samples`.
        n_samples : int
            Length; the last 20 ms fade out, so that what still rings ends without a click.
        scratch : Path
            A file that is made here; its owner deletes it.
        """
        self.n_samples = n_samples
        self._scratch = scratch
        peak, at = 0.0, 0
        with scratch.open("wb") as file:
            for block in blocks:
                faded = _fade_out(block, n_samples - at)
                file.write(faded.tobytes())
                peak = max(peak, float(np.abs(faded).max(initial=0.0)))
                at += len(faded)
        if at != n_samples:
            raise ValueError(f"{at} samples came, not {n_samples}")
        is_silent = peak < _QUIETEST_PEAK
        self._gain = 0.0 if is_silent else 10 ** (TARGET_PEAK_DBFS / 20) / peak
        self.peak_dbfs: float = SILENCE_DBFS if is_silent else 20 * math.log10(peak * self._gain)
        """Highest absolute sample, relative to full scale."""

    def blocks(self, n_samples: int) -> Iterator[F32]:
        """Yield (n, 2) float32 with n up to `n_samples`, at the final level."""
        with self._scratch.open("rb") as file:
            while data := file.read(n_samples * 8):
                yield np.frombuffer(data, np.float32).reshape(-1, 2) * np.float32(self._gain)


def _fade_out(block: F32, n_left: int) -> F32:
    """Fade the part of `block` that lies in the last 20 ms; `n_left` samples are left from its first one on."""
    left = np.arange(n_left, n_left - len(block), -1, dtype=np.float32)
    return block * np.minimum(1, (left - 1) / _FADE_SAMPLES).clip(0, 1)[:, None].astype(np.float32)

"""Sound of a known length in a scratch file, so that long edits need no memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32

SILENCE_DBFS: Final = -144.0
"""Told as the peak of silence: nothing that 24 bits can hold."""
MUSIC_PEAK_DBFS: Final = -3.0
"""Peak of music that is written alone."""
FADE_SAMPLES: Final = 960
"""20 ms at 48 kHz."""

_QUIETEST_PEAK: Final = 1e-5
"""Below -100 dBFS there is only the residue of the reverb, which is not lifted."""
_BYTES_PER_FRAME: Final = 8


@dataclass(frozen=True, slots=True)
class HeldSound:
    """Stereo sound in a file of float32 that its owner deletes; read it as often as wanted with `blocks`."""

    path: Path
    n_samples: int
    peak: float
    """Highest absolute sample, 1 is full scale."""
    gain: float = 1.0
    """What `blocks` multiplies the file by; `peak` counts it in."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing but the residue of a reverb can be heard."""
        return self.peak < _QUIETEST_PEAK

    @property
    def peak_dbfs(self) -> float:
        """Highest absolute sample in decibels relative to full scale."""
        return SILENCE_DBFS if self.peak <= 0 else max(SILENCE_DBFS, 20 * math.log10(self.peak))

    def blocks(self, n_samples: int) -> Iterator[F32]:
        """Yield (n, 2) float32 with n up to `n_samples`."""
        with self.path.open("rb") as file:
            while data := file.read(n_samples * _BYTES_PER_FRAME):
                yield np.frombuffer(data, np.float32).reshape(-1, 2) * np.float32(self.gain)

    def scaled(self, gain: float) -> HeldSound:
        """Return the same sound, louder or softer by a linear gain."""
        return replace(self, gain=self.gain * gain, peak=self.peak * gain)

    def peaking_at(self, dbfs: float) -> HeldSound:
        """Return the same sound with its peak at a level; silence stays silent."""
        return self.scaled(0.0 if self.is_silent else 10 ** (dbfs / 20) / self.peak)


def hold(blocks: Iterable[F32], n_samples: int, path: Path) -> HeldSound:
    """Keep sound in a file.

    Parameters
    ----------
    blocks : iterable of (n, 2) float32
        They add up to `n_samples`.
    n_samples : int
        Length at 48 kHz.
    path : Path
        A file that is made here, or written anew.

    Raises
    ------
    ValueError
        When another number of samples comes.
    """
    peak, at = 0.0, 0
    with path.open("wb") as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.float32).tobytes())
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
            at += len(block)
    if at != n_samples:
        raise ValueError(f"{at} samples came, not {n_samples}")
    return HeldSound(path, n_samples, peak)


def faded_out(blocks: Iterable[F32], n_samples: int) -> Iterator[F32]:
    """Yield (n, 2) float32 blocks of `n_samples` in all; the last 20 ms fade, so that what rings does not click."""
    n_left = n_samples
    for block in blocks:
        left = np.arange(n_left, n_left - len(block), -1, dtype=np.float32)
        yield block * np.minimum(1, (left - 1) / FADE_SAMPLES).clip(0, 1)[:, None].astype(np.float32)
        n_left -= len(block)

"""Where the music of a film is to be silent: behind cues that are cut or have faded, nothing rings on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.score import Score
from v2m_bridge.export.held_sound import FADE_SAMPLES
from v2m_bridge.export.synth import SAMPLE_RATE

ENDS_ON_THE_OUT: Final = frozenset({"fade", "cut"})
"""Endings after which nothing is to ring: the last 20 ms before the out fade."""


def silences(score: Score) -> tuple[tuple[int, int], ...]:
    """Return the stretches between the out of a cue that is cut or fades and the next cue, in samples at 48 kHz.

    The last one reaches to the end of the edit.  A cue that follows at once leaves none: its first chord covers what
    rings.
    """
    ins = [_sample(score, cue.in_frame) for cue in score.cues]
    found = []
    for cue in score.cues:
        if cue.ending in ENDS_ON_THE_OUT:
            out = _sample(score, cue.out_frame)
            end = min((at for at in ins if at >= out), default=_sample(score, score.n_frames))
            found += [(out, end)] if end > out else []
    return tuple(found)


def silenced(blocks: Iterable[F32], stretches: Iterable[tuple[int, int]]) -> Iterator[F32]:
    """Yield (n, 2) float32 blocks with stretches of samples silent; the 20 ms before each fade."""
    wanted, at = tuple(stretches), 0
    for block in blocks:
        end = at + len(block)
        gain = np.ones(len(block), np.float32)
        for first, last in wanted:
            if first - FADE_SAMPLES < end and last > at:
                samples = np.arange(at, min(last, end))
                gain[: len(samples)] *= np.clip((first - 1 - samples) / FADE_SAMPLES, 0, 1)
        yield block * gain[:, None]
        at = end


def _sample(score: Score, frame: int) -> int:
    return round(frame / Fraction(score.rate) * SAMPLE_RATE)

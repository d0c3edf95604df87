"""Where people speak in a medium.

A medium is heard in blocks of 30.72 s on its own clock, each with two seconds of run-up and for itself: what is heard
at a place depends neither on where the edit cuts nor on what was heard before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.speech import Span, joined_spans
from v2m_bridge.entries import content_fingerprint
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.sound import Sound
from v2m_bridge.listening.speech_net import NAME, RATE_HZ, STEP_SAMPLES, speech_likelihood

U8 = NDArray[np.uint8]

STEP_S: Final = Fraction(STEP_SAMPLES, RATE_HZ)
BLOCK_STEPS: Final = 960
_RUN_UP_STEPS: Final = 64
_BLOCKS_AT_ONCE: Final = 8
_ENTER: Final = 128
"""Likelihood, of 255, from which on somebody speaks."""
_STAY: Final = 90
"""Likelihood below which they have stopped."""
_PAUSE_S: Final = Fraction(2, 5)
"""Pauses up to this belong to the line."""
_SHORTEST_S: Final = Fraction(1, 5)
_LATE_S: Final = STEP_S
"""How much later than the voice the likelihood falls."""
_REACH_S: Final = Fraction(2)
"""What is heard around a stretch to know whether a line runs into it."""


def speech_in(
    path: Path,
    stretches: Sequence[Span],
    cache: HeardCache,
    *,
    channel: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[Span, ...], ...]:
    """Find where people speak in stretches of a medium.

    Parameters
    ----------
    path : Path
        A plain sound or video file.
    stretches : sequence of (Fraction, Fraction)
        First and end second, on the clock of the medium.
    cache : HeardCache
    channel : int, optional
        One channel alone, counted from 0; None hears the mix of all.
    progress : callable, optional
        Receives (blocks heard, blocks in all).

    Returns
    -------
    tuple of tuple of (Fraction, Fraction)
        For each stretch the spans of speech inside it, on the clock of the medium.

    Raises
    ------
    MediaError
        When the medium cannot be heard.
    """
    around = [(max(Fraction(0), start_s - _REACH_S), end_s + _REACH_S) for start_s, end_s in stretches]
    steps = [(int(start_s / STEP_S), -int(-end_s // STEP_S)) for start_s, end_s in around]
    numbers = sorted({n for first, last in steps for n in range(first // BLOCK_STEPS, -(-last // BLOCK_STEPS))})
    heard = _blocks(path, numbers, cache, channel, progress)
    spoken = []
    for (first, last), (start_s, end_s) in zip(steps, stretches, strict=True):
        blocks = range(first // BLOCK_STEPS, -(-last // BLOCK_STEPS))
        likelihood = np.concatenate([heard[n] for n in blocks]) if blocks else np.zeros(0, np.uint8)
        spans = spans_of(likelihood, blocks.start * BLOCK_STEPS * STEP_S)
        inside = ((max(start_s, a), min(end_s, b)) for a, b in spans)
        spoken.append(tuple((a, b) for a, b in inside if a < b))
    return tuple(spoken)


def spans_of(likelihood: U8, starts_s: Fraction) -> tuple[Span, ...]:
    """Return the spans of speech of one likelihood, 0 to 255, per step.

    Speech begins where the likelihood reaches one half and ends where it falls below a third; pauses up to 0.4 s belong
    to it, and less than 0.2 s is no speech.
    """
    spans: list[Span] = []
    begun: int | None = None
    for step, value in enumerate([*likelihood.tolist(), 0]):
        if begun is None and value >= _ENTER:
            begun = step
        elif begun is not None and value < _STAY:
            spans.append((starts_s + begun * STEP_S, starts_s + step * STEP_S))
            begun = None
    lines = joined_spans(spans, pause_s=_PAUSE_S)
    return tuple((a, b - _LATE_S) for a, b in lines if b - a >= _SHORTEST_S)


def _blocks(
    path: Path,
    numbers: Iterable[int],
    cache: HeardCache,
    channel: int | None,
    progress: Callable[[int, int], None] | None,
) -> dict[int, U8]:
    """Return the likelihood of each block, (960,) of 0 to 255."""
    content = content_fingerprint(path)
    heard: dict[int, U8] = {}
    missing = []
    for number in numbers:
        data = cache.load("speech", NAME, content, channel, number)
        if data is not None and len(data) == BLOCK_STEPS:
            heard[number] = np.frombuffer(data, np.uint8)
        else:
            missing.append(number)
    if not missing:
        return heard
    with Sound(path) as sound:
        for first in range(0, len(missing), _BLOCKS_AT_ONCE):
            some = missing[first : first + _BLOCKS_AT_ONCE]
            likelihood = speech_likelihood(np.stack([_block(sound, number, channel) for number in some]))
            for number, row in zip(some, np.rint(255 * likelihood[:, _RUN_UP_STEPS:]).astype(np.uint8), strict=True):
                heard[number] = row
                cache.store(row.tobytes(), "speech", NAME, content, channel, number)
            if progress is not None:
                progress(first + len(some), len(missing))
    return heard


def _block(sound: Sound, number: int, channel: int | None) -> F32:
    """(N,) float32 at 16 kHz: the run-up and the block; silence before the medium and after it."""
    first = number * BLOCK_STEPS - _RUN_UP_STEPS
    return sound.samples(first * STEP_S, (first + _RUN_UP_STEPS + BLOCK_STEPS) * STEP_S, RATE_HZ, channel=channel)

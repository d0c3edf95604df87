"""The tempo of music and its beats, from how strongly notes begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from v2m_bridge.listening.onsets import F64, STEPS_PER_S, Onsets

SLOWEST_BPM: Final = 40.0
FASTEST_BPM: Final = 240.0
_PER_OCTAVE: Final = 600
_USUAL_BPM: Final = 130.0
_USUAL_OCTAVES: Final = 0.8
"""How far tempi lie from the usual one, one standard deviation.  Multiples of a period fit as well as the period, which
favours slow tempi, so the usual one is taken faster than what people tap."""
_N_MULTIPLES: Final = 8
_EVEN_WEIGHT: Final = 0.5
"""Of even multiples: half of a period fits them as well as the period does, and only odd ones tell."""
_BLUR: Final = 9
_STRICTNESS: Final = 100.0
_N_REFITS: Final = 3
_MIN_BEATS: Final = 8
_SURE: Final = (0.06, 0.30)
"""Likeness of the music to itself a few beats later that makes the tempo doubtful, and sure."""
_LOOSE: Final = 0.12
"""Share of a beat by which beats may stray from even ones before nothing is left of the confidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """An even pulse."""

    bpm: float
    first_s: float
    """Of the first beat that sounds, by the even pulse."""
    at_s: F64
    """(B,) beats as they are played."""
    confidence: float
    """0..1."""


def beats_of(onsets: Onsets) -> Beats | None:
    """Find the tempo and follow the beat; None where nothing recurs evenly.

    The tempo is where the onset strength is most like itself one to eight beats later; beats are followed by dynamic
    programming, and a line through them gives the tempo to a hundredth.  Sources: Ellis 2007 (beat tracking by dynamic
    programming); Percival and Tzanetakis 2014 (periods from autocorrelation and their multiples).
    """
    blur = np.hanning(_BLUR + 2)[1:-1]
    strength = np.convolve(onsets.strength, blur / blur.sum(), "same")
    found = _period(strength)
    if found is None:
        return None
    period, likeness = found
    steps = _followed(onsets.strength, period)
    if len(steps) < _MIN_BEATS:
        return None
    at_s = onsets.time_s(_between(np.convolve(onsets.strength, [0.25, 0.5, 0.25], "same"), steps))
    line = _line(at_s, onsets.strength[steps])
    length_s, start_s, stray = line
    confidence = float(np.clip((likeness - _SURE[0]) / (_SURE[1] - _SURE[0]), 0, 1) * np.clip(1 - stray / _LOOSE, 0, 1))
    bpm = 60 / length_s if length_s > 0 else 0.0
    if not SLOWEST_BPM / 1.05 <= bpm <= FASTEST_BPM * 1.05:
        return None
    return Beats(bpm, start_s, at_s, confidence)


def _period(strength: F64) -> tuple[float, float] | None:
    """Return the beat in moments and how alike the music is to itself after one to eight of them, 0..1."""
    n = len(strength)
    centred = strength - strength.mean()
    power = float(centred @ centred)
    if n < 4 * STEPS_PER_S or power <= 0:
        return None
    spectrum = np.fft.rfft(centred, 2 * n)
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / power * (n / np.maximum(1, n - np.arange(n)))
    bpms = SLOWEST_BPM * 2 ** np.arange(0, np.log2(FASTEST_BPM / SLOWEST_BPM), 1 / _PER_OCTAVE)
    beat = 60 / bpms * STEPS_PER_S  # (P,)
    total, count = np.zeros(len(bpms)), np.zeros(len(bpms))
    for multiple in range(1, _N_MULTIPLES + 1):
        inside = multiple * beat < 0.75 * n
        weight = np.where(inside, 1 if multiple % 2 else _EVEN_WEIGHT, 0)
        total += weight * np.interp(multiple * beat, np.arange(n), alike)
        count += weight
    likeness = total / np.maximum(1, count)
    usual = np.exp(-0.5 * (np.log2(bpms / _USUAL_BPM) / _USUAL_OCTAVES) ** 2)
    best = int(np.argmax(likeness * usual))
    return (float(beat[best]), float(likeness[best])) if likeness[best] > 0 else None


def _followed(strength: F64, period: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the moments (B,) of the chain of beats that is strongest and most even."""
    peaks = np.convolve(strength, np.exp(-0.5 * np.arange(-3, 4) ** 2), "same")
    back = np.arange(-round(1.5 * period), -round(period / 1.5) + 1)
    cost = _STRICTNESS * np.log(-back / period) ** 2
    worth, before = peaks.copy(), np.full(len(peaks), -1, np.int64)
    for step in range(-int(back[-1]), len(peaks)):
        first = max(0, -(step + int(back[0])))
        chains = worth[step + back[first:]] - cost[first:]
        best = int(np.argmax(chains))
        if chains[best] > 0:
            worth[step] += chains[best]
            before[step] = step + back[first + best]
    tail = max(0, len(worth) - round(1.2 * period))
    chain = [tail + int(np.argmax(worth[tail:]))]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return np.array(chain[::-1], dtype=np.int64)


def _between(values: F64, steps: np.ndarray[tuple[int], np.dtype[np.int64]]) -> F64:
    """Return where between moments the peaks lie, by a parabola through three of them."""
    left, top, right = (values[np.clip(steps + side, 0, len(values) - 1)] for side in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, 1), 0)
    moved: F64 = steps + np.clip(shift, -0.5, 0.5)
    return moved


def _line(at_s: F64, strength: F64) -> tuple[float, float, float]:
    """Return length of a beat, time of the first, and how far beats stray from even ones, in beats."""
    number = np.arange(len(at_s))
    weight = strength + 1e-6
    slope = start = stray = 0.0
    for _ in range(_N_REFITS):
        slope, start = np.polyfit(number, at_s, 1, w=np.sqrt(weight))
        off = at_s - (start + slope * number)
        stray = float(np.sqrt(np.average(off**2, weights=weight)))
        weight = (strength + 1e-6) * (np.abs(off) <= 2.5 * stray + 1e-3)
    return float(slope), float(start), stray / float(slope) if slope > 0 else 1.0

"""Sounds for tests, and meters that owe nothing to the code they test."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

HZ = 48_000
Sound = NDArray[np.float64]
"""(n, 2) at 48 kHz, 1 is full scale."""


def tone(seconds: float, *, hz: float = 1000.0, level: float = 0.1) -> Sound:
    """Return a sine in both channels."""
    wave_form = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * HZ)) / HZ)
    return np.stack([wave_form, wave_form], axis=1)


def silence(seconds: float) -> Sound:
    return np.zeros((round(seconds * HZ), 2))


def write_sound(path: Path, sound: Sound) -> Path:
    """Write 16 bit PCM; return `path`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(HZ)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return path


def read_sound(path: Path) -> Sound:
    """Decode the sound of a file."""
    with av.open(str(path)) as container:
        resample = av.AudioResampler(format="fltp", layout="stereo", rate=HZ)
        pieces = [piece.to_ndarray() for frame in container.decode(audio=0) for piece in resample.resample(frame)]
    return np.concatenate(pieces, axis=1).T.astype(np.float64)


def meter(sound: Sound) -> dict[str, float]:
    """Measure with FFmpeg's ebur128: integrated loudness ``I`` in LUFS, ``true_peak`` linear."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="dbl", sample_rate=HZ, layout="stereo", time_base=Fraction(1, HZ))
    chain = [source, graph.add("ebur128", "peak=true:metadata=1"), graph.add("abuffersink")]
    for a, b in pairwise(chain):
        a.link_to(b)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), format="dbl", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = HZ, 0, Fraction(1, HZ)
    graph.push(frame)
    graph.push(None)
    told: dict[str, str] = {}
    pull: Callable[[], Any] = graph.pull
    while True:
        try:
            told |= pull().metadata
        except (av.EOFError, av.BlockingIOError):
            return {key.removeprefix("lavfi.r128."): float(value) for key, value in told.items()}


def band_rms(sound: Sound, hz: float, start_s: float, end_s: float) -> float:
    """Return the level of one frequency in a stretch, as the correlation with a sine of it."""
    piece = sound[round(start_s * HZ) : round(end_s * HZ)].mean(axis=1)
    turn = np.exp(-2j * np.pi * hz * np.arange(len(piece)) / HZ)
    return float(np.abs((piece * np.hanning(len(piece)) * turn).mean()))


def dbfs(value: float) -> float:
    return float(20 * np.log10(value + 1e-12))

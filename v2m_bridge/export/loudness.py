"""Loudness of programmes: FFmpeg's meter of ITU-R BS.1770-4 and EBU R 128 (filter ``ebur128``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.export.synth import SAMPLE_RATE

_UNHEARD_LUFS: Final = -69.9
"""The absolute gate of BS.1770-4 stands at -70 LUFS; the meter answers so for what never passes it."""
_KEY: Final = "lavfi.r128.I"


@dataclass(frozen=True, slots=True)
class Loudness:
    """Result of a `LoudnessMeter`."""

    integrated_lufs: float | None
    """None where nothing passes the gate: silence, or less than the 400 ms of one gating block."""


class LoudnessMeter:
    """Measures sound that passes through it."""

    def __init__(self) -> None:
        graph = av.filter.Graph()
        source = graph.add_abuffer(
            format="flt", sample_rate=SAMPLE_RATE, layout="stereo", time_base=Fraction(1, SAMPLE_RATE)
        )
        meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        graph.configure()
        self._graph = graph
        self._at = 0
        self._told = ""

    def through(self, blocks: Iterable[F32]) -> Iterator[F32]:
        """Yield the same (n, 2) float32 blocks at 48 kHz, measured."""
        for block in blocks:
            self._push(block)
            yield block

    def result(self) -> Loudness:
        """Return what was measured; nothing can be pushed after."""
        self._graph.push(None)
        self._pull()
        lufs = float(self._told or _UNHEARD_LUFS)
        return Loudness(lufs if lufs > _UNHEARD_LUFS else None)

    def _push(self, block: F32) -> None:
        if not len(block):
            return
        interleaved = np.ascontiguousarray(block, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
        self._at += len(block)
        self._graph.push(frame)
        self._pull()

    def _pull(self) -> None:
        while True:
            try:
                frame: Any = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._told = frame.metadata.get(_KEY, self._told)


def integrated_lufs(blocks: Iterable[F32]) -> float | None:
    """Return the integrated loudness of (n, 2) float32 blocks at 48 kHz in LUFS, None for silence.

    Source: ITU-R BS.1770-4, gated as in its annex 1.
    """
    meter = LoudnessMeter()
    for _ in meter.through(blocks):
        pass
    return meter.result().integrated_lufs

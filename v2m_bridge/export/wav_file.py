"""WAV: 16 bit PCM, stereo, 48 kHz."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import MARK
from v2m_bridge.export.held_sound import HeldSound
from v2m_bridge.export.synth import BLOCK_SAMPLES, SAMPLE_RATE

_N_CHANNELS: Final = 2
_BYTES_PER_FRAME: Final = 2 * _N_CHANNELS
_MAX_BYTES: Final = 0xFFFFFFFF


def write_wav(mix: HeldSound, path: Path, progress: Callable[[int, int], None]) -> None:
    """Write a mix; its samples follow a tag that says which program wrote them.

    Raises
    ------
    OutputError
        When the mix is longer than a WAV file can be (six hours).
    """
    n_bytes = mix.n_samples * _BYTES_PER_FRAME
    head = _chunk(b"fmt ", _format()) + _chunk(b"LIST", b"INFO" + _chunk(b"ISFT", MARK.encode() + b"\0"))
    riff_bytes = 4 + len(head) + 8 + n_bytes
    if riff_bytes > _MAX_BYTES:
        raise OutputError(f"{path.name} would be longer than a WAV file can be", hint="Render an .mp4 instead.")
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + head)
        file.write(b"data" + struct.pack("<I", n_bytes))
        done = 0
        for block in mix.blocks(BLOCK_SAMPLES):
            file.write(np.rint(block * 32767).astype("<i2").tobytes())
            done += len(block)
            progress(done, mix.n_samples)


def _format() -> bytes:
    bytes_per_s = SAMPLE_RATE * _BYTES_PER_FRAME
    return struct.pack("<HHIIHH", 1, _N_CHANNELS, SAMPLE_RATE, bytes_per_s, _BYTES_PER_FRAME, 16)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

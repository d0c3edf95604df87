"""Broadcast WAVE: 24 bit PCM, stereo, 48 kHz, with a ``bext`` chunk.

The originator reference holds `MARK` and a digest of the samples: a file is replaced only while its sound is, byte for
byte, the one that was written, so that a stem that was worked on stays.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.errors import OutputError
from v2m_bridge.export.bext import ORIGINATOR_BYTES, REFERENCE_AT, Broadcast, bext_chunk
from v2m_bridge.export.files import MARK
from v2m_bridge.export.synth import SAMPLE_RATE

FULL_SCALE: Final = (1 << 23) - 1
"""Highest sample of 24 bits."""

_N_CHANNELS: Final = 2
_BYTES_PER_FRAME: Final = 3 * _N_CHANNELS
_MAX_BYTES: Final = 0xFFFFFFFF
_READ_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 8
_MOST_CHUNKS: Final = 64

Samples = NDArray[np.int32]
"""(n, 2) whole numbers from -2^23 to 2^23 - 1."""


def write_bwf(blocks: Iterable[Samples], n_samples: int, path: Path, broadcast: Broadcast) -> None:
    """Write samples as they are.

    Parameters
    ----------
    blocks : iterable of (n, 2) int32
        Whole numbers of 24 bits, `n_samples` in all.
    n_samples : int
    path : Path
        An empty file.
    broadcast : Broadcast
        What the file says of itself.

    Raises
    ------
    OutputError
        When the sound is longer than a WAVE file can be (four hours).
    """
    n_bytes = n_samples * _BYTES_PER_FRAME
    bext = _chunk(b"bext", bext_chunk(broadcast, b""))
    head = bext + _chunk(b"fmt ", _format())
    riff_bytes = 4 + len(head) + _HEAD_BYTES + n_bytes
    if riff_bytes > _MAX_BYTES:
        raise OutputError(f"{path.name} would be longer than a WAVE file can be", hint="Divide the cue.")
    digest = _digest()
    with path.open("r+b") as file:
        file.write(b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + head + b"data" + struct.pack("<I", n_bytes))
        for block in blocks:
            data = _packed(block)
            digest.update(data)
            file.write(data)
        file.seek(12 + _HEAD_BYTES + REFERENCE_AT)
        file.write(_reference(digest))


def is_our_bwf(path: Path) -> bool:
    """Whether we wrote the file at this path, and its samples are still what we wrote."""
    reference, digest = b"", None
    with path.open("rb") as file:
        for name, size in _chunks(file):
            if name == b"bext":
                file.seek(REFERENCE_AT, 1)
                reference = file.read(ORIGINATOR_BYTES).rstrip(b"\0")
            elif name == b"data":
                digest = _digest()
                for piece in _read(file, size):
                    digest.update(piece)
    return digest is not None and reference == _reference(digest)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield name and length of each chunk of a WAVE file, which stands at the chunk's data then."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return
    for _ in range(_MOST_CHUNKS):
        head = file.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES:
            return
        at, size = file.tell(), struct.unpack("<I", head[4:])[0]
        yield head[:4], size
        file.seek(at + size + size % 2)


def _read(file: BinaryIO, n_bytes: int) -> Iterator[bytes]:
    while n_bytes > 0 and (piece := file.read(min(n_bytes, _READ_BYTES))):
        yield piece
        n_bytes -= len(piece)


def _packed(block: Samples) -> bytes:
    """Return the low three bytes of each sample."""
    return np.ascontiguousarray(block, "<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _digest() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=7)


def _reference(digest: hashlib.blake2b) -> bytes:
    """Return `MARK` and fourteen hexadecimal digits, 31 of the 32 characters that there are."""
    return f"{MARK} {digest.hexdigest()}".encode()


def _format() -> bytes:
    bytes_per_s = SAMPLE_RATE * _BYTES_PER_FRAME
    return struct.pack("<HHIIHH", 1, _N_CHANNELS, SAMPLE_RATE, bytes_per_s, _BYTES_PER_FRAME, 24)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

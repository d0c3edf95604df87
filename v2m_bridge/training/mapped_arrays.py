"""Many arrays in one file that is mapped into memory: opened at once, read where it is touched, shared by processes.

The file is: eight bytes of magic, length and checksum of the header as little-endian 64-bit numbers, the header in
JSON, and the arrays one after another at multiples of 64 bytes.  The header holds a checksum of the arrays, so that a
damaged file is told from a good one.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from v2m_bridge.entries import write_entry

Array = NDArray[Any]
_MAGIC: Final = b"V2Marr01"
_HEAD: Final = struct.Struct("<8sQQ")
_ALIGNMENT: Final = 64
_BLOCK: Final = 1 << 22
_LONGEST_HEADER: Final = 1 << 28


class _Place(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int
    """From the start of the arrays."""


class _Header(msgspec.Struct, frozen=True):
    places: dict[str, _Place]
    about: msgspec.Raw
    n_bytes: int
    checksum: int


def write_arrays(path: Path, arrays: Mapping[str, Array], about: object) -> None:
    """Write arrays and what is told of them (anything that JSON holds), whole or not at all."""
    places: dict[str, _Place] = {}
    offset = checksum = 0
    for name, array in arrays.items():
        places[name] = _Place(array.dtype.str, array.shape, offset)
        padded = _padding(array.nbytes)
        checksum = crc32(padded, crc32(_bytes_of(array), checksum))
        offset += array.nbytes + len(padded)
    header = msgspec.json.encode(_Header(places, msgspec.Raw(msgspec.json.encode(about)), offset, checksum))
    header += b" " * (-(_HEAD.size + len(header)) % _ALIGNMENT)

    def write(file: BinaryIO) -> None:
        file.write(_HEAD.pack(_MAGIC, len(header), crc32(header)) + header)
        for array in arrays.values():
            file.write(_bytes_of(array))
            file.write(_padding(array.nbytes))

    write_entry(path, write)


def map_arrays(path: Path) -> tuple[dict[str, Array], msgspec.Raw] | None:
    """Map a file; None where there is none, or it is damaged.

    Returns
    -------
    dict of str to array, msgspec.Raw
        Read-only views of the file, and the JSON of what is told of them.
    """
    try:
        with path.open("rb") as file:
            magic, length, checksum = _HEAD.unpack(file.read(_HEAD.size))
            if magic != _MAGIC or length > _LONGEST_HEADER:
                return None
            text = file.read(length)
        if crc32(text) != checksum:
            return None
        header = msgspec.json.decode(text, type=_Header)
        body = np.memmap(path, np.uint8, "r", _HEAD.size + length, (header.n_bytes,))
        if _checksum(body) != header.checksum:
            return None
        return {name: _view(body, place) for name, place in header.places.items()}, header.about
    except (OSError, ValueError, TypeError, struct.error, msgspec.DecodeError):
        return None


def _view(body: Array, place: _Place) -> Array:
    dtype = np.dtype(place.dtype)
    n_bytes = dtype.itemsize * int(np.prod(place.shape))
    return body[place.offset : place.offset + n_bytes].view(dtype).reshape(place.shape).view(np.ndarray)


def _checksum(body: Array) -> int:
    checksum = 0
    for start in range(0, len(body), _BLOCK):
        checksum = crc32(memoryview(body[start : start + _BLOCK]), checksum)  # type: ignore[arg-type]
    return checksum


def _bytes_of(array: Array) -> memoryview:
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))  # type: ignore[arg-type]


def _padding(n_bytes: int) -> bytes:
    return bytes(-n_bytes % _ALIGNMENT)

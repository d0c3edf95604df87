"""A strict reader of OSC datagrams, for everything that comes from a network.

It accepts the part of OSC 1.0 that the bridge speaks (types i, f, s and b; plain addresses) and refuses the rest with a
reason.  It exists because the usual library can be hung for ever by one 24-byte bundle, recurses without a limit and
compiles address patterns to regular expressions.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Final

MAX_DATAGRAM_BYTES: Final = 8192
MAX_BUNDLE_DEPTH: Final = 4
MAX_MESSAGES: Final = 64
_BUNDLE: Final = b"#bundle\0"
_ADDRESS_BYTES: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:")

OscArg = int | float | str | bytes


class OscError(ValueError):
    """A datagram that is not served; the text says why."""


@dataclass(frozen=True, slots=True)
class OscMessage:
    """One message; `time_tag` is the 64-bit NTP tag of its bundle, 1 (at once) outside bundles."""

    address: str
    args: tuple[OscArg, ...]
    time_tag: int = 1


def read_datagram(data: bytes) -> tuple[OscMessage, ...]:
    """Read a datagram, whole or not at all.

    Parameters
    ----------
    data : bytes
        As received; at most `MAX_DATAGRAM_BYTES`.

    Returns
    -------
    tuple of OscMessage
        In the order of the datagram.  An empty bundle gives an empty tuple.

    Raises
    ------
    OscError
        When any part is malformed, too deep, too large, or of a type that is not spoken here.
        Time and memory are linear in the size of the datagram.
    """
    if len(data) > MAX_DATAGRAM_BYTES:
        raise OscError(f"{len(data)} bytes are more than {MAX_DATAGRAM_BYTES}")
    messages: list[OscMessage] = []
    _read_packet(data, 0, len(data), 1, 0, messages)
    return tuple(messages)


def _read_packet(data: bytes, start: int, end: int, time_tag: int, depth: int, messages: list[OscMessage]) -> None:
    if (end - start) % 4 or end - start < 8:
        raise OscError("a packet is at least 8 bytes and a multiple of 4")
    if data[start : start + 8] != _BUNDLE:
        if len(messages) >= MAX_MESSAGES:
            raise OscError(f"more than {MAX_MESSAGES} messages")
        messages.append(_read_message(data, start, end, time_tag))
        return
    if depth >= MAX_BUNDLE_DEPTH:
        raise OscError(f"bundles nested deeper than {MAX_BUNDLE_DEPTH}")
    if end - start < 16:
        raise OscError("a bundle without time tag")
    tag = int.from_bytes(data[start + 8 : start + 16], "big")
    at = start + 16
    while at < end:
        size = int.from_bytes(data[at : at + 4], "big", signed=True) if at + 4 <= end else -1
        if size <= 0 or size % 4 or at + 4 + size > end:
            raise OscError(f"a bundle element of {size} bytes")
        _read_packet(data, at + 4, at + 4 + size, tag, depth + 1, messages)
        at += 4 + size


def _read_message(data: bytes, start: int, end: int, time_tag: int) -> OscMessage:
    address, at = _read_padded(data, start, end)
    if not address.startswith(b"/") or not _ADDRESS_BYTES.issuperset(address):
        raise OscError("an address that is not a plain path")
    if at >= end:
        raise OscError("a message without type tags")
    tags, at = _read_padded(data, at, end)
    if not tags.startswith(b","):
        raise OscError("type tags without a comma")
    args: list[OscArg] = []
    for tag in tags[1:]:
        value, at = _read_argument(data, at, end, tag)
        args.append(value)
    if at != end:
        raise OscError("bytes after the last argument")
    return OscMessage(address.decode("ascii"), tuple(args), time_tag)


def _read_argument(data: bytes, at: int, end: int, tag: int) -> tuple[OscArg, int]:
    match chr(tag):
        case "i":
            _need(at + 4 <= end, "an integer is cut short")
            return int.from_bytes(data[at : at + 4], "big", signed=True), at + 4
        case "f":
            _need(at + 4 <= end, "a float is cut short")
            (value,) = struct.unpack_from(">f", data, at)
            _need(math.isfinite(value), "a float that is not finite")
            return float(value), at + 4
        case "s":
            text, at = _read_padded(data, at, end)
            try:
                return text.decode("utf-8"), at
            except UnicodeDecodeError as exc:
                raise OscError("a string that is not UTF-8") from exc
        case "b":
            _need(at + 4 <= end, "a blob is cut short")
            size = int.from_bytes(data[at : at + 4], "big", signed=True)
            after = at + 4 + (size + 3) // 4 * 4
            _need(size >= 0 and after <= end, f"a blob of {size} bytes")
            _need(not any(data[at + 4 + size : after]), "a blob that is not padded with zeros")
            return data[at + 4 : at + 4 + size], after
    raise OscError(f"an argument of type {tag:#04x}")


def _read_padded(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    stop = data.find(b"\0", at, end)
    _need(stop >= 0, "a string without end")
    after = at + (stop - at) // 4 * 4 + 4
    _need(after <= end and not any(data[stop:after]), "a string that is not padded with zeros")
    return data[at:stop], after


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise OscError(otherwise)

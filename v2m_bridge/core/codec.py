"""Core values as msgpack between processes, with exact fractions and arrays as raw bytes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeVar

import msgspec
import numpy as np

from v2m_bridge.errors import V2MError

T = TypeVar("T")


def encode(value: object) -> bytes:
    """Encode a core value as msgpack."""
    return msgspec.msgpack.encode(value, enc_hook=_encode_other)


def decode(data: bytes, kind: type[T]) -> T:
    """Decode msgpack that `encode` made.

    Raises
    ------
    msgspec.DecodeError
        When the bytes are not a value of this kind.
    """
    try:
        return msgspec.msgpack.decode(data, type=kind, dec_hook=_decode_other)
    except (ArithmeticError, LookupError, RecursionError, UnicodeDecodeError, V2MError) as exc:
        raise msgspec.DecodeError(f"this is no {kind.__name__}: {exc}") from exc


def decode_union(data: bytes, kinds: Any) -> Any:
    """Decode msgpack of one of several tagged structs; `kinds` is their union.

    Raises
    ------
    msgspec.DecodeError
        When the bytes are none of them.
    """
    try:
        return msgspec.msgpack.decode(data, type=kinds, dec_hook=_decode_other)
    except (ArithmeticError, LookupError, RecursionError, UnicodeDecodeError, V2MError) as exc:
        raise msgspec.DecodeError(f"this is none of the messages expected: {exc}") from exc


def _encode_other(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "shape": value.shape, "data": value.tobytes()}
    raise NotImplementedError(f"cannot send a {type(value).__name__}")


def _decode_other(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    if kind is np.ndarray or getattr(kind, "__origin__", None) is np.ndarray:
        return np.frombuffer(value["data"], dtype=value["dtype"]).reshape(value["shape"]).copy()
    raise NotImplementedError(f"cannot receive a {kind}")

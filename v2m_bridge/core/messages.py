"""What parent and child processes say to each other: framed msgpack, each with the id of its request.

A message is packed as (request id, name of its type, its bytes), so that an answer to a request that nobody waits for
any more is dropped without being decoded, and so that every process knows only the types that it expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.timeline import MediaFacts, Timeline
from v2m_bridge.errors import (
    DirectionError,
    MediaError,
    ModelError,
    OutputError,
    SettingsError,
    TimelineError,
    V2MError,
)

NO_REQUEST: Final = 0
"""Id of what a child says unasked; requests count from 1."""

_ERRORS: Final = {
    kind.__name__: kind
    for kind in (V2MError, SettingsError, TimelineError, MediaError, DirectionError, ModelError, OutputError)
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A child has imported all that it needs."""


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """`done` of `total` steps of what `label` names; `total` is 0 where it is not known."""

    label: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer: an error of `v2m_bridge.errors`, or with an empty `error` a fault of ours."""

    error: str
    message: str
    hint: str = ""
    column: int | None = None


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Read an edit; answered by a `Timeline`, a `PlainVideo`, or a `MediaWanted` where `known` is None."""

    path: str
    media_dirs: tuple[str, ...] = ()
    rate: Fraction | None = None
    known: dict[str, MediaFacts] | None = None
    """Facts about media by path, for formats that leave them out."""
    previous: Timeline | None = None
    """The edit as it was read before; a `Conformed` then answers in place of the `Timeline`."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Ask media what they say of themselves; answered by `Probed`."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """Facts about the media that could be opened, by path."""

    facts: dict[str, MediaFacts]


class Envelope(NamedTuple):
    """A message whose payload is still packed."""

    request_id: int
    kind: str
    payload: bytes


class MessageError(ValueError):
    """Bytes that are no message, or a message of an unexpected type."""


def pack(request_id: int, message: object) -> bytes:
    """Pack a core value (any dataclass that `core.codec` can encode) as bytes."""
    return encode(Envelope(request_id, type(message).__name__, encode(message)))


def unpack(data: bytes) -> Envelope:
    """Read who a message is for and what it is.

    Raises
    ------
    MessageError
        When the bytes are no message.
    """
    try:
        return decode(data, Envelope)
    except msgspec.DecodeError as exc:
        raise MessageError(f"{len(data)} bytes are no message: {exc}") from exc


def opened(envelope: Envelope, kinds: Iterable[type]) -> object:
    """Return the message in an envelope as one of the given types.

    Raises
    ------
    MessageError
        When it is of another type, or its bytes do not fit.
    """
    kind = next((kind for kind in kinds if kind.__name__ == envelope.kind), None)
    if kind is None:
        raise MessageError(f"a message of type {envelope.kind[:40]!r} was not expected")
    try:
        value: object = decode(envelope.payload, kind)
    except (msgspec.DecodeError, ValueError, TypeError) as exc:
        raise MessageError(f"a {envelope.kind} does not fit: {exc}") from exc
    return value


def failure_of(error: V2MError) -> Failure:
    """Return what to send of an error; a room's own kind of error travels as the one that it derives from."""
    known = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS)
    column = error.column if isinstance(error, DirectionError) else None
    return Failure(error=known, message=str(error), hint=error.hint, column=column)


def error_of(failure: Failure) -> V2MError | None:
    """Return the error that a failure carries, None where it is a fault of ours."""
    if failure.error == DirectionError.__name__:
        return DirectionError(failure.message, column=failure.column, hint=failure.hint)
    kind = _ERRORS.get(failure.error)
    return kind(failure.message, hint=failure.hint) if kind else None

"""MIDI Machine Control: what a transport is told to do.  Source: MIDI 1.0, RP-013."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from v2m_bridge.player.sync.timecode_label import BY_CODE, Label, MtcRate, frame_of, label_of

_LOCATE: Final = 0x44
_TARGET: Final = 1
_ALL: Final = 0x7F
_HEAD_BYTES: Final = 4
_LONG_COMMANDS: Final = range(0x40, 0x78)
"""Commands that carry a count and so many bytes more."""


class MmcVerb(Enum):
    """What the player understands."""

    STOP = 0x01
    PLAY = 0x02
    DEFERRED_PLAY = 0x03
    PAUSE = 0x09
    RESET = 0x0D
    LOCATE = _LOCATE


class MmcCommand(NamedTuple):
    """One command; frame and rate are those of a locate."""

    verb: MmcVerb
    frame: int = 0
    """From midnight."""
    rate: MtcRate | None = None


_BY_CODE: Final = {verb.value: verb for verb in MmcVerb}


def read_mmc(message: bytes, device: int = _ALL) -> tuple[MmcCommand, ...]:
    """Return the commands of a whole MIDI message that are meant for a device; none where it is not machine control.

    Parameters
    ----------
    message : bytes
        A MIDI message of any kind, with its status and end.
    device : int
        Our number; 127 listens to whatever is meant for anybody.
    """
    if len(message) <= _HEAD_BYTES or message[:2] != b"\xf0\x7f" or message[3] != 6 or message[-1] != 0xF7:
        return ()
    if device != _ALL and message[2] not in (device, _ALL):
        return ()
    body = message[_HEAD_BYTES:-1]
    found: list[MmcCommand] = []
    at = 0
    while at < len(body):
        code = body[at]
        if code not in _LONG_COMMANDS:
            if code in _BY_CODE:
                found.append(MmcCommand(_BY_CODE[code]))
            at += 1
            continue
        size = body[at + 1] if at + 1 < len(body) else len(body)
        field = body[at + 2 : at + 2 + size]
        if len(field) < size:
            return ()
        if code == _LOCATE and (located := _located(field)) is not None:
            found.append(located)
        at += 2 + size
    return tuple(found)


def _located(field: bytes) -> MmcCommand | None:
    if len(field) < 5 or field[0] != _TARGET:
        return None
    hours, *rest = field[1:5]
    rate = BY_CODE[hours >> 5 & 3]
    try:
        return MmcCommand(MmcVerb.LOCATE, frame_of(Label(hours & 31, *(part & 63 for part in rest)), rate), rate)
    except ValueError:
        return None


def write_mmc(command: MmcCommand, device: int = _ALL) -> bytes:
    """Return the message of one command."""
    body = bytes((command.verb.value,))
    if command.verb is MmcVerb.LOCATE:
        rate = command.rate or MtcRate.THIRTY
        hours, minutes, seconds, frames = label_of(command.frame, rate)
        body += bytes((6, _TARGET, rate.code << 5 | hours, minutes, seconds, frames, 0))
    return bytes((0xF0, 0x7F, device, 6)) + body + b"\xf7"

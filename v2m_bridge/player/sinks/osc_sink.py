"""Announcements over OSC: one bundle per musical event with the exact time tag, sent ahead of its time."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from typing import ClassVar, Final

from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge import __version__
from v2m_bridge.core.osc_schema import PROTOCOL
from v2m_bridge.core.playing import SinkState
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import OutputError
from v2m_bridge.player.host_lookup import find_host
from v2m_bridge.player.sayings import TYPES, Said, Saying
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTable

_NTP_TO_UNIX_S: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905)."""
_HINT: Final = "Give --osc-out as HOST:PORT, such as 127.0.0.1:9124."


class OscSink(Sink):
    """A UDP address that is told what is played.  Its clock is the time of day, which time tags are written in."""

    kind: ClassVar[str] = "osc"

    def __init__(self, name: str, table: NoteTable) -> None:
        super().__init__(name)
        del table
        host, _, port = name.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise OutputError(f"{name!r} is not an OSC address", hint=_HINT)
        self._host, self._port = host.strip("[]"), int(port)
        self._socket: socket.socket | None = None
        self._n_sent = 0
        self._error = ""

    def open(self) -> None:
        """Find the address and say hello.

        Raises
        ------
        OutputError
            When the host is unknown, or its name still looked up.
        """
        family, kind, proto, self._address = find_host(self._host, self._port)
        try:
            self._socket = socket.socket(family, kind, proto)
            self._socket.setblocking(False)
        except OSError as exc:
            raise OutputError(f"cannot send OSC to {self.name}: {exc}", hint=_HINT) from exc
        self.say(Said("/v2m/hello", (PROTOCOL, __version__)))

    def now_ns(self) -> int:
        """Return the time of day."""
        return time.time_ns()

    def hand_sayings(self, sayings: Sequence[Saying], offset_ns: int) -> None:
        """Send each saying as a bundle with the time at which it is to happen."""
        for saying in sayings:
            self._send(bundle_of(saying.messages, saying.at_ns + offset_ns))

    def say(self, said: Said) -> None:
        """Send one message as a bundle of now."""
        self._send(bundle_of((said,), time.time_ns()))

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, self._address)
        except OSError as exc:  # nobody listens, or the buffer is full: UDP promises nothing, playing goes on
            self._error = f"OSC to {self.name} was not sent: {exc}"
            return
        self._n_sent += 1
        self._error = ""

    def state(self) -> SinkState:
        """Return how many bundles were sent."""
        return SinkState(self.name, self.kind, self._n_sent, 0, 0, self._error)

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None


def bundle_of(messages: Sequence[Said], at_unix_ns: int) -> bytes:
    """Encode messages as one bundle.

    Parameters
    ----------
    messages : sequence of Said
        Types are those of `core.osc_schema.OUT`.
    at_unix_ns : int
        Time of day at which they are to happen, in nanoseconds since 1970.
    """
    parts = [b"#bundle\0", time_tag(at_unix_ns).to_bytes(8, "big")]
    for path, args in messages:
        builder = OscMessageBuilder(address=path)
        for kind, value in zip(TYPES[path], args, strict=True):
            builder.add_arg(value, kind)
        data = builder.build().dgram
        parts += [struct.pack(">i", len(data)), data]
    return b"".join(parts)


def time_tag(at_unix_ns: int) -> int:
    """Return the 64-bit NTP time of a time of day, to the nearest 2**-32 s.

    Source: RFC 5905 and OSC 1.0; the seconds wrap round in 2036.
    """
    seconds, rest_ns = divmod(at_unix_ns, NS_PER_S)
    return (((seconds + _NTP_TO_UNIX_S) << 32) + ((rest_ns << 32) + NS_PER_S // 2) // NS_PER_S) % (1 << 64)

"""Leading JACK transport: Ardour, REAPER and whatever else follows it play, stop and locate with us."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar, Final

from v2m_bridge.core.playing import SinkState
from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC, frames_to_ns, ns_to_frames, unwrap_frames
from v2m_bridge.player.jack_seat import JackSeat, load_jack
from v2m_bridge.player.sinks.lead import Lead
from v2m_bridge.player.sounding import NoteTable

_HINT: Final = "Start a JACK server (QjackCtl, or jackd), or leave --sync-out jack out."
_PERIODS_TO_ROLL: Final = 2
"""The server takes a request at the end of a period, and rolls from the next but one."""


class TransportSink(Lead):
    """A JACK client that moves the transport."""

    kind: ClassVar[str] = "transport"

    def __init__(self, name: str, table: NoteTable) -> None:
        del table
        super().__init__(name)
        self._client: Any = None
        self._seat: JackSeat | None = None
        self._base = 0

    def open(self) -> None:
        """Join the server.

        Raises
        ------
        OutputError
            When JACK-Client is not installed or no server runs.
        """
        jack = load_jack()
        try:
            self._client = client = jack.Client(self.name, no_start_server=True)
            self._rate, self._base = int(client.samplerate), int(client.frame_time)
            self._seat = JackSeat(client, self)
            client.activate()
        except jack.JackError as exc:
            self.close()
            raise OutputError(f"cannot lead JACK transport: {exc}", hint=_HINT) from exc
        self._roll_ns = frames_to_ns(_PERIODS_TO_ROLL * int(client.blocksize), self._rate)
        self.lead_ns = self._roll_ns
        self.start_delay_ns = self._roll_ns

    def now_ns(self) -> int:
        """Return the server's frame counter as nanoseconds."""
        if self._client is None:
            return MONOTONIC()
        self._base = unwrap_frames(self._base, int(self._client.frame_time))
        return frames_to_ns(self._base, self._rate)

    def state(self) -> SinkState:
        """Return how often the transport was moved."""
        return SinkState(self.name, self.kind, self.n_told, 0, 0, self.lost)

    def go(self, clock_ns: int, at_ns: int) -> None:
        """Locate to where playing will be once the transport rolls, and start it."""
        rolls_ns = self.now_ns() + self._roll_ns
        self._locate(at_ns + rolls_ns - clock_ns)
        self._client.transport_start()

    def halt(self, at_ns: int) -> None:
        """Stop, and locate."""
        self._client.transport_stop()
        self._locate(at_ns)

    def _locate(self, at_ns: int) -> None:
        self._client.transport_frame = max(0, ns_to_frames(at_ns, self._rate))

    def close(self) -> None:
        """Stop the transport and leave the server."""
        if self._client is not None and self._line is not None and not self.lost:
            with contextlib.suppress(Exception):  # a server that is gone answers nothing
                self._client.transport_stop()
        if self._seat is not None:
            self._seat.leave()
        self._client = None

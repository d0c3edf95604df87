"""MIDI out through JACK: every event on its exact frame, written in the server's own cycle."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, ClassVar, Final

from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import frames_to_ns, ns_to_frames, unwrap_frames
from v2m_bridge.player.jack_peers import PortPeers
from v2m_bridge.player.jack_seat import JackSeat, join, load_jack
from v2m_bridge.player.send_queue import Sent
from v2m_bridge.player.sinks.base import MidiSink
from v2m_bridge.player.sounding import NoteTable

_HINT: Final = "Start a JACK server (QjackCtl, or jackd), or choose another MIDI output."
_MARGIN_NS: Final = 10_000_000


class JackSink(MidiSink):
    """A JACK client with one MIDI port; ``v2m_bridge Out`` is the client `v2m_bridge` with the port `Out`."""

    kind: ClassVar[str] = "jack"

    def __init__(self, name: str, table: NoteTable) -> None:
        super().__init__(name, table)
        client, _, port = name.rpartition(" ")
        self._client_name, self._port_name = client or name, port if client else "Out"
        self._client: Any = None
        self._seat: JackSeat | None = None
        self._port: Any = None
        self._base = 0
        self._backlog: deque[Sent] = deque()
        self._peers: PortPeers | None = None

    def open(self) -> None:
        """Join the server, with the name that other programs know, and connect to whom we were connected to.

        Raises
        ------
        OutputError
            When JACK-Client is not installed or no server runs.
        """
        jack = load_jack()
        try:
            self._client = join(jack, self._client_name)
            self._seat = JackSeat(self._client, self)
            self._port = self._client.midi_outports.register(self._port_name)
            self._rate = int(self._client.samplerate)
            self._base = int(self._client.frame_time)
            self._error = jack.JackError
            self.start_delay_ns = frames_to_ns(2 * self._client.blocksize, self._rate) + _MARGIN_NS
            self._client.set_process_callback(self._process)
            self._peers = PortPeers(jack, self._client, self._port, self.table)
            self._client.activate()
        except jack.JackError as exc:
            self.close()
            raise OutputError(f"cannot open the JACK port {self.name!r}: {exc}", hint=_HINT) from exc
        self.mind_peers()

    def _process(self, n_frames: int) -> None:
        """Write what is due in this cycle.  Thread: JACK.  Realtime: yes."""
        try:
            self._write(n_frames)
        except self._error:  # the port is full: the rest leaves with the next cycle
            return
        except Exception as exc:  # noqa: BLE001  after an exception JACK would not call again: reopen instead
            self.lost = f"the JACK port {self.name!r} failed: {exc}"

    def _write(self, n_frames: int) -> None:
        port, rate, backlog = self._port, self._rate, self._backlog
        port.clear_buffer()
        self._base = base = unwrap_frames(self._base, self._client.last_frame_time)
        backlog.extend(self.queue.take(frames_to_ns(base, rate), frames_to_ns(base + n_frames, rate)))
        offset = 0
        while backlog:
            due_ns, message = backlog[0]
            offset = min(n_frames - 1, max(offset, ns_to_frames(due_ns, rate) - base))
            port.write_midi_event(offset, message)
            backlog.popleft()

    def now_ns(self) -> int:
        """Return the server's frame counter as nanoseconds."""
        if self._client is None:
            return 0
        frame = unwrap_frames(self._base, int(self._client.frame_time))
        return frames_to_ns(frame, self._rate)

    def settle(self, timeout_s: float) -> None:
        """Wait until the cycle that writes the note-offs has passed."""
        super().settle(timeout_s)
        if self._client is not None and not self.lost:
            time.sleep(min(timeout_s, self.start_delay_ns / 1e9))

    def mind_peers(self) -> None:
        """Remember the connected ports, and connect again to those that have come back."""
        if self._peers is not None and not self.lost:
            self._peers.mind()

    def close(self) -> None:
        """Leave the server."""
        if self._seat is not None:
            self._seat.leave()
        self._client = self._peers = None

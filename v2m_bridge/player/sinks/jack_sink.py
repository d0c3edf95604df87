"""MIDI out through JACK: every event on its exact frame, written in the server's own cycle."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Final

from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import frames_to_ns, ns_to_frames, unwrap_frames
from v2m_bridge.player.jack_seat import JackSeat, is_server_there, load_jack
from v2m_bridge.player.send_queue import Sent
from v2m_bridge.player.sinks.base import MidiSink
from v2m_bridge.player.sounding import NoteTable

_HINT: Final = "Start a JACK server (QjackCtl, or jackd), or choose another MIDI output."
_MARGIN_NS: Final = 10_000_000
_NAME_PATIENCE_S: Final = 0.3
_NAME_PAUSE_S: Final = 0.02


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
        self._peers = Peers(table.peers)
        self._appeared: deque[str] = deque()

    def open(self) -> None:
        """Join the server, with the name that other programs know, and connect to whom we were connected to.

        Raises
        ------
        OutputError
            When JACK-Client is not installed or no server runs.
        """
        jack = load_jack()
        try:
            self._client = self._join(jack)
            self._seat = JackSeat(self._client, self._on_loss)
            self._port = self._client.midi_outports.register(self._port_name)
            self._rate = int(self._client.samplerate)
            self._base = int(self._client.frame_time)
            self._error = jack.JackError
            self.start_delay_ns = frames_to_ns(2 * self._client.blocksize, self._rate) + _MARGIN_NS
            self._client.set_process_callback(self._process)
            self._client.set_port_registration_callback(self._on_port, only_available=False)
            self._client.activate()
        except jack.JackError as exc:
            self.close()
            raise OutputError(f"cannot open the JACK port {self.name!r}: {exc}", hint=_HINT) from exc
        self.mind_peers()

    def _join(self, jack: Any) -> Any:
        """Open the client; a name that a dead process still holds is free again within moments."""
        deadline_s = time.monotonic() + _NAME_PATIENCE_S
        while True:
            with contextlib.suppress(jack.JackOpenError):
                return jack.Client(self._client_name, use_exact_name=True, no_start_server=True)
            if time.monotonic() > deadline_s or not is_server_there(jack):
                return jack.Client(self._client_name, use_exact_name=False, no_start_server=True)
            time.sleep(_NAME_PAUSE_S)

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

    def _on_loss(self, sentence: str) -> None:
        """Remember that the server is gone.  Thread: JACK."""
        self.lost = sentence

    def _on_port(self, port: Any, appears: bool) -> None:
        """Remember a port that appears.  Thread: JACK."""
        if appears and port is not None:
            self._appeared.append(str(port.name))

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
        if self._client is None or self.lost:
            return
        with contextlib.suppress(self._error):
            connected = {str(port.name) for port in self._port.connections}
            existing = {str(port.name) for port in self._client.get_ports(is_midi=True, is_input=True)}
            appeared = {self._appeared.popleft() for _ in range(len(self._appeared))}
            for name in sorted(self._peers.look(connected, existing, appeared)):
                with contextlib.suppress(self._error):
                    self._client.connect(self._port, name)
            self.table.peers = tuple(sorted(self._peers.wanted))

    def close(self) -> None:
        """Leave the server."""
        if self._seat is not None:
            self._seat.leave()
        self._client = None


class Peers:
    """Tells a peer that the user disconnected, which is forgotten, from one that went away, which is joined again."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = set(wanted)
        self._absent = set(wanted)
        self._loose: set[str] = set()

    def look(self, connected: set[str], existing: set[str], appeared: Collection[str] = ()) -> set[str]:
        """Take what is connected, what exists and what has appeared; return the peers to connect, which have come back.

        A program that quits is disconnected a moment before its ports go: only a peer that was there and not connected
        twice in a row was disconnected by the user.
        """
        known = self.wanted
        loose = (known & existing) - connected
        back = loose & self._absent.union(appeared)
        dropped = (loose - back) & self._loose
        self._loose = loose - back - dropped
        self._absent = known - existing
        self.wanted = (known | connected) - dropped
        return back

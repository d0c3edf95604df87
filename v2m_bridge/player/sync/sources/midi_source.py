"""MIDI timecode or MIDI Clock from an input port, through JACK where its server runs, else the system's MIDI."""

from __future__ import annotations

import contextlib
import importlib
from collections import deque
from typing import Any, ClassVar, Final, Protocol

from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC, frames_to_ns, unwrap_frames
from v2m_bridge.player.jack_peers import PortPeers
from v2m_bridge.player.jack_seat import JackSeat, join, load_jack
from v2m_bridge.player.ports import is_jack_running
from v2m_bridge.player.sinks.rtmidi_sink import first_system, load_rtmidi
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.midi_reports import ClockReports, MidiReports, TimecodeReports
from v2m_bridge.player.sync.sources.base import PortMemory, Source

SYNC_PORT: Final = "v2m_bridge Sync In"
_MOST_WAITING: Final = 10_000
"""Messages kept for a scheduler that does not come; what is older is lost."""
_HINT: Final = "Load the ALSA sequencer (modprobe snd-seq), start a JACK server, or on Windows make a loopMIDI port."
Stamped = tuple[int, bytes]


class InPort(Protocol):
    """A MIDI input that stamps what it hears."""

    waiting: deque[Stamped]
    lost: str

    def now_ns(self) -> int:
        """Return the clock of its stamps."""

    def mind_peers(self) -> None:
        """Remember what it is connected to, and join what has come back."""

    def close(self) -> None:
        """Close the port; may be called twice."""


class MidiSource(Source):
    """One kind of sync from one port.

    Parameters
    ----------
    place : EditPlace
        Where on the edit its places lie.
    reports : MidiReports
        What reads its messages.
    memory : PortMemory
        What the sources before this one knew of the port.
    """

    def __init__(self, place: EditPlace, reports: MidiReports, memory: PortMemory) -> None:
        super().__init__(place)
        self._reports, self._memory = reports, memory
        self._port: InPort | None = None

    def open(self) -> None:
        """Open the port.

        Raises
        ------
        OutputError
            When there is no MIDI system, or the JACK server that had the port is away.
        """
        if self._memory.was_on_jack or is_jack_running():
            self._port = JackInPort(load_jack(), SYNC_PORT, self._memory.table)
            self._memory.was_on_jack = True
        else:
            self._port = RtmidiInPort(SYNC_PORT)

    def close(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def now_ns(self) -> int:
        """Return the clock of the port."""
        return self._port.now_ns() if self._port else MONOTONIC()

    def mind_peers(self) -> None:
        """Remember the ports that are heard, and connect again to those that have come back."""
        if self._port is not None and not self._port.lost:
            self._port.mind_peers()

    def take(self) -> list[Report]:
        """Read what has arrived."""
        if self._port is None:
            return []
        self.lost = self._port.lost
        waiting = self._port.waiting
        reports = []
        for _ in range(len(waiting)):
            clock_ns, message = waiting.popleft()
            report = self._reports.hear(message, clock_ns)
            if report is not None:
                reports.append(report)
        self.warning = self._reports.warning
        return reports


class MtcSource(MidiSource):
    """MIDI timecode."""

    tolerance: ClassVar[Tolerance] = Tolerance(jump_ns=60_000_000, bandwidth_hz=0.5)

    def __init__(self, place: EditPlace, memory: PortMemory) -> None:
        super().__init__(place, TimecodeReports(place), memory)


class ClockSource(MidiSource):
    """MIDI Clock with song positions."""

    tolerance: ClassVar[Tolerance] = Tolerance(jump_ns=100_000_000, bandwidth_hz=0.5)

    def __init__(self, place: EditPlace, memory: PortMemory) -> None:
        super().__init__(place, ClockReports(place), memory)


class JackInPort:
    """A JACK client with one MIDI input; ``v2m_bridge Sync In`` is the client `v2m_bridge Sync` with the port `In`."""

    def __init__(self, jack: Any, name: str, table: NoteTable) -> None:
        client, _, port = name.rpartition(" ")
        self.waiting: deque[Stamped] = deque(maxlen=_MOST_WAITING)
        self.lost = ""
        self._base = 0
        self._client: Any = None
        self._seat: JackSeat | None = None
        try:
            self._client = join(jack, client or name)
            self._seat = JackSeat(self._client, self)
            self._port = self._client.midi_inports.register(port if client else "In")
            self._rate = int(self._client.samplerate)
            self._base = int(self._client.frame_time)
            self._peers = PortPeers(jack, self._client, self._port, table)
            self._client.set_process_callback(self._process)
            self._client.activate()
        except jack.JackError as exc:
            self.close()
            raise OutputError(f"cannot open the JACK port {name!r}: {exc}", hint="Start a JACK server.") from exc
        self.mind_peers()

    def mind_peers(self) -> None:
        """Remember the connected ports, and connect again to those that have come back."""
        self._peers.mind()

    def _process(self, n_frames: int) -> None:
        """Stamp what this cycle brings with its frame.  Thread: JACK.  Realtime: yes."""
        del n_frames
        self._base = base = unwrap_frames(self._base, self._client.last_frame_time)
        for offset, data in self._port.incoming_midi_events():
            self.waiting.append((frames_to_ns(base + offset, self._rate), bytes(data)))

    def now_ns(self) -> int:
        """Return the server's frame counter as nanoseconds."""
        return frames_to_ns(unwrap_frames(self._base, int(self._client.frame_time)), self._rate)

    def close(self) -> None:
        """Leave the server."""
        if self._seat is not None:
            self._seat.leave()


class RtmidiInPort:
    """A port of the system's MIDI: one of that name, else a virtual one.  Stamps are those of its own thread."""

    def __init__(self, name: str) -> None:
        rtmidi = load_rtmidi()
        self.waiting: deque[Stamped] = deque(maxlen=_MOST_WAITING)
        self.lost = ""
        client, _, port = name.rpartition(" ")
        try:
            self._in = first_system(rtmidi, rtmidi.MidiIn, client or name)
            self._in.ignore_types(sysex=False, timing=False, active_sense=True)
            self._in.set_callback(self._on_message)
            index = next((i for i, existing in enumerate(self._in.get_ports()) if name in existing), None)
            if index is None:
                self._in.open_virtual_port(port if client else name)
            else:
                self._in.open_port(index)
        except (NotImplementedError, OSError, RuntimeError, rtmidi.RtMidiError) as exc:
            raise OutputError(f"cannot open the MIDI port {name!r}: {exc}", hint=_HINT) from exc

    def _on_message(self, event: tuple[list[int], float], _data: object = None) -> None:
        """Stamp a message.  Thread: rtmidi.  Realtime: yes."""
        self.waiting.append((MONOTONIC(), bytes(event[0])))

    def now_ns(self) -> int:
        """Return the monotonic clock."""
        return MONOTONIC()

    def mind_peers(self) -> None:
        """Leave connections to the user: the system's MIDI has no names that last."""

    def close(self) -> None:
        """Close the port."""
        with contextlib.suppress(Exception):  # a driver that is gone answers nothing
            self._in.close_port()
            self._in.delete()


def preload() -> None:
    """Import what the ports need."""
    for name in ("jack", "rtmidi"):
        with contextlib.suppress(ImportError, OSError):
            importlib.import_module(name)

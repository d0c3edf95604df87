"""Leading other programs: a MIDI port of its own that carries timecode or clock and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.player.scheduler import Planned
from v2m_bridge.player.sinks.base import MidiSink
from v2m_bridge.player.sinks.jack_sink import JackSink
from v2m_bridge.player.sinks.rtmidi_sink import RtmidiSink
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.writers import ClockWriter, SyncWriter, TimecodeWriter
from v2m_bridge.player.transport import Segment

_SYSTEM: Final = 0xF0
WRITERS: Final[dict[str, Callable[[], SyncWriter]]] = {"mtc": TimecodeWriter, "clock": ClockWriter}


class SyncOut(MidiSink):
    """What a MIDI output becomes that leads: notes are passed over, the way of the transport is written."""

    writer: SyncWriter
    _enters = True
    _placed_ns: int | None = None

    def hand_events(self, events: Sequence[Planned], offset_ns: int) -> None:
        """Pass notes over."""

    def hand_way(self, segments: Sequence[Segment], offset_ns: int) -> None:
        """Write what is sent while these stretches play."""
        for segment in segments:
            enters = self._enters or segment.wraps
            sent = self.writer.way(segment.from_ns, segment.to_ns, enters=enters)
            events = [_system(max(segment.clock_ns, segment.clock_at(at_ns)), message) for at_ns, message in sent]
            self._enters, self._placed_ns = False, None
            super().hand_events(events, offset_ns)

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what was handed over from `at_ns` on, and say there that it has stopped."""
        super().restart(full=full, at_ns=at_ns)
        super().hand_events([_system(at_ns, message) for message in self.writer.stopped()], 0)
        self._enters = True

    def stand(self, at_ns: int) -> None:
        """Say where playing stands, once."""
        if at_ns != self._placed_ns:
            super().hand_events([_system(0, message) for message in self.writer.place(at_ns)], 0)
            self._placed_ns = at_ns

    def load_sheet(self, sheet: EditSheet) -> None:
        """Take the timecode, rate and tempo of an edit."""
        self.writer.load(sheet)
        self._placed_ns = None


class JackSync(SyncOut, JackSink):
    """A JACK port that leads."""


class RtmidiSync(SyncOut, RtmidiSink):
    """A port of the system's MIDI that leads."""


def sync_sink(kind: str, system: str, name: str, table: NoteTable) -> SyncOut:
    """Make an output that leads, not open yet.

    Parameters
    ----------
    kind : str
        A key of `WRITERS`.
    system : str
        jack or rtmidi.
    name : str
        Of the port.
    table : NoteTable
        Stays empty but for the peers of the port.
    """
    sink: SyncOut = JackSync(name, table) if system == "jack" else RtmidiSync(name, table)
    sink.writer = WRITERS[kind]()
    return sink


def _system(clock_ns: int, message: bytes) -> Planned:
    return Planned(clock_ns, _SYSTEM, 0, 0, 0, message)

"""MIDI out through the system's own MIDI: a virtual port where there can be one, else a port of that name."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC
from v2m_bridge.player.realtime import raise_priority
from v2m_bridge.player.scheduler import Planned
from v2m_bridge.player.sinks.base import MidiSink
from v2m_bridge.player.sounding import NoteTable

_SPIN_NS: Final = 1_500_000
_LONGEST_WAIT_S: Final = 0.5
_PRIORITY: Final = 4
_HINT_WINDOWS: Final = "On Windows create a loopMIDI port of that name, then start again."
_HINT: Final = "Load the ALSA sequencer (modprobe snd-seq) or start a JACK server."


class RtmidiSink(MidiSink):
    """A port of the system's MIDI, written to by a thread that sleeps and then spins up to the due time."""

    kind: ClassVar[str] = "rtmidi"
    start_delay_ns = 5_000_000

    def __init__(self, name: str, table: NoteTable) -> None:
        super().__init__(name, table)
        self._out: Any = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Condition()
        self._ends = False

    def open(self) -> None:
        """Open a port of that name that exists, else make a virtual one, and start the sending thread.

        Raises
        ------
        OutputError
            When the system has no MIDI, or cannot make ports (Windows).
        """
        rtmidi = load_rtmidi()
        try:
            self._out = open_port(rtmidi, self.name)
        except NotImplementedError as exc:
            raise OutputError(f"there is no MIDI port {self.name!r}", hint=_HINT_WINDOWS) from exc
        except (OSError, RuntimeError, rtmidi.RtMidiError) as exc:
            raise OutputError(f"cannot open the MIDI port {self.name!r}: {exc}", hint=_HINT) from exc
        self._thread = threading.Thread(target=self._run, name=f"midi {self.name}", daemon=True)
        self._thread.start()

    def now_ns(self) -> int:
        """Return the monotonic clock."""
        return MONOTONIC()

    def hand_events(self, events: Sequence[Planned], offset_ns: int) -> None:
        """Queue MIDI events and wake the sender."""
        super().hand_events(events, offset_ns)
        self._poke()

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what is queued from `at_ns` on, end there what sounds, and wake the sender."""
        super().restart(full=full, at_ns=at_ns)
        self._poke()

    def _poke(self) -> None:
        with self._wake:
            self._wake.notify()

    def _run(self) -> None:
        """Send what is due.  Thread: sender.  Realtime: yes."""
        raise_priority(_PRIORITY)
        try:
            while not self._ends:
                now_ns = MONOTONIC()
                for sent in self.queue.take(now_ns, now_ns + 1):
                    self._out.send_message(sent.message)
                self._rest()
        except Exception as exc:  # noqa: BLE001  whatever the driver raises, the port is gone and the player goes on
            self.lost = f"the MIDI port {self.name!r} has gone away: {exc}"

    def _rest(self) -> None:
        with self._wake:
            asked = self.queue.asked_epoch
            due_ns = self.queue.next_due_ns()
            wait_ns = int(_LONGEST_WAIT_S * 1e9) if due_ns is None else due_ns - MONOTONIC()
            if wait_ns > _SPIN_NS and not self._ends:
                self._wake.wait(min(_LONGEST_WAIT_S, (wait_ns - _SPIN_NS) / 1e9))
                return
        while due_ns is not None and MONOTONIC() < due_ns and self.queue.asked_epoch == asked:
            pass

    def close(self) -> None:
        """End the thread and close the port."""
        self._ends = True
        self._poke()
        if self._thread is not None:
            self._thread.join(1.0)
            self._thread = None
        out, self._out = self._out, None
        if out is not None:
            with contextlib.suppress(Exception):  # a driver that is gone answers nothing
                out.close_port()
                out.delete()


def load_rtmidi() -> Any:
    """Import python-rtmidi.

    Raises
    ------
    OutputError
        When it is not installed.
    """
    try:
        return importlib.import_module("rtmidi")
    except ImportError as exc:
        raise OutputError("system MIDI cannot be used", hint="Install the package python-rtmidi.") from exc


def open_port(rtmidi: Any, name: str) -> Any:
    """Open the output port whose name holds `name`, else a virtual port of that name.

    Raises
    ------
    NotImplementedError
        Where the system cannot make ports.
    """
    client, _, port = name.rpartition(" ")
    out = first_system(rtmidi, rtmidi.MidiOut, client or name)
    index = next((i for i, existing in enumerate(out.get_ports()) if name in existing), None)
    if index is None:
        out.open_virtual_port(port if client else name)
    else:
        out.open_port(index)
    return out


def first_system(rtmidi: Any, make: Any, client: str) -> Any:
    """Join the first MIDI system of this machine that answers; the error of the last where none does.

    Parameters
    ----------
    rtmidi : module
        Where the systems and errors are named.
    make : type
        Its `MidiIn` or `MidiOut`.
    client : str
        How other programs know us.
    """
    *others, last = rtmidi.get_compiled_api()
    for api in others:
        with contextlib.suppress(OSError, RuntimeError, rtmidi.RtMidiError):
            return make(api, name=client)
    return make(last, name=client)

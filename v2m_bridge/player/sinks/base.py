"""What every output can do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar, Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.playing import SinkState
from v2m_bridge.player.sayings import Said, Saying
from v2m_bridge.player.scheduler import Planned
from v2m_bridge.player.send_queue import SendQueue
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.transport import Segment

_POLL_S: Final = 0.001


class Sink:
    """One output with its own clock; what a kind has no use for does nothing.  Thread: scheduler."""

    kind: ClassVar[str]
    start_delay_ns: int = 0
    """How long before its time an event must be handed over to be sent in time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lost = ""
        """A sentence once the output has gone away by itself."""

    def open(self) -> None:
        """Open the output.

        Raises
        ------
        OutputError
            When it cannot be opened; the hint says what to do.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the output; may be called twice."""
        raise NotImplementedError

    def now_ns(self) -> int:
        """Return the time of this output's clock."""
        raise NotImplementedError

    def state(self) -> SinkState:
        """Return how it fares."""
        raise NotImplementedError

    def hand_events(self, events: Sequence[Planned], offset_ns: int) -> None:
        """Take MIDI events in order; `offset_ns` leads from their clock to this one."""

    def hand_sayings(self, sayings: Sequence[Saying], offset_ns: int) -> None:
        """Take what is announced, in order; `offset_ns` leads from its clock to this one."""

    def hand_way(self, segments: Sequence[Segment], offset_ns: int) -> None:
        """Take what of the edit is played when; `offset_ns` leads from its clock to this one."""

    def stand(self, at_ns: int) -> None:
        """Take where playing stands while it is stopped."""

    def load_sheet(self, sheet: EditSheet) -> None:
        """Take the timecode, rate and tempo of an edit."""

    def say(self, said: Said) -> None:
        """Announce something at once."""

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what was handed over from `at_ns` of this clock on (0: at once) and end there what sounds.

        `full` adds the panic controllers.
        """

    def settle(self, timeout_s: float) -> None:
        """Wait until a restart has reached the wire."""

    def mind_peers(self) -> None:
        """Remember what the output is connected to, and join what has come back."""

    @property
    def n_sounding(self) -> int:
        """How many notes sound."""
        return 0


class MidiSink(Sink):
    """What the MIDI outputs share: the queue between the scheduler and the thread that sends."""

    def __init__(self, name: str, table: NoteTable) -> None:
        super().__init__(name)
        self.table = table
        self.queue = SendQueue(table)

    def hand_events(self, events: Sequence[Planned], offset_ns: int) -> None:
        """Queue MIDI events."""
        self.queue.hand(events, offset_ns)

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what is queued from `at_ns` on and end there what sounds."""
        self.queue.restart(full=full, at_ns=at_ns)

    def settle(self, timeout_s: float) -> None:
        """Wait until the sender has taken the restart."""
        deadline_s = time.monotonic() + timeout_s
        while not self.queue.has_restarted and not self.lost and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)

    def state(self) -> SinkState:
        """Return the counters of the queue."""
        queue = self.queue
        return SinkState(
            self.name, self.kind, queue.n_sent, queue.n_late, queue.worst_late_ns, self.lost, queue.n_skipped
        )

    @property
    def n_sounding(self) -> int:
        """How many notes sound."""
        return self.queue.n_sounding

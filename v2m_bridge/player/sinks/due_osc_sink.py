"""Announcements over OSC for hosts that ignore time tags: each bundle leaves when it is due."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Sequence
from itertools import count

from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sayings import Saying
from v2m_bridge.player.sinks.osc_sink import OscSink, bundle_of
from v2m_bridge.player.sounding import NoteTable


class DueOscSink(OscSink):
    """A UDP address that is told what is played at the time of day at which it is played."""

    def __init__(self, name: str, table: NoteTable) -> None:
        super().__init__(name, table)
        self._due: list[tuple[int, int, bytes]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._ends = False
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Find the address, say hello, and start the sending thread.

        Raises
        ------
        OutputError
            When the host is unknown, or its name still looked up.
        """
        super().open()
        self._thread = threading.Thread(target=self._run, name=f"osc {self.name}", daemon=True)
        self._thread.start()

    def hand_sayings(self, sayings: Sequence[Saying], offset_ns: int) -> None:
        """Keep each saying until its time."""
        with self._changed:
            for saying in sayings:
                at_ns = saying.at_ns + offset_ns
                heapq.heappush(self._due, (at_ns, next(self._numbers), bundle_of(saying.messages, at_ns)))
            self._changed.notify()

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what is due from `at_ns` of the time of day on."""
        del full
        with self._changed:
            self._due = [each for each in self._due if each[0] < at_ns]
            heapq.heapify(self._due)
            self._changed.notify()

    def _run(self) -> None:
        """Send what is due.  Thread: sender."""
        with self._changed:
            while not self._ends:
                wait_ns = self._due[0][0] - time.time_ns() if self._due else NS_PER_S
                if wait_ns > 0:
                    self._changed.wait(wait_ns / NS_PER_S)
                else:
                    self._send(heapq.heappop(self._due)[2])

    def close(self) -> None:
        """End the thread and close the socket."""
        with self._changed:
            self._ends = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(1.0)
            self._thread = None
        super().close()

"""Leading another transport: it is told where ours enters, jumps and stands, and goes along by itself in between."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.transport import Segment

_SAME_NS: Final = 10_000_000
"""A way that lies so near to the one before goes on from it."""


class Lead(Sink):
    """An output that leads a transport.  A line is edit time less clock time: it changes where playing jumps."""

    lead_ns: int = 10_000_000
    """How long before its time a change is told."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.place = EditPlace()
        self.n_told = 0
        self._due: deque[tuple[int, int]] = deque()
        self._handed_line: int | None = None
        self._line: int | None = None
        self._stands_ns: int | None = None

    @abstractmethod
    def go(self, clock_ns: int, at_ns: int) -> None:
        """Let the other transport roll through a place of the edit at a time of this output's clock."""

    @abstractmethod
    def halt(self, at_ns: int) -> None:
        """Let the other transport stand at a place of the edit."""

    def changes(self, segment: Segment) -> Iterator[int]:
        """Yield the places of a stretch at which `go` is wanted though it does not jump."""
        del segment
        yield from ()

    @property
    def rolling_at_ns(self) -> int | None:
        """Where the other transport ought to be now; None while it stands."""
        return None if self._line is None else self.now_ns() + self._line

    def hand_way(self, segments: Sequence[Segment], offset_ns: int) -> None:
        """Take what of the edit is played when; what is due is told."""
        for segment in segments:
            clock_ns = segment.clock_ns + offset_ns
            line = segment.from_ns - clock_ns
            if self._handed_line is None or abs(line - self._handed_line) > _SAME_NS:
                self._due.append((clock_ns, segment.from_ns))
                self._handed_line = line
            for at_ns in self.changes(segment):
                self._due.append((segment.clock_at(at_ns) + offset_ns, at_ns))
        self._tell_due()

    def _tell_due(self) -> None:
        while self._due and self._due[0][0] - self.lead_ns <= self.now_ns():
            clock_ns, at_ns = self._due.popleft()
            self._line, self._stands_ns = at_ns - clock_ns, None
            self.n_told += 1
            self.go(clock_ns, at_ns)

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what was handed over from `at_ns` on; the other transport rolls on until it is told where to be."""
        del full
        self._due = deque(due for due in self._due if due[0] < at_ns)
        self._handed_line = self._due[-1][1] - self._due[-1][0] if self._due else self._line

    def stand(self, at_ns: int) -> None:
        """Let the other transport stand, once."""
        if at_ns != self._stands_ns:
            self._due.clear()
            self._handed_line = self._line = None
            self._stands_ns = at_ns
            self.n_told += 1
            self.halt(at_ns)

    def load_sheet(self, sheet: EditSheet) -> None:
        """Take the timecode, rate and tempo of an edit."""
        self.place.load(sheet)

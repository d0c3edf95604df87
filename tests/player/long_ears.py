"""Who listens for eight hours: which onset of the edit each note is, and how far from its place it sounds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from tests.player.daw import Tape
from tests.player.stage import MS, Listener
from v2m_bridge.core.programme import CONTROL_CHANGE, NOTE_ON, Programme
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.send_queue import Sent

FPS = 25
FRAME_NS = NS_PER_S // FPS
SINK_PPM = 37
"""How much the output's clock gains on the monotonic one."""
_ENTRY_NS = 150 * MS
_SUSTAIN = 64


class Onset(NamedTuple):
    """A note-on of the edit."""

    at_ns: int
    channel: int
    pitch: int


@dataclass
class Stretch:
    """What was heard between two jumps of the tape: numbers of onsets, in the order in which they came."""

    line: tuple[int, int, Fraction]
    heard: list[int] = field(default_factory=list)

    def at_ns(self, clock_ns: int) -> int:
        """Where the tape is while it rolls on."""
        since_ns, from_ns, speed = self.line
        return from_ns + int((clock_ns - since_ns) * speed)


class Onsets:
    """Every note-on of an edit, and which of them one is that sounds near a place."""

    def __init__(self, programmes: list[Programme]) -> None:
        rows = [row for programme in programmes for row in programme.events.tolist() if row[2] & 0xF0 == NOTE_ON]
        self.all = [Onset(row[0], row[2] & 0x0F, row[3]) for row in rows]
        self.at_ns = [onset.at_ns for onset in self.all]
        self._of_key: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for number, (at_ns, *key) in enumerate(self.all):
            self._of_key.setdefault((key[0], key[1]), []).append((at_ns, number))

    def nearest(self, at_ns: int, key: tuple[int, int]) -> int:
        """Number of the onset of a pitch that lies nearest to a place."""
        rows = self._of_key[key]
        index = bisect_left(rows, (at_ns, 0))
        return min(rows[max(0, index - 1) : index + 1], key=lambda row: abs(row[0] - at_ns))[1]


class TapeListener(Listener):
    """Knows where the tape is; keeps of what it hears only what is not checked yet."""

    def __init__(self, tape: Tape, onsets: Onsets) -> None:
        super().__init__()
        self.tape, self.onsets = tape, onsets
        self.stretch: Stretch | None = None
        self.worst_ns = 0
        self.n_heard = 0
        self._last_ns = 0

    def hear(self, sent: Sent, at_ns: int) -> None:
        super().hear(sent, at_ns)
        message = sent.message
        if message[0] & 0xF0 == NOTE_ON:
            self._lay(sent.due_ns, (message[0] & 0x0F, message[1]))
        elif message[0] & 0xF0 == CONTROL_CHANGE and message[1] == _SUSTAIN:
            self.close()
        del self.heard[:-1]
        self.ons.clear()

    def _lay(self, due_ns: int, key: tuple[int, int]) -> None:
        clock_ns = true_ns(due_ns)
        if self.stretch is None:
            self.stretch = Stretch(self.tape.line)
        at_ns = self.stretch.at_ns(clock_ns)
        number = self.onsets.nearest(at_ns, key)
        self.worst_ns = max(self.worst_ns, abs(at_ns - self.onsets.at_ns[number]))
        self.stretch.heard.append(number)

    def close(self) -> None:
        """Check what was heard without a jump: each onset once, in order, none left out."""
        stretch, self.stretch = self.stretch, None
        if stretch is not None:
            self.n_heard += len(stretch.heard)
            if any(b != a + 1 for a, b in pairwise(stretch.heard)):
                self.faults.append(f"not each onset once: {stretch.heard[:3]} to {stretch.heard[-3:]}")

    def check_entry(self, from_ns: int) -> None:
        """The first onset after a place was heard."""
        assert self.stretch is not None
        first = bisect_left(self.onsets.at_ns, from_ns + _ENTRY_NS)
        assert self.stretch.heard[0] <= first
        assert self.onsets.at_ns[self.stretch.heard[0]] >= from_ns - FRAME_NS

    def check_so_far(self, to_ns: int) -> None:
        """The last onset before a place was heard."""
        assert self.stretch is not None
        assert self.stretch.heard[-1] >= bisect_left(self.onsets.at_ns, to_ns - FRAME_NS) - 1


def sink_ns(clock_ns: int) -> int:
    """What the output's clock shows."""
    return clock_ns + clock_ns * SINK_PPM // 1_000_000


def true_ns(due_ns: int) -> int:
    """Monotonic time of a time of the output's clock."""
    return due_ns * 1_000_000 // (1_000_000 + SINK_PPM)

"""What was handed to a sink and is not sent yet, and which notes it has sounding.

One thread, the scheduler's, hands events over and asks for restarts; another, the sender's, takes what is due.  They
share a deque and one tuple, each replaced or extended in one step, so neither ever waits for the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from v2m_bridge.core.programme import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from v2m_bridge.player.scheduler import Planned
from v2m_bridge.player.sounding import NoteTable

LATEST_NOTE_NS: Final = 100_000_000
"""A note-on later than this is left out; a note-off is always sent."""
LONGEST_LOG: Final = 100_000
"""Messages that a take can hold; of a longer one the beginning is lost."""
_COUNTS_AS_LATE_NS: Final = 1_000_000
_SUSTAIN_PEDAL, _ALL_SOUND_OFF, _ALL_NOTES_OFF = 64, 120, 123


class Sent(NamedTuple):
    """A MIDI message and when it is due, on the clock of its sink."""

    due_ns: int
    message: bytes


class _Restart(NamedTuple):
    epoch: int
    full: bool
    at_ns: int


class _Handed(NamedTuple):
    epoch: int
    due_ns: int
    event: Planned


class SendQueue:
    """Events on their way out of one MIDI sink, oldest first."""

    def __init__(self, table: NoteTable) -> None:
        self._table = table
        self._waiting: deque[_Handed] = deque()
        self._voices: dict[tuple[int, int], int] = {}
        self._ended: list[tuple[int, int]] = []
        self._asked = _Restart(0, full=False, at_ns=0)
        self._epoch = 0
        self.log: deque[Sent] = deque(maxlen=LONGEST_LOG)
        """What was sent last, for a take."""
        self.n_sent = 0
        self.n_late = 0
        self.n_skipped = 0
        self.worst_late_ns = 0

    @property
    def n_sounding(self) -> int:
        """How many notes sound."""
        return len(self._voices)

    @property
    def has_restarted(self) -> bool:
        """Whether the last restart was taken by the sender."""
        return self._epoch == self._asked.epoch

    def hand(self, events: Iterable[Planned], offset_ns: int) -> None:
        """Queue events, in order; `offset_ns` leads from their clock to this sink's.  Thread: scheduler."""
        epoch = self._asked.epoch
        self._waiting.extend(_Handed(epoch, event.clock_ns + offset_ns, event) for event in events)

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what is queued from `at_ns` on (0: at once) and end there what sounds.

        `full` adds the panic controllers.  What is handed over from now on follows the restart.  Thread: scheduler.
        """
        asked = self._asked
        if asked.epoch != self._epoch:  # two restarts that the sender has not seen yet are one
            full, at_ns = full or asked.full, min(at_ns, asked.at_ns)
        self._asked = _Restart(asked.epoch + 1, full, at_ns)

    @property
    def asked_epoch(self) -> int:
        """Number of restarts that were asked for."""
        return self._asked.epoch

    def next_due_ns(self) -> int | None:
        """When the sender must come back; None while nothing waits.  Thread: sender."""
        asked = self._asked
        try:
            head: _Handed | None = self._waiting[0]
        except IndexError:
            head = None
        if asked.epoch == self._epoch:
            return head.due_ns if head else None
        return min(asked.at_ns, head.due_ns) if head and head.epoch == self._epoch else asked.at_ns

    def take(self, now_ns: int, until_ns: int) -> list[Sent]:
        """Take what is due before `until_ns`, in order; lateness is counted from `now_ns`.

        The messages of the last call count as sent by now: only then do ended notes leave the table, so that a player
        killed in between leaves no note that nobody knows.  Thread: sender.  Realtime: yes.
        """
        for key in self._ended:
            if key not in self._voices:
                self._table.end(*key)
        self._ended.clear()
        out: list[Sent] = []
        while (handed := self._next(now_ns, until_ns, out)) is not None:
            self._send(handed, now_ns, out)
        self.n_sent += len(out)
        self.log.extend(out)
        return out

    def _next(self, now_ns: int, until_ns: int, out: list[Sent]) -> _Handed | None:
        """Take the next event due before `until_ns`, passing the restart on the way where it is due."""
        waiting = self._waiting
        while True:
            asked = self._asked
            head = waiting[0] if waiting else None
            if asked.epoch != self._epoch:
                if head is not None and head.epoch == self._epoch and head.due_ns < asked.at_ns:
                    return waiting.popleft() if head.due_ns < until_ns else None
                if asked.at_ns >= until_ns:
                    return None
                self._begin_epoch(asked, max(now_ns, asked.at_ns), out)
            elif head is None or (head.epoch == self._epoch and head.due_ns >= until_ns):
                return None
            else:
                waiting.popleft()
                if head.epoch == self._epoch:
                    return head

    def _begin_epoch(self, asked: _Restart, due_ns: int, out: list[Sent]) -> None:
        self._epoch = asked.epoch
        for channel, key in self._table.sounding():
            if (channel, key) in self._voices or (channel, key) not in self._ended:
                out.append(Sent(due_ns, bytes((NOTE_OFF | channel, key, 0))))
                self._ended.append((channel, key))
        self._voices.clear()
        controllers = (_SUSTAIN_PEDAL, _ALL_NOTES_OFF, _ALL_SOUND_OFF) if asked.full else (_SUSTAIN_PEDAL,)
        for channel in self._table.channels():
            out += [Sent(due_ns, bytes((CONTROL_CHANGE | channel, number, 0))) for number in controllers]

    def _send(self, head: _Handed, now_ns: int, out: list[Sent]) -> None:
        event = head.event
        if event.system:
            out.append(Sent(head.due_ns, event.system))
            return
        kind, channel = event.status & 0xF0, event.status & 0x0F
        key = (channel, event.data1)
        late_ns = now_ns - head.due_ns
        if kind == NOTE_ON:
            if late_ns > LATEST_NOTE_NS:
                self.n_skipped += 1
                return
            if key in self._voices:  # one pitch of one channel sounds once
                out.append(Sent(head.due_ns, bytes((NOTE_OFF | channel, event.data1, 0))))
            self._voices[key] = event.voice
            self._table.begin(*key)
        elif kind == NOTE_OFF:
            if self._voices.get(key) != event.voice:
                return
            del self._voices[key]
            self._ended.append(key)
        else:
            self._table.use(channel)
        size = 2 if kind == PROGRAM_CHANGE else 3
        out.append(Sent(head.due_ns, bytes((event.status, event.data1, event.data2))[:size]))
        if late_ns > _COUNTS_AS_LATE_NS:
            self.n_late += 1
            self.worst_late_ns = max(self.worst_late_ns, late_ns)

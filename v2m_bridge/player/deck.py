"""A programme laid out for reading from anywhere: what lies in a stretch, and what holds at a point."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final, NamedTuple

from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, ORDER_AT_ONE_TIME, SUSTAINED_PARTS, Programme
from v2m_bridge.player.sayings import Saying, sayings_at, sayings_of

DEFAULT_BPM: Final = 120.0
ALMOST_OVER_NS: Final = 20_000_000
"""A sustained note that has no longer to sound is not struck where playing enters."""


class Event(NamedTuple):
    """A MIDI event of a programme, on the time of the edit."""

    at_ns: int
    status: int
    data1: int
    data2: int
    note_id: int
    port: str = ""
    """Empty for the ports of every part."""

    @property
    def order(self) -> int:
        """Rank among events of one time: note-offs, program changes, controllers, note-ons."""
        return ORDER_AT_ONE_TIME[self.status & 0xF0]


class _Held(NamedTuple):
    on_ns: int
    off_ns: int
    event: Event


class _Whole(NamedTuple):
    """A note with its end, and its time in the music, from which a delay moves it."""

    on: Event
    off: Event
    nominal_ns: int

    def moved_to(self, at_ns: int) -> tuple[Event, Event]:
        """Begin elsewhere, and last as long."""
        return self.on._replace(at_ns=at_ns), self.off._replace(at_ns=at_ns + self.off.at_ns - self.on.at_ns)


class Deck:
    """One programme, ready to be planned from."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.start_ns, self.end_ns = programme.start_ns, programme.end_ns
        rows = programme.events.tolist()
        ports = programme.ports or ("",) * 256
        self._events = [Event(at, status, d1, d2, key, ports[part]) for at, _, status, d1, d2, part, key in rows]
        self._at_ns = [event.at_ns for event in self._events]
        self._controllers = [event for event in self._events if event.status & 0xF0 not in (NOTE_ON, NOTE_OFF)]
        parts = [row[5] for row in rows]
        self._held = _held_notes(programme, self._events, parts)
        notes = _whole_notes(programme, self._events, parts)
        switches = frozenset(programme.keyswitches)
        self._switches = [note for note in notes if note.on.note_id in switches]
        self._early = [n for n in notes if n.on.at_ns < n.nominal_ns and n.on.note_id not in switches]
        self._from_ns = self.start_ns + min((0, *programme.delays_ns))
        self._to_ns = self.end_ns + max((0, *programme.delays_ns))
        self._sayings = sayings_of(programme)
        self._said_at_ns = [saying.at_ns for saying in self._sayings]

    def between(self, from_ns: int, to_ns: int) -> list[Event]:
        """Events in ``[from, to)``, in order."""
        return self._events[bisect_left(self._at_ns, from_ns) : bisect_left(self._at_ns, to_ns)]

    def said_between(self, from_ns: int, to_ns: int) -> list[Saying]:
        """Sayings in ``[from, to)``, in order."""
        return self._sayings[bisect_left(self._said_at_ns, from_ns) : bisect_left(self._said_at_ns, to_ns)]

    def entered_at(self, at_ns: int) -> list[Event]:
        """Tell what holds where playing enters the cue.

        First the keyswitches that were struck before `at_ns`, each with its note-off a little later; then the last
        values of controllers and programs, note-ons of sustained notes under way there (not of those that end within
        20 ms: a place that a timecode tells is not so exact), and those of notes that lie
        behind `at_ns` in the music but would have been sent before it, because their part is sent early.
        """
        if not self._from_ns <= at_ns < self._to_ns:
            return []
        values: dict[tuple[int, int], Event] = {}
        for event in self._controllers:
            if event.at_ns >= at_ns:
                break
            is_program = event.order == 1
            values[event.status, -1 if is_program else event.data1] = event
        early = [note for note in self._early if note.on.at_ns < at_ns <= note.nominal_ns]
        begun = {note.on.note_id for note in early}
        held = [
            h.event for h in self._held if h.on_ns < at_ns < h.off_ns - ALMOST_OVER_NS and h.event.note_id not in begun
        ]
        over = [note for note in early if note.off.at_ns <= at_ns]
        struck = [switch for switch in self._switches if switch.on.at_ns < at_ns]
        return [
            *(event for note in struck for event in note.moved_to(at_ns)),
            *(event._replace(at_ns=at_ns) for event in (*values.values(), *held, *(note.on for note in early))),
            *(note.moved_to(at_ns)[1] for note in over),
        ]

    def said_at(self, at_ns: int) -> list[Saying]:
        """Sayings for when playing enters the cue at `at_ns`."""
        return sayings_at(self.programme, at_ns) if self.start_ns < at_ns < self.end_ns else []

    def bar_line_from(self, at_ns: int) -> int:
        """Return the first bar line at or after `at_ns`; the end of the cue where there is none."""
        lines = self.programme.bar_lines_ns
        index = bisect_left(lines, at_ns)
        return lines[index] if index < len(lines) else max(at_ns, self.end_ns)

    def bpm_at(self, at_ns: int) -> float:
        """Quarter notes per minute at `at_ns`."""
        changes = self.programme.bpm
        if not changes:
            return DEFAULT_BPM
        return changes[max(0, bisect_right(changes, at_ns, key=lambda change: change[0]) - 1)][1]


def _whole_notes(programme: Programme, events: list[Event], parts: list[int]) -> list[_Whole]:
    """Return keyswitches, and the notes of parts that are sent early; without such parts nothing costs time."""
    if not programme.keyswitches and min((0, *programme.delays_ns)) == 0:
        return []
    offs = {event.note_id: event for event in events if event.status & 0xF0 == NOTE_OFF}
    return [
        _Whole(event, offs[event.note_id], event.at_ns - programme.delays_ns[part])
        for event, part in zip(events, parts, strict=True)
        if event.status & 0xF0 == NOTE_ON
    ]


def _held_notes(programme: Programme, events: list[Event], parts: list[int]) -> list[_Held]:
    """Find the notes of the sustained parts, in order of onset."""
    sustained = {index for index, name in enumerate(programme.parts) if name in SUSTAINED_PARTS}
    if not sustained:
        return []
    offs = {event.note_id: event.at_ns for event in events if event.status & 0xF0 == NOTE_OFF}
    return [
        _Held(event.at_ns, offs[event.note_id], event)
        for event, part in zip(events, parts, strict=True)
        if part in sustained and event.status & 0xF0 == NOTE_ON
    ]

"""Leading other programs: what is sent of a stretch that plays, as MIDI timecode or MIDI Clock.  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.timebase import TICKS_PER_QUARTER
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.midi_clock import (
    CLOCK,
    CLOCKS_PER_QUARTER,
    CLOCKS_PER_SIXTEENTH,
    STOP,
    entry,
    sixteenth_from,
    song_position,
)
from v2m_bridge.player.sync.mtc import full_frame, quarter_frames

_TICKS_PER_CLOCK = TICKS_PER_QUARTER // CLOCKS_PER_QUARTER

At = tuple[int, bytes]
"""A message and its time on the edit."""


class SyncWriter(Protocol):
    """Writes one kind of sync."""

    def load(self, sheet: EditSheet) -> None:
        """Take the timecode, rate and tempo of an edit."""

    def way(self, from_ns: int, to_ns: int, *, enters: bool) -> Iterator[At]:
        """Yield what is sent while ``[from, to)`` of the edit plays; `enters` where it does not go on from before."""

    def stopped(self) -> tuple[bytes, ...]:
        """Return what is sent where playing stops or jumps."""

    def place(self, at_ns: int) -> tuple[bytes, ...]:
        """Return what is sent where playing stands at a place."""


class TimecodeWriter:
    """MIDI timecode with the labels of the edit: a full frame where playing stands or enters, then quarter frames."""

    def __init__(self) -> None:
        self._place = EditPlace()

    def load(self, sheet: EditSheet) -> None:
        """Take the timecode and rate of an edit."""
        self._place.load(sheet)

    def way(self, from_ns: int, to_ns: int, *, enters: bool) -> Iterator[At]:
        """Yield quarter frames, after a full frame where it enters."""
        rate = self._place.mtc_rate
        if enters:
            yield from ((from_ns, message) for message in self.place(from_ns))
        yield from quarter_frames(
            from_ns, to_ns, self._place.frames_per_s(rate), rate, start_frame=self._place.start_frame(rate)
        )

    def stopped(self) -> tuple[bytes, ...]:
        """Return nothing: timecode that stops has ended."""
        return ()

    def place(self, at_ns: int) -> tuple[bytes, ...]:
        """Return the full frame of a place."""
        return (full_frame(self._place.frame_at(at_ns), self._place.mtc_rate),)


class ClockWriter:
    """MIDI Clock on the tempo map of the edit; song positions lie on sixteenths, so playing is entered on one."""

    def __init__(self) -> None:
        self._place = EditPlace()
        self._rolls = False

    def load(self, sheet: EditSheet) -> None:
        """Take the tempo of an edit."""
        self._place.load(sheet)

    def way(self, from_ns: int, to_ns: int, *, enters: bool) -> Iterator[At]:
        """Yield clocks; where it enters, song position and continue come just before the first on a sixteenth."""
        tempo = self._place.tempo
        clock = max(0, int(tempo.tick_at_ns(from_ns)) // _TICKS_PER_CLOCK - 1)
        while (at_ns := tempo.ns_at(clock * _TICKS_PER_CLOCK)) < to_ns:
            if at_ns >= from_ns:
                if (enters or not self._rolls) and clock == sixteenth_from(clock):
                    yield from ((at_ns, message) for message in entry(clock))
                    enters, self._rolls = False, True
                yield at_ns, bytes((CLOCK,))
            clock += 1

    def stopped(self) -> tuple[bytes, ...]:
        """Return stop where it rolled."""
        was, self._rolls = self._rolls, False
        return (bytes((STOP,)),) if was else ()

    def place(self, at_ns: int) -> tuple[bytes, ...]:
        """Return the song position at or before a place; nothing beyond the reach of song positions."""
        clock = int(self._place.tempo.tick_at_ns(max(0, at_ns))) // _TICKS_PER_CLOCK
        position = song_position(clock // CLOCKS_PER_SIXTEENTH * CLOCKS_PER_SIXTEENTH)
        return (position,) if position else ()

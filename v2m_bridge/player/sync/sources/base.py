"""What every source of sync can do."""

from __future__ import annotations

from typing import ClassVar

from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.grid_check import Grid


class PortMemory:
    """What outlives a MIDI port that is opened again and again.

    Parameters
    ----------
    table : NoteTable
        Where its peers are kept for the player that comes after this one.
    """

    def __init__(self, table: NoteTable) -> None:
        self.table = table
        self.was_on_jack = False
        """Whether JACK had it: then its server is waited for, and no other port taken."""


class Source:
    """One transport that playing follows.  Thread: scheduler.

    Parameters
    ----------
    place : EditPlace
        Where on the edit its places lie.
    """

    tolerance: ClassVar[Tolerance]

    def __init__(self, place: EditPlace) -> None:
        self.place = place
        self.warning = ""
        """A sentence where its rate or tempo is not that of the edit."""
        self.grid: Grid | None = None
        """What it says of its bars, if it does."""
        self.lost = ""
        """A sentence once it has gone away by itself."""
        self.own = (0, False)
        """Where playing is, and whether it rolls: for a source that has no places."""

    def open(self) -> None:
        """Begin to listen.

        Raises
        ------
        OutputError
            When it cannot be heard; the hint says what to do.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop listening; may be called twice."""
        raise NotImplementedError

    def now_ns(self) -> int:
        """Return the clock that its reports are stamped with."""
        raise NotImplementedError

    def take(self) -> list[Report]:
        """Return what was heard since the last call, in order."""
        raise NotImplementedError

    def mind_peers(self) -> None:
        """Remember what it is connected to, and join what has come back."""

    def play(self) -> bool:
        """Ask the source to roll; False where it takes no orders."""
        return False

    def stop(self) -> bool:
        """Ask the source to stop; False where it takes no orders."""
        return False

    def locate(self, at_ns: int) -> bool:
        """Ask the source to go to a time of the edit; False where it takes no orders."""
        del at_ns
        return False

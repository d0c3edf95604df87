"""What the engine hands work to, and how commands of the transport are told to the player."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from v2m_bridge.core import commands as do
from v2m_bridge.core import playing as tell
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import ComposeRequest, ThumbnailsRequest


class Desks(Protocol):
    """What the engine hands work to; every answer comes back through the inbox."""

    def read(self, token: int, path: Path, previous: Timeline | None) -> None:
        """Have the edit read, and the scenes of its earlier revision found in it."""

    def compose(self, token: int, request: ComposeRequest) -> None:
        """Have an edit composed; a later request supersedes one that waits."""

    def thumbnails(self, request: ThumbnailsRequest) -> None:
        """Have small pictures written when nothing else waits."""

    def watch(self, path: Path) -> None:
        """Watch this path instead of the one before."""

    def play(self, message: tell.ToPlayer) -> None:
        """Tell the player and its spare."""


def transport_message(command: do.Command) -> tell.ToPlayer:
    """Return what the player is told for a command of the transport.

    Raises
    ------
    KeyError
        When the command is none.
    """
    return _TRANSPORT[type(command)](command)


_TRANSPORT: Final[dict[type, Callable[..., tell.ToPlayer]]] = {
    do.Play: lambda _: tell.StartRolling(),
    do.Stop: lambda _: tell.StopRolling(),
    do.Locate: lambda command: tell.LocateTo(round(command.seconds * 1e9)),
    do.Loop: lambda command: tell.LoopBetween(round(command.start * 1e9), round(command.end * 1e9)),
    do.Panic: lambda _: tell.EndAllNotes(),
}

"""What reaches the engine's inbox.  Threads and children post these; only the engine's own thread reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from v2m_bridge.core.commands import Command
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.playing import PlayerState
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import Composed
from v2m_bridge.errors import V2MError


@dataclass(frozen=True, slots=True)
class Asked:
    """A command; `answer` is told None once it holds and is on disk, or why it was refused."""

    command: Command
    answer: Callable[[V2MError | None], None]


@dataclass(frozen=True, slots=True)
class FileChanged:
    """The watched file has a new version that is complete."""


@dataclass(frozen=True, slots=True)
class EditRead:
    """A reader answered; `token` says for which request.  A later revision comes with what became of the earlier."""

    token: int
    edit: Timeline | Conformed | PlainVideo | None
    error: V2MError | None = None


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """The worker got on."""

    token: int
    label: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The worker answered."""

    token: int
    composed: Composed | None
    error: V2MError | None = None


@dataclass(frozen=True, slots=True)
class PlayerSaid:
    """The player's state."""

    state: PlayerState


@dataclass(frozen=True, slots=True)
class PlayerLost:
    """A player died and the spare took over (or none could be started)."""

    sentence: str


@dataclass(frozen=True, slots=True)
class PicturesReady:
    """Thumbnails were written."""


@dataclass(frozen=True, slots=True)
class End:
    """End the engine."""


Message = Asked | FileChanged | EditRead | WorkProgress | WorkDone | PlayerSaid | PlayerLost | PicturesReady | End

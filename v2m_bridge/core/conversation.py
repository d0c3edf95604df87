"""What a client (panel, command line, other program) and the engine say to each other."""

from __future__ import annotations

from typing import Final

import msgspec

from v2m_bridge.core.commands import AnyCommand
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.sync_choice import INTERNAL

SESSION_HELD: Final = 3
"""Exit code of an engine that finds another in its session folder."""


class ToEngine(msgspec.Struct, frozen=True, tag=True, tag_field="say"):
    """Base of what a client says."""


class Ask(ToEngine, frozen=True):
    """Follow a command; the answer carries the same id."""

    id: int
    command: AnyCommand


class EndEngine(ToEngine, frozen=True):
    """End every note, the children and the engine."""


class FromEngine(msgspec.Struct, frozen=True, tag=True, tag_field="say"):
    """Base of what the engine says."""


class Followed(FromEngine, frozen=True):
    """The command holds and is on disk."""

    id: int


class Refused(FromEngine, frozen=True):
    """The command was not followed; nothing changed."""

    id: int
    error: str
    """Name of the class in `v2m_bridge.errors`."""
    message: str
    hint: str
    column: int | None = None


class Pushed(FromEngine, frozen=True):
    """A new snapshot."""

    snapshot: Snapshot


AnyToEngine = Ask | EndEngine
AnyFromEngine = Followed | Refused | Pushed


class Endpoint(msgspec.Struct, frozen=True):
    """How a running engine is reached: the contents of ``engine.json`` in its session folder."""

    address: str
    authkey: str
    """Hexadecimal; the file can be read by its owner only."""
    pid: int
    osc_in: str
    osc_out: tuple[str, ...]
    midi_ports: tuple[str, ...]
    sync: str = INTERNAL

"""Engines for tests of the panel: one that only records, and the real door of an engine with nothing behind it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.ui.snapshots import make_snapshot
from v2m_bridge.core.commands import Command
from v2m_bridge.core.conversation import Endpoint
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.engine.clients import ClientDoor
from v2m_bridge.engine.inbox import Asked, Message
from v2m_bridge.errors import SettingsError, V2MError


class RecordingEngine:
    """Keeps every command; answers only what a test answers."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot or make_snapshot()
        self.posted: list[Command] = []
        self.answers: dict[int, V2MError | None] = {}
        self.lost = False

    def latest(self) -> Snapshot:
        return self.snapshot

    def post(self, command: Command) -> int:
        if self.lost:
            raise SettingsError("the engine is gone", hint="Start it again with v2m run.")
        self.posted.append(command)
        return len(self.posted)

    def answer(self, ask_id: int) -> V2MError | bool | None:
        return self.answers.pop(ask_id) if ask_id in self.answers else False


class DoorEngine:
    """The engine's own door on a real connection: serves a session folder as an engine does."""

    def __init__(self, session: Path, follow: Callable[[Command], Snapshot | None]) -> None:
        self.followed: list[Command] = []
        self._follow = follow
        self._came = threading.Condition()
        self.door = ClientDoor(self._on)
        self.door.start()
        session.mkdir(parents=True, exist_ok=True)
        endpoint = Endpoint(
            self.door.address, self.door.authkey.hex(), os.getpid(), "127.0.0.1:9123", ("127.0.0.1:9124",), ()
        )
        (session / "engine.json").write_bytes(msgspec.json.encode(endpoint))

    def wait_for(self, n: int, timeout_s: float) -> list[Command]:
        """Return the commands once there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.followed) >= n, timeout_s), "no command came"
            return list(self.followed)

    def close(self) -> None:
        self.door.close()

    def _on(self, message: Message) -> None:
        if not isinstance(message, Asked):
            return
        try:
            snapshot = self._follow(message.command)
        except V2MError as exc:
            message.answer(exc)
            return
        message.answer(None)
        with self._came:
            self.followed.append(message.command)
            self._came.notify_all()
        if snapshot is not None:
            self.door.push(snapshot)

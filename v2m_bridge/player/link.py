"""The two-way pipe to the parent: what it says comes into an inbox, our state goes out, neither waits for the other."""

from __future__ import annotations

import os
import queue
import threading
from multiprocessing.connection import Client, Connection
from typing import Any

import msgspec

from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.playing import ADDRESS_VARIABLE, KEY_VARIABLE, AnyToPlayer, PlayerState, Quit, ToPlayer
from v2m_bridge.errors import SettingsError


class Link:
    """The player's end of the pipe.  When the pipe closes, the inbox gives `Quit`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inbox: queue.SimpleQueue[ToPlayer] = queue.SimpleQueue()
        self._outbox: queue.Queue[PlayerState] = queue.Queue(maxsize=1)
        for job, name in ((self._read, "link in"), (self._write, "link out")):
            threading.Thread(target=job, name=name, daemon=True).start()

    def next(self, timeout_s: float) -> ToPlayer | None:
        """Return what the parent said next, or None after `timeout_s`."""
        try:
            return self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def put(self, message: ToPlayer) -> None:
        """Put a message into our own inbox; signal handlers may do so."""
        self._inbox.put(message)

    def post(self, state: PlayerState) -> None:
        """Tell the parent our state; one that it has not taken yet is replaced."""
        while True:
            try:
                self._outbox.put_nowait(state)
            except queue.Full:
                try:
                    self._outbox.get_nowait()
                except queue.Empty:
                    continue
            else:
                return

    def _read(self) -> None:
        kind: Any = AnyToPlayer
        while True:
            try:
                self._inbox.put(decode(self._connection.recv_bytes(), kind))
            except msgspec.DecodeError:
                continue  # a message from another version: leave it, the music plays on
            except (EOFError, OSError):
                self._inbox.put(Quit())
                return

    def _write(self) -> None:
        while True:
            try:
                self._connection.send_bytes(encode(self._outbox.get()))
            except (OSError, ValueError):
                return


def link_to_parent() -> Link:
    """Connect to the parent that started this process.

    Raises
    ------
    SettingsError
        When the environment names no parent, or it does not answer.
    """
    address, key = os.environ.pop(ADDRESS_VARIABLE, ""), os.environ.pop(KEY_VARIABLE, "")
    hint = "The player is started by v2m run; only --list-ports works by itself."
    if not address:
        raise SettingsError("no engine started this player", hint=hint)
    try:
        return Link(Client(address, authkey=bytes.fromhex(key)))
    except (OSError, EOFError, ValueError) as exc:
        raise SettingsError(f"the engine at {address} does not answer: {exc}", hint=hint) from exc

"""The door for panels and other clients: a local, authenticated listener; each client has its own reader and writer."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.commands import check
from v2m_bridge.core.conversation import AnyToEngine, Ask, EndEngine, Followed, FromEngine, Pushed, Refused, ToEngine
from v2m_bridge.core.pipes import hang_up
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.engine.inbox import Asked, End, Message
from v2m_bridge.errors import V2MError

_AFTER_REFUSAL_S: Final = 0.02


class ClientDoor:
    """Accepts clients and posts what they ask."""

    def __init__(self, post: Callable[[Message], None]) -> None:
        self._post = post
        self.authkey = secrets.token_bytes(32)
        self._listener = Listener(_local_address(), authkey=self.authkey)
        self.address = str(self._listener.address)
        self._clients: set[_Client] = set()
        self._lock = threading.Lock()
        self._latest = Snapshot(version=0)
        self._closing = False
        self._thread = threading.Thread(target=self._accept, name="client door", daemon=True)

    def start(self) -> None:
        """Begin to accept clients."""
        self._thread.start()

    def push(self, snapshot: Snapshot) -> None:
        """Send the newest snapshot to every client; one that is slow misses some, never the last.  Thread: engine."""
        self._latest = snapshot
        with self._lock:
            clients = tuple(self._clients)
        for client in clients:
            client.push(snapshot)

    def latest(self) -> Snapshot:
        """Return the newest snapshot.  Thread: any."""
        return self._latest

    def close(self) -> None:
        """Let every client go; may be called twice."""
        if self._closing:
            return
        self._closing = True
        if self._thread.is_alive():
            with contextlib.suppress(OSError, EOFError):
                # A visit that says nothing ends the wait for a client; it does not wait for one that is being let in.
                Client(self._listener.address).close()
            self._thread.join(timeout=2)
        self._listener.close()
        if sys.platform != "win32":
            shutil.rmtree(Path(self.address).parent, ignore_errors=True)
        with self._lock:
            clients = tuple(self._clients)
        for client in clients:
            client.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                if self._closing:
                    return
                time.sleep(_AFTER_REFUSAL_S)  # where no socket can be opened any more, this would spin
                continue
            if self._closing:
                connection.close()
                return
            client = _Client(connection, self._post, self._gone)
            with self._lock:
                self._clients.add(client)
            client.start()
            client.push(self._latest)

    def _gone(self, client: _Client) -> None:
        with self._lock:
            self._clients.discard(client)


class _Client:
    """One attached client: answers are kept in order, of snapshots only the newest waits."""

    def __init__(
        self, connection: Connection, post: Callable[[Message], None], gone: Callable[[_Client], None]
    ) -> None:
        self._connection, self._post, self._gone = connection, post, gone
        self._answers: deque[FromEngine] = deque()
        self._snapshot: Snapshot | None = None
        self._wake = threading.Condition()
        self._open = True
        self._reader = threading.Thread(target=self._read, name="client reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name="client writer", daemon=True)

    def start(self) -> None:
        self._writer.start()
        self._reader.start()

    def push(self, snapshot: Snapshot) -> None:
        with self._wake:
            self._snapshot = snapshot
            self._wake.notify()

    def close(self) -> None:
        with self._wake:
            self._open = False
            self._wake.notify()
        hang_up(self._connection)

    def _answer(self, answer: FromEngine) -> None:
        with self._wake:
            self._answers.append(answer)
            self._wake.notify()

    def _read(self) -> None:
        try:
            while self._open:
                said: ToEngine = codec.decode_union(self._connection.recv_bytes(), AnyToEngine)
                if isinstance(said, EndEngine):
                    self._post(End())
                elif isinstance(said, Ask):
                    self._ask(said)
        except (OSError, EOFError, msgspec.DecodeError):
            return
        finally:
            self._gone(self)
            self.close()
            self._writer.join()  # it must not write to what the next client may open under the same number
            self._connection.close()

    def _ask(self, ask: Ask) -> None:
        def answer(error: V2MError | None) -> None:
            self._answer(Followed(ask.id) if error is None else refusal(ask.id, error))

        try:
            check(ask.command)
        except V2MError as exc:
            answer(exc)
        else:
            self._post(Asked(ask.command, answer))

    def _write(self) -> None:
        try:
            while True:
                with self._wake:
                    while self._open and not self._answers and self._snapshot is None:
                        self._wake.wait()
                    if not self._open:
                        return
                    # An answer comes after the snapshot that shows what was asked for.
                    sayings: list[FromEngine] = [Pushed(self._snapshot)] if self._snapshot is not None else []
                    sayings += self._answers
                    self._snapshot = None
                    self._answers.clear()
                for saying in sayings:
                    self._connection.send_bytes(codec.encode(saying))
        except OSError:
            self.close()


def refusal(ask_id: int, error: V2MError) -> Refused:
    """Return what a client is told when its command was not followed."""
    return Refused(ask_id, type(error).__name__, str(error), error.hint, getattr(error, "column", None))


def _local_address() -> str:
    name = f"v2m-{secrets.token_hex(8)}"
    if sys.platform == "win32":
        return rf"\\.\pipe\{name}"
    folder = Path(tempfile.mkdtemp(prefix="v2m-"))
    return str(folder / "engine")

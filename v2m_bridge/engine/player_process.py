"""One player process from the engine's side: its pipe, a thread that reads its states and one that writes to it."""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import IO, Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.playing import ADDRESS_VARIABLE, KEY_VARIABLE, TABLE_VARIABLE, PlayerState, ToPlayer

SILENCE_LIMIT_S: Final = 2.0
"""A player that says nothing for so long hangs, whatever it is about."""
START_LIMIT_S: Final = 30.0
"""Imports take a second; a busy machine may take long."""
_JOIN_LIMIT_S: Final = 2.0


class PlayerProcess:
    """A started player; `heard` gets its states, `gone` is called once when it ends, both from its own threads."""

    def __init__(
        self,
        sinks: Sequence[str],
        sync: Sequence[str] = (),
        *,
        spare: bool,
        note_table: str,
        log: IO[bytes],
        heard: Callable[[PlayerProcess, PlayerState], None],
        gone: Callable[[PlayerProcess], None],
    ) -> None:
        self._heard, self._gone = heard, gone
        self._started_s = time.monotonic()
        self._heard_s: float | None = None
        self._outbox: queue.SimpleQueue[ToPlayer | None] = queue.SimpleQueue()
        self._folder = Path(tempfile.mkdtemp(prefix="v2m-"))
        self._key = secrets.token_bytes(32)
        self._address = (
            rf"\\.\pipe\v2m-{secrets.token_hex(8)}" if sys.platform == "win32" else str(self._folder / "player")
        )
        self._listener = Listener(self._address, authkey=self._key)
        options = [option for sink in sinks for option in ("--sink", sink)] + (["--spare"] if spare else [])
        options += sync
        self._popen = subprocess.Popen(  # noqa: S603 our own interpreter and module, no shell
            [sys.executable, "-P", "-m", "v2m_bridge.player", *options],
            env=os.environ
            | {
                ADDRESS_VARIABLE: self._address,
                KEY_VARIABLE: self._key.hex(),
                TABLE_VARIABLE: note_table,
                "PYTHONPATH": os.pathsep.join(filter(None, [_root(), os.environ.get("PYTHONPATH", "")])),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        self._threads = [threading.Thread(target=self._accept, name="player in", daemon=True)]
        self._threads.append(threading.Thread(target=self._watch, name="player exit", daemon=True))
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def hangs(self, limit_s: float) -> bool:
        """Whether it has said nothing for longer than `limit_s`; one that starts gets more time."""
        if self._heard_s is None:
            return time.monotonic() - self._started_s > START_LIMIT_S
        return time.monotonic() - self._heard_s > limit_s

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._popen.poll() is None

    def tell(self, message: ToPlayer) -> None:
        """Send a message; returns at once.  Thread: any."""
        self._outbox.put(message)

    def kill(self) -> None:
        """End the process at once; its notes are ended by whoever takes over."""
        self._popen.kill()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the process to end; False where it does not."""
        try:
            self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """Wait until the threads of a process that has ended are done; what belongs to it is gone then."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_JOIN_LIMIT_S)

    def _watch(self) -> None:
        self._popen.wait()
        self._outbox.put(None)
        with contextlib.suppress(OSError, EOFError, AuthenticationError):
            # a visit ends the wait for a child that will not come
            Client(self._address, authkey=self._key).close()
        self._gone(self)

    def _accept(self) -> None:
        try:
            connection = self._listener.accept()
        except (OSError, EOFError, AuthenticationError):
            return
        finally:
            self._listener.close()
            shutil.rmtree(self._folder, ignore_errors=True)
        writer = threading.Thread(target=self._write, args=(connection,), name="player out", daemon=True)
        writer.start()
        try:
            while True:
                state = codec.decode(connection.recv_bytes(), PlayerState)
                self._heard_s = time.monotonic()
                self._heard(self, state)
        except (EOFError, OSError, msgspec.DecodeError):
            self._popen.poll()

    def _write(self, connection: Connection) -> None:
        while (message := self._outbox.get()) is not None:
            try:
                connection.send_bytes(codec.encode(message))
            except OSError:
                return
        connection.close()


def _root() -> str:
    return str(Path(__file__).resolve().parent.parent.parent)

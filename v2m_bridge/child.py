"""A child process from both ends: `Process` starts one by the name of its module, `serve` is what it runs.

The parent listens on a local pipe and tells the child on its standard input where that is, with a random key; the list
of processes shows neither.  A process that works for another is a module like this::

    def count(request: CountRequest, progress: Progress) -> Counted:
        for done in range(request.n):
            progress("Counting", done, request.n)
        return Counted(request.n)

    def main() -> None:
        serve({CountRequest: count})

and is asked through `v2m_bridge.jobs.Child`.  It ends when its parent's pipe closes, whatever it is doing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Final

from v2m_bridge.core.messages import (
    NO_REQUEST,
    Envelope,
    Failure,
    MessageError,
    ProgressReport,
    Ready,
    failure_of,
    opened,
    pack,
    unpack,
)
from v2m_bridge.errors import V2MError

Progress = Callable[[str, int, int], None]
"""What a handler may call as it goes: label, steps done, steps in all."""

Handler = Callable[[Any, Progress], object]

_QUIET_S: Final = 1 / 30
"""Progress under one label is sent no more often than this."""
_TAIL_BYTES: Final = 4096
_LONGEST_SOCKET_PATH: Final = 90
_LOOK_EVERY_S: Final = 0.02


class StartError(Exception):
    """A child that ended, or let its time run out, before it connected."""


class Process:
    """A running child that has not been asked anything yet.  What it prints is kept from the terminal."""

    def __init__(self, module: str, env: Mapping[str, str]) -> None:
        self._key = secrets.token_bytes(32)
        self._folder = Path(tempfile.mkdtemp(prefix="v2m-", dir=_short_folder())) if os.name == "posix" else None
        self._listener = Listener(str(self._folder / "pipe") if self._folder else None, authkey=self._key)
        self._accepted: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._tail = b""
        self._accept = threading.Thread(target=self._accept_child, name=f"{module} connects", daemon=True)
        self._accept.start()
        try:
            self._popen = subprocess.Popen(  # noqa: S603 our own interpreter and module, no shell
                # -P: a file of the working folder must not be imported in place of a library.
                [sys.executable, "-P", "-m", module],
                env=os.environ | {"PYTHONPATH": _search_path()} | dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._stop_listening()
            raise
        self._drain = threading.Thread(target=self._keep_tail, name=f"{module} output", daemon=True)
        self._drain.start()
        self._tell_where()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def connect(self, by_s: float) -> Connection:
        """Wait until the child has connected, or the monotonic clock reaches `by_s`."""
        while True:
            with contextlib.suppress(queue.Empty):
                pipe = self._accepted.get(timeout=_LOOK_EVERY_S)
                self._stop_listening()
                return pipe
            if self.exit_code() is not None:
                raise StartError(self.how_it_ended())
            if time.monotonic() > by_s:
                raise StartError("its imports took too long")

    def exit_code(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._popen.poll()

    def how_it_ended(self) -> str:
        """Return how the process ended, with the last line that it printed; empty if it does not end."""
        try:
            code = self._popen.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return ""
        self._drain.join(timeout=1)
        last_line = self.tail().rsplit("\n", 1)[-1][:200]
        try:
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        except ValueError:
            how = f"signal {-code}"
        return f"{how}, {last_line}" if last_line else how

    def tail(self) -> str:
        """Return the end of what the process printed."""
        return self._tail.decode(errors="replace").strip()

    def kill(self) -> None:
        """End the process and let go of all that belongs to it.  May be called again."""
        self._popen.kill()
        self._popen.wait()
        self._stop_listening()
        self._drain.join(timeout=1)
        if self._popen.stdout is not None and not self._drain.is_alive():
            self._popen.stdout.close()

    def _tell_where(self) -> None:
        family = "AF_UNIX" if os.name == "posix" else "AF_PIPE"
        where = {"address": self._listener.address, "family": family, "authkey": self._key.hex()}
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError), self._popen.stdin as stdin:
                stdin.write(json.dumps(where).encode() + b"\n")

    def _keep_tail(self) -> None:
        while self._popen.stdout is not None and (printed := self._popen.stdout.read(_TAIL_BYTES)):
            self._tail = (self._tail + printed)[-_TAIL_BYTES:]

    def _accept_child(self) -> None:
        while True:
            try:
                self._accepted.put(self._listener.accept())
            except AuthenticationError:
                continue
            except (OSError, EOFError):
                pass
            return

    def _stop_listening(self) -> None:
        if self._accept.is_alive():
            # A visit that says nothing ends the wait for a child that will not come.
            with contextlib.suppress(OSError, EOFError):
                Client(self._listener.address).close()
            self._accept.join(timeout=1)
        with contextlib.suppress(queue.Empty):
            self._accepted.get_nowait().close()
        self._listener.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _short_folder() -> str | None:
    """Return a folder for the socket where the usual one is too deep: its path has a hundred bytes at most."""
    return "/tmp" if len(tempfile.gettempdir().encode()) > _LONGEST_SOCKET_PATH - 20 else None  # noqa: S108 mode 0700


def _search_path() -> str:
    """Return PYTHONPATH for a child: where this package lies, then what the parent had."""
    root = str(Path(__file__).resolve().parent.parent)
    inherited = os.environ.get("PYTHONPATH", "")
    return root + os.pathsep + inherited if inherited else root


def serve(handlers: Mapping[type, Handler], *, n_requests: int | None = None) -> None:
    """Answer requests until the parent's pipe closes, or until `n_requests` have been answered.

    Call this once everything is imported: the parent counts a request's time from then.  When the pipe closes the
    process ends at once, even while a handler runs.

    Parameters
    ----------
    handlers : mapping of type to handler
        For each type of request (a dataclass of core) a function of the request and a progress callback; what it
        returns, a core value, is the answer.  A `V2MError` that it raises reaches the caller as the same error; any
        other exception as a fault of ours, with the last line of its traceback.
    n_requests : int, optional
        End after so many.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    with _connected() as pipe:
        inbox: queue.SimpleQueue[Envelope] = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(pipe, inbox), name="receiver", daemon=True).start()
        _say(pipe, NO_REQUEST, Ready())
        for _ in itertools.count() if n_requests is None else range(n_requests):
            envelope = inbox.get()
            _say(pipe, envelope.request_id, _answer(envelope, handlers, pipe))


def _connected() -> Connection:
    line = bytearray()
    while not line.endswith(b"\n") and (byte := os.read(sys.stdin.fileno(), 1)):
        line += byte
    try:
        where = json.loads(line)
        return Client(where["address"], family=where["family"], authkey=bytes.fromhex(where["authkey"]))
    except (ValueError, KeyError, TypeError) as exc:
        raise SystemExit("This is a part of v2m_bridge that v2m starts by itself; run v2m instead.") from exc
    except (OSError, EOFError) as exc:
        raise SystemExit("The program that started this has ended.") from exc


def _receive(pipe: Connection, inbox: queue.SimpleQueue[Envelope]) -> None:
    """Take requests off the pipe as they come, so that neither side waits for the other; end with the parent."""
    try:
        while True:
            inbox.put(unpack(pipe.recv_bytes()))
    except (EOFError, OSError, MessageError):
        os._exit(0)


def _answer(envelope: Envelope, handlers: Mapping[type, Handler], pipe: Connection) -> bytes:
    request_id = envelope.request_id
    try:
        request = opened(envelope, handlers)
        return pack(request_id, handlers[type(request)](request, _Progress(pipe, request_id)))
    except V2MError as exc:
        return pack(request_id, failure_of(exc))
    except Exception as exc:  # noqa: BLE001 whatever happens becomes an answer
        traceback.print_exc()
        last_line = traceback.format_exception_only(exc)[-1].strip()
        return pack(request_id, Failure(error="", message=last_line[:400]))


class _Progress:
    """Sends progress on, not too often; a new label and the last step always go."""

    def __init__(self, pipe: Connection, request_id: int) -> None:
        self._pipe, self._request_id = pipe, request_id
        self._label, self._sent_s = "", 0.0

    def __call__(self, label: str, done: int, total: int) -> None:
        now_s = time.monotonic()
        if label == self._label and done != total and now_s - self._sent_s < _QUIET_S:
            return
        self._label, self._sent_s = label, now_s
        _say(self._pipe, self._request_id, ProgressReport(label, done, total))


def _say(pipe: Connection, request_id: int, message: object) -> None:
    try:
        pipe.send_bytes(message if isinstance(message, bytes) else pack(request_id, message))
    except OSError:
        os._exit(0)  # nobody listens

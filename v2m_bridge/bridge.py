"""The engine's client: what the panel, the command line and other programs hold.

::

    with Bridge("~/score") as bridge:
        bridge.do(OpenTimeline("cut.otio"))
        snapshot = bridge.wait(lambda s: bool(s.cues) and s.busy is None, timeout_s=60)
        bridge.do(SetEmotion("1m01", "tense"))
        bridge.wait(lambda s: s.busy is None, timeout_s=60)
        bridge.do(Apply())
        bridge.do(Play())
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Final, Self

import msgspec

from v2m_bridge import errors
from v2m_bridge.core import codec
from v2m_bridge.core.commands import Command
from v2m_bridge.core.conversation import (
    SESSION_HELD,
    AnyFromEngine,
    Ask,
    EndEngine,
    Endpoint,
    Followed,
    Pushed,
    Refused,
)
from v2m_bridge.core.pipes import hang_up
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.errors import SettingsError, V2MError
from v2m_bridge.settings import default_session

START_TIMEOUT_S: Final = 30.0
ANSWER_TIMEOUT_S: Final = 10.0
END_TIMEOUT_S: Final = 15.0
_LOOK_EVERY_S: Final = 0.02
_ROOT: Final = str(Path(__file__).resolve().parent.parent)


def endpoint_of(session: Path) -> Endpoint | None:
    """Return how the engine of a session folder is reached, or None where none is."""
    try:
        return msgspec.json.decode((session / "engine.json").read_bytes(), type=Endpoint)
    except (OSError, msgspec.DecodeError):
        return None


class Bridge:
    """Attached to the engine of a session folder; starts one where none runs, and ends what it started.

    Parameters
    ----------
    session : str or Path, optional
        None takes $V2M_SESSION or the user's own.
    options : sequence of str
        Options of ``python -m v2m_bridge.engine``, for an engine that is started.
    on_change : callable, optional
        Called from a thread after each snapshot and answer, and when the engine is lost.

    Raises
    ------
    SettingsError
        When no engine can be started.
    """

    def __init__(
        self,
        session: str | Path | None = None,
        options: Sequence[str] = (),
        *,
        on_change: Callable[[], None] | None = None,
    ) -> None:
        self._session = Path(session or default_session()).expanduser().absolute()
        self._on_change = on_change
        self._process: subprocess.Popen[bytes] | None = None
        self._latest = Snapshot(version=0)
        self._answers: dict[int, Followed | Refused] = {}
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._last_id, self._lost = 0, False
        attached = self._attach()
        self._connection = attached[0] if attached else self._start(options)
        self._reader = threading.Thread(target=self._read, name="bridge reader", daemon=True)
        self._reader.start()

    @property
    def owns_engine(self) -> bool:
        """Whether this bridge started the engine and ends it."""
        return self._process is not None

    @property
    def lost(self) -> bool:
        """Whether the engine is gone."""
        return self._lost

    @property
    def endpoint(self) -> Endpoint | None:
        """How the engine is reached, with its ports."""
        return endpoint_of(self._session)

    def latest(self) -> Snapshot:
        """Return the newest snapshot.  Thread: any."""
        return self._latest

    def post(self, command: Command) -> int:
        """Send a command and return at once; the id of its answer is returned.  Thread: any."""
        with self._changed:
            self._last_id += 1
            ask_id = self._last_id
        self._send(Ask(ask_id, command))  # type: ignore[arg-type]
        return ask_id

    def answer(self, ask_id: int) -> V2MError | bool | None:
        """Return False while there is no answer, None once the command holds, else why it was refused."""
        with self._changed:
            answer = self._answers.pop(ask_id, None)
        if answer is None:
            return False
        return _error_of(answer) if isinstance(answer, Refused) else None

    def do(self, command: Command, *, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        """Follow a command and wait until it holds and is on disk.

        Raises
        ------
        V2MError
            When the engine refuses it; nothing has changed then.
        """
        ask_id = self.post(command)
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while ask_id not in self._answers:
                if self._lost or not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    raise SettingsError("the engine does not answer", hint="Start it again with v2m run.")
            answer = self._answers.pop(ask_id)
        if isinstance(answer, Refused):
            raise _error_of(answer)

    def wait(self, until: Callable[[Snapshot], bool], *, timeout_s: float) -> Snapshot:
        """Wait for a snapshot that satisfies `until`.

        Raises
        ------
        TimeoutError
            When none came in time; the text holds the engine's last errors.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not until(self._latest):
                left = deadline - time.monotonic()
                if self._lost or left <= 0 or not self._changed.wait(left):
                    if until(self._latest):
                        break
                    raise TimeoutError(f"the engine did not get there; it says {self._latest.errors}")
            return self._latest

    def close(self) -> None:
        """Detach; an engine that this bridge started ends.  May be called twice."""
        if self._process is not None and self._process.poll() is None:
            with suppress(SettingsError):  # it has heard of the end before us, and is ending
                self._send(EndEngine())
            try:
                self._process.wait(timeout=END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        hang_up(self._connection)
        if self._reader is not threading.current_thread():
            self._reader.join(timeout=2)
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attach(self) -> tuple[Connection, Endpoint] | None:
        if (endpoint := endpoint_of(self._session)) is None:
            return None
        try:
            return Client(endpoint.address, authkey=bytes.fromhex(endpoint.authkey)), endpoint
        except (OSError, EOFError, ValueError, AuthenticationError):
            return None

    def _start(self, options: Sequence[str]) -> Connection:
        """Start an engine and attach to it, or to one that was quicker; wait for one that is ending."""
        deadline = time.monotonic() + START_TIMEOUT_S
        process, log_starts_at = self._spawn(options)
        while time.monotonic() < deadline:
            if (attached := self._attach()) is not None:
                if attached[1].pid == process.pid or sys.platform == "win32":  # there pids differ
                    self._process = process
                else:
                    process.wait()  # it has met the other engine
                return attached[0]
            time.sleep(_LOOK_EVERY_S)
            exit_code = process.poll()
            if exit_code == SESSION_HELD:
                process, log_starts_at = self._spawn(options)
            elif exit_code is not None:
                break
        process.kill()
        process.wait()
        raise _start_error(self._session / "engine.log", log_starts_at)

    def _spawn(self, options: Sequence[str]) -> tuple[subprocess.Popen[bytes], int]:
        try:
            self._session.mkdir(parents=True, exist_ok=True)
            with (self._session / "engine.log").open("ab") as log:
                command = [sys.executable, "-P", "-m", "v2m_bridge.engine", "--session", str(self._session), *options]
                env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))}
                process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                    command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
                return process, log.tell()
        except OSError as exc:
            raise SettingsError(
                f"cannot use the session folder {self._session}: {exc.strerror or exc}",
                hint="Choose another folder with --session.",
            ) from exc

    def _send(self, saying: Ask | EndEngine) -> None:
        try:
            data = codec.encode(saying)
        except UnicodeEncodeError as exc:
            raise SettingsError("that text is not Unicode", hint="Rename the file.") from exc
        try:
            with self._sending:
                self._connection.send_bytes(data)
        except OSError as exc:
            raise SettingsError("the engine is gone", hint="Start it again with v2m run.") from exc

    def _read(self) -> None:
        try:
            while True:
                said = codec.decode_union(self._connection.recv_bytes(), AnyFromEngine)
                with self._changed:
                    if isinstance(said, Pushed):
                        self._latest = said.snapshot
                    elif isinstance(said, Followed | Refused):
                        self._answers[said.id] = said
                    self._changed.notify_all()
                if self._on_change is not None:
                    self._on_change()
        except (OSError, EOFError, msgspec.DecodeError):
            return
        finally:
            with self._changed:
                self._lost = True
                self._changed.notify_all()
            if self._on_change is not None:
                self._on_change()


def _error_of(refused: Refused) -> V2MError:
    kind = getattr(errors, refused.error, V2MError)
    if kind is errors.DirectionError:
        return errors.DirectionError(refused.message, column=refused.column, hint=refused.hint)
    error: V2MError = kind(refused.message, hint=refused.hint)
    return error


def _start_error(log: Path, starts_at: int) -> SettingsError:
    """Return why an engine did not start: what it wrote last, which is a sentence and a hint where it knew."""
    try:
        lines = log.read_bytes()[starts_at:].decode(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    sentence, _, hint = (lines[-1] if lines else "the engine did not start").rpartition("; ")
    if not sentence:
        return SettingsError(hint, hint=f"Run v2m doctor, or look into {log}.")
    return SettingsError(sentence, hint=hint[:1].upper() + hint[1:])

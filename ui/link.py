"""The panel's thread-safe hold on the engine: starts or attaches to it without keeping the window waiting."""

from __future__ import annotations

import threading
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import Command
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.errors import SettingsError, V2MError


class EngineLink(QObject):
    """A `Bridge` that is made on a thread of its own and says on the GUI thread that something came.

    Without a session folder the user's own is taken.
    """

    attached = pyqtSignal()
    failed = pyqtSignal(object)
    """V2MError"""
    pushed = pyqtSignal()
    """The engine pushed a snapshot or an answer, or is gone; many pushes may be one signal."""
    _heard = pyqtSignal()

    def __init__(self, session: Path | None) -> None:
        super().__init__()
        self._session = session
        self._bridge: Bridge | None = None
        self._thread: threading.Thread | None = None
        self._told = False
        self._heard.connect(self._pass_on)

    @property
    def lost(self) -> bool:
        """Whether the engine is gone."""
        return self._bridge is not None and self._bridge.lost

    def attach(self) -> None:
        """Begin to attach to the session's engine, which is started where none runs; `attached` or `failed` follows."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._attach, name="engine link")
            self._thread.start()

    def latest(self) -> Snapshot:
        """Return the newest snapshot; an empty one while not attached."""
        return self._bridge.latest() if self._bridge else _NOTHING_YET

    def post(self, command: Command) -> int:
        """Send a command and return the id of its answer.

        Raises
        ------
        SettingsError
            When there is no engine.
        """
        if self._bridge is None:
            raise SettingsError("the engine is still starting", hint="Try again in a moment.")
        return self._bridge.post(command)

    def answer(self, ask_id: int) -> V2MError | bool | None:
        """Return False while there is no answer, None once the command holds, else why it was refused."""
        return self._bridge.answer(ask_id) if self._bridge else False

    def close(self) -> None:
        """Detach; an engine that this link started ends.  May be called twice."""
        if self._thread is not None:
            self._thread.join()
        if self._bridge is not None:
            self._bridge.close()

    def _attach(self) -> None:
        try:
            if self._bridge is not None:
                self._bridge.close()
            self._bridge = Bridge(self._session, on_change=self._on_change)
        except V2MError as exc:
            self.failed.emit(exc)
        except OSError as exc:
            error = SettingsError(
                f"cannot use the session folder {self._session or exc.filename}: {exc.strerror or exc}",
                hint="Choose another folder with --session.",
            )
            self.failed.emit(error)
        else:
            self.attached.emit()
            self._on_change()

    def _on_change(self) -> None:
        """Thread: the bridge's reader."""
        if not self._told:
            self._told = True
            self._heard.emit()

    @pyqtSlot()
    def _pass_on(self) -> None:
        self._told = False
        self.pushed.emit()


_NOTHING_YET = Snapshot(version=0)

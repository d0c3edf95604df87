"""Lets SIGTERM and Ctrl-C end the panel as Quit does, without a timer that wakes for nothing."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import Any, Final

from PyQt6.QtCore import QObject, QSocketNotifier, pyqtSignal
from PyQt6.sip import voidptr

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class EndSignals(QObject):
    """Says on the GUI thread that the process was asked to end."""

    asked_to_end = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._read_end, self._write_end = socket.socketpair()
        self._read_end.setblocking(False)
        self._write_end.setblocking(False)
        self._notifier = QSocketNotifier(voidptr(self._read_end.fileno()), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self._wakeup_before = signal.set_wakeup_fd(self._write_end.fileno())
        # Python writes the number to the socket; the handlers only keep it from ending the process.
        self._before: dict[signal.Signals, Any] = {each: signal.signal(each, lambda *_: None) for each in _SIGNALS}

    def close(self) -> None:
        """Give the signals back; may be called twice."""
        while self._before:
            signal.signal(*self._before.popitem())
            if not self._before:
                signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._read_end.close()
        self._write_end.close()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if self._read_end.recv(64):
                self.asked_to_end.emit()

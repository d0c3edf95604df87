"""A seat at a JACK server: how a client joins it, learns that it has gone, and leaves."""

from __future__ import annotations

import contextlib
import importlib
import time
from typing import Any, Final, Protocol

from v2m_bridge.errors import OutputError

_QUIET_S: Final = 0.5
_NAME_PATIENCE_S: Final = 0.3
_NAME_PAUSE_S: Final = 0.02
_left_behind: list[tuple[float, Any]] = []
"""Clients whose server has gone, and when each may be closed."""


class Losable(Protocol):
    """A port of ours; `lost` is a sentence once its server has gone."""

    lost: str


class JackSeat:
    """What every client of ours needs besides its ports.

    Closing a client cancels its process thread wherever that is.  A living server lets it end its cycle first; one that
    has gone does not, and a thread that is cancelled while it holds the interpreter stops this process for good.  So
    a client that its server left is closed later, when its last cycle is long over.
    """

    def __init__(self, client: Any, port: Losable) -> None:
        self.client = client
        self._port = port
        self._is_leaving = self._is_alone = False
        client.set_shutdown_callback(self._on_shutdown)

    def _on_shutdown(self, status: object, reason: str) -> None:
        """Remember that the server is gone.  Thread: JACK."""
        del status
        self._is_alone = True
        if not self._is_leaving:
            self._port.lost = f"JACK has gone away: {reason}"

    def leave(self) -> None:
        """Leave the server; may be called twice."""
        if self._is_leaving:
            return
        self._is_leaving = True
        if self._is_alone:
            _left_behind.append((time.monotonic() + _QUIET_S, self.client))
        else:
            _close(self.client)


def load_jack() -> Any:
    """Import JACK-Client, its messages on stderr turned off, and close first what a server that has gone left behind.

    Raises
    ------
    OutputError
        When it or the JACK library is not installed, or a server has just gone: a client that it left must be closed
        before the next one is opened, or libjack crashes.
    """
    try:
        jack = importlib.import_module("jack")
    except (ImportError, OSError) as exc:
        raise OutputError("JACK cannot be used", hint="Install JACK and the package JACK-Client.") from exc
    jack.set_error_function(_ignore)
    jack.set_info_function(_ignore)
    _close_left_behind()
    return jack


def join(jack: Any, name: str) -> Any:
    """Open the client that other programs know by a name; one that a dead process still holds is free within moments.

    Parameters
    ----------
    jack : module
        JACK-Client.
    name : str
        Of the client; where another holds it for longer the server adds a number.

    Raises
    ------
    jack.JackError
        When no server runs.
    """
    deadline_s = time.monotonic() + _NAME_PATIENCE_S
    while True:
        with contextlib.suppress(jack.JackOpenError):
            return jack.Client(name, use_exact_name=True, no_start_server=True)
        if time.monotonic() > deadline_s or not is_server_there(jack):
            return jack.Client(name, use_exact_name=False, no_start_server=True)
        time.sleep(_NAME_PAUSE_S)


def is_server_there(jack: Any) -> bool:
    """Whether a JACK server answers."""
    with contextlib.suppress(jack.JackError):
        jack.Client("v2m_probe", no_start_server=True).close()
        return True
    return False


def _close_left_behind() -> None:
    """Close clients whose last cycle is long over; while there are others no client may be opened."""
    while _left_behind and _left_behind[0][0] <= time.monotonic():
        _close(_left_behind.pop(0)[1])
    if _left_behind:
        raise OutputError("the JACK server has just gone away", hint="It is looked for again in a second.")


def _close(client: Any) -> None:
    for leave in (client.deactivate, client.close):
        with contextlib.suppress(Exception):  # a server that is gone answers nothing
            leave(ignore_errors=True)


def _ignore(message: str) -> None:
    del message

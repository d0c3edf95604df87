"""The address of a host, without waiting for a name server that does not answer."""

from __future__ import annotations

import socket
import threading
from typing import Any, Final, NamedTuple

from v2m_bridge.errors import OutputError

_PATIENCE_S: Final = 0.05
"""How long a name may take when it is asked for first; most are known at once."""
_HINT: Final = "Is that machine on?  Its address in numbers needs no name server: HOST:PORT, such as 127.0.0.1:9124."


class HostAddress(NamedTuple):
    """Where datagrams for a host go, and the kind of socket that sends them."""

    family: int
    kind: int
    proto: int
    address: Any
    """What `socket.sendto` takes."""


class _Lookup:
    """One name that is being looked up by a thread of its own."""

    def __init__(self, host: str, port: int, error: str = "") -> None:
        self.found: HostAddress | None = None
        self.error = error
        self._asked = host, port
        self._thread = threading.Thread(target=self._run, name=f"lookup {host}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Ask the system.  Thread: lookup."""
        try:
            self.found = _ask(*self._asked)
        except (OSError, UnicodeError) as exc:
            self.error = f"{self._asked[0]} is not found: {exc}"

    def has_ended(self, within_s: float) -> bool:
        """Whether the answer is there."""
        self._thread.join(within_s)
        return not self._thread.is_alive()


_running: dict[tuple[str, int], _Lookup] = {}
"""Names that were asked for and are not found yet.  Thread: scheduler."""


def find_host(host: str, port: int) -> HostAddress:
    """Return where a host is; called again until the answer to a name is there.  Thread: scheduler.

    Raises
    ------
    OutputError
        When the name is still being looked up, or was not found; then the next call finds what a new lookup says.
    """
    try:
        return _ask(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass
    asked = host, port
    patience_s = 0.0 if asked in _running else _PATIENCE_S
    lookup = _running[asked] = _running.get(asked) or _Lookup(host, port)
    if lookup.has_ended(patience_s):
        if lookup.found is not None:
            del _running[asked]
            return lookup.found
        _running[asked] = _Lookup(host, port, lookup.error)
    raise OutputError(lookup.error or f"looking up {host}", hint=_HINT)


def _ask(host: str, port: int, flags: int = 0) -> HostAddress:
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=flags)[0]
    return HostAddress(family, kind, proto, address)

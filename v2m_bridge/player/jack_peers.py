"""Whom a JACK port of ours is connected to: remembered, and joined again when it has come back."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Collection, Iterable
from typing import Any

from v2m_bridge.player.sounding import NoteTable


class Peers:
    """Tells a peer that the user disconnected, which is forgotten, from one that went away, which is joined again."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = set(wanted)
        self._absent = set(wanted)
        self._loose: set[str] = set()

    def look(self, connected: set[str], existing: set[str], appeared: Collection[str] = ()) -> set[str]:
        """Take what is connected, what exists and what has appeared; return the peers to connect, which have come back.

        A program that quits is disconnected a moment before its ports go: only a peer that was there and not connected
        twice in a row was disconnected by the user.
        """
        known = self.wanted
        loose = (known & existing) - connected
        back = loose & self._absent.union(appeared)
        dropped = (loose - back) & self._loose
        self._loose = loose - back - dropped
        self._absent = known - existing
        self.wanted = (known | connected) - dropped
        return back


class PortPeers:
    """The peers of one port; made before its client is active.  Thread: scheduler.

    Parameters
    ----------
    jack : module
        JACK-Client.
    client : jack.Client
        Whose port it is.
    port : jack.OwnMidiPort
        An input or an output.
    table : NoteTable
        Where the names are kept for the player that comes after this one.
    """

    def __init__(self, jack: Any, client: Any, port: Any, table: NoteTable) -> None:
        self._error = jack.JackError
        self._client, self._port, self._table = client, port, table
        self._peers = Peers(table.peers)
        self._appeared: deque[str] = deque()
        client.set_port_registration_callback(self._on_port, only_available=False)

    def _on_port(self, port: Any, appears: bool) -> None:
        """Remember a port that appears.  Thread: JACK."""
        if appears and port is not None:
            self._appeared.append(str(port.name))

    def mind(self) -> None:
        """Remember the connected ports, and connect again to those that have come back."""
        with contextlib.suppress(self._error):
            hears = bool(self._port.is_input)
            connected = {str(port.name) for port in self._port.connections}
            others = self._client.get_ports(is_midi=True, is_input=not hears, is_output=hears)
            existing = {str(port.name) for port in others}
            appeared = {self._appeared.popleft() for _ in range(len(self._appeared))}
            for name in sorted(self._peers.look(connected, existing, appeared)):
                with contextlib.suppress(self._error):
                    self._client.connect(*((name, self._port) if hears else (self._port, name)))
            self._table.peers = tuple(sorted(self._peers.wanted))

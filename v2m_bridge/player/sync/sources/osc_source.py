"""A transport that is reported over OSC.  Datagrams are checked strictly before anything looks at them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from typing import ClassVar, Final

from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge.core.osc_check import MAX_DATAGRAM_BYTES, OscError, OscMessage, read_datagram
from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.sources.base import Source
from v2m_bridge.player.sync.sources.osc_profiles import PROFILES, Order, OscProfile

_MOST_WAITING: Final = 2000
_POLL_S: Final = 0.2


class OscSource(Source):
    """Listens on a loopback port, and asks the program on its own port.

    Parameters
    ----------
    place : EditPlace
        Where on the edit its places lie.
    flavour : str
        A key of `PROFILES`.
    port : int
        Where the program sends to; 0 takes the usual one of that program.
    """

    tolerance: ClassVar[Tolerance] = Tolerance(jump_ns=250_000_000, bandwidth_hz=0.2, n_confirm=2)

    def __init__(self, place: EditPlace, flavour: str, port: int = 0) -> None:
        super().__init__(place)
        self._profile: OscProfile = PROFILES[flavour](place)
        self._port = port or self._profile.port
        self._waiting: deque[tuple[int, OscMessage]] = deque(maxlen=_MOST_WAITING)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._next_greeting_s = 0.0
        self._ends = False
        self.n_rejected = 0

    def open(self) -> None:
        """Bind the port.

        Raises
        ------
        OutputError
            When another program has it.
        """
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError as exc:
            listener.close()
            raise OutputError(
                f"cannot listen for OSC on 127.0.0.1:{self._port}", hint="Choose another port with --sync-port."
            ) from exc
        listener.settimeout(_POLL_S)
        self._socket, self._ends = listener, False
        self._thread = threading.Thread(target=self._run, args=(listener,), name="sync osc", daemon=True)
        self._thread.start()

    def _run(self, listener: socket.socket) -> None:
        """Stamp, check and keep what arrives.  Thread: receiver."""
        while not self._ends:
            try:
                data = listener.recv(MAX_DATAGRAM_BYTES + 1)
            except OSError:  # nothing came, or an ICMP answer to a greeting that nobody heard
                continue
            now_ns = MONOTONIC()
            try:
                messages = read_datagram(data)
            except OscError:
                self.n_rejected += 1
                continue
            self._waiting.extend((now_ns, message) for message in messages)

    def take(self) -> list[Report]:
        """Read what has arrived; now and then ask the program to report."""
        now_s = time.monotonic()
        if now_s >= self._next_greeting_s:
            self._next_greeting_s = now_s + self._profile.greeting_every_s
            self._order(self._profile.greeting(self._port))
        reports = []
        for _ in range(len(self._waiting)):
            clock_ns, message = self._waiting.popleft()
            report = self._profile.hear(message, clock_ns)
            if report is not None:
                reports.append(report)
        self.warning, self.grid = self._profile.warning, self._profile.grid
        return reports

    def now_ns(self) -> int:
        """Return the monotonic clock."""
        return MONOTONIC()

    def play(self) -> bool:
        """Ask the program to roll."""
        return self._order(self._profile.play())

    def stop(self) -> bool:
        """Ask the program to stop."""
        return self._order(self._profile.stop())

    def locate(self, at_ns: int) -> bool:
        """Ask the program to go to a time of the edit."""
        return self._order(self._profile.locate(at_ns))

    def _order(self, orders: tuple[Order, ...]) -> bool:
        if self._socket is None or self._profile.peer is None or not orders:
            return False
        for address, types, args in orders:
            builder = OscMessageBuilder(address=address)
            for kind, value in zip(types, args, strict=True):
                builder.add_arg(value, kind)
            with contextlib.suppress(OSError):  # nobody listens there yet
                self._socket.sendto(builder.build().dgram, self._profile.peer)
        return True

    def close(self) -> None:
        """Stop listening."""
        self._ends = True
        if self._thread is not None:
            self._thread.join(2 * _POLL_S + 1)
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

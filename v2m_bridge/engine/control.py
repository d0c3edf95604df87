"""OSC in: a thread that checks datagrams, posts commands and answers gets from the latest snapshot."""

from __future__ import annotations

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from v2m_bridge.core.commands import Command
from v2m_bridge.core.osc_check import MAX_DATAGRAM_BYTES, OscError, OscMessage, read_datagram
from v2m_bridge.core.osc_commands import command_of
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.engine.answers import answers, error_answer
from v2m_bridge.errors import OutputError, V2MError

Sender = tuple[str, int]
Answer = Callable[[V2MError | None], None]
MAX_PER_S: Final = 2000
MAX_SENDERS: Final = 1024


@dataclass(slots=True)
class RateLimit:
    """Serves `MAX_PER_S` datagrams a second from each sender and counts the rest; one sender never starves another."""

    n_dropped: int = 0
    _windows: OrderedDict[Sender, tuple[int, int]] = field(default_factory=OrderedDict)

    def allows(self, sender: Sender, now_ns: int) -> bool:
        """Count a datagram of `sender` at a monotonic time; False where it is over the limit."""
        second = now_ns // 1_000_000_000
        began, count = self._windows.pop(sender, (second, 0))
        count = count + 1 if began == second else 1
        self._windows[sender] = (second, count)
        if len(self._windows) > MAX_SENDERS:
            self._windows.popitem(last=False)
        if count > MAX_PER_S:
            self.n_dropped += 1
            return False
        return True


class Control:
    """The control port.  Commands are posted to the engine; nothing here touches its state."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        post: Callable[[Command, Answer], None],
        latest: Callable[[], Snapshot],
        allow: Iterable[str] = (),
    ) -> None:
        self._post, self._latest = post, latest
        self._allow = frozenset(allow)
        self._limit = RateLimit()
        self.n_served = self.n_rejected = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            self._socket.bind((host, port))
        except (OSError, UnicodeError) as exc:
            self._socket.close()
            raise OutputError(
                f"cannot listen for OSC on {host}:{port}", hint="Choose another port with --osc-in."
            ) from exc
        self._socket.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as host:port."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    @property
    def n_dropped(self) -> int:
        """Datagrams over the limit."""
        return self._limit.n_dropped

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                data, sender = self._socket.recvfrom(MAX_DATAGRAM_BYTES + 1)
            except TimeoutError:
                continue
            except OSError:
                continue  # an ICMP answer to an earlier reply; the socket goes on
            if (self._allow and sender[0] not in self._allow) or not self._limit.allows(sender, time.monotonic_ns()):
                continue
            self._serve(data, sender)

    def _serve(self, data: bytes, sender: Sender) -> None:
        try:
            messages = read_datagram(data)
        except OscError:
            self.n_rejected += 1
            return
        for message in messages:
            self._follow(message, sender)

    def _follow(self, message: OscMessage, sender: Sender) -> None:
        try:
            if message.address.startswith("/v2m/get/"):
                replies = answers(message, self._latest())
            else:
                self._post(command_of(message), partial(self._refuse, message.address, sender))
                replies = []
            self.n_served += 1
        except V2MError as exc:
            self.n_rejected += 1
            replies = [error_answer(message.address, exc.sentence())]
        for reply in replies:
            self._reply(reply, sender)

    def _refuse(self, address: str, sender: Sender, error: V2MError | None) -> None:
        """Tell the sender that the engine could not follow a command.  Thread: the engine's."""
        if error is not None:
            self._reply(error_answer(address, error.sentence()), sender)

    def _reply(self, reply: bytes, sender: Sender) -> None:
        with suppress(OSError):  # the sender has gone, or the port has been closed
            self._socket.sendto(reply, sender)

"""A JACK client that sends MIDI messages on their frames, and moves JACK transport."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

SENDER = "v2m_sender:out"


class JackSender:
    """What a DAW does in JACK: one MIDI port, and the transport."""

    def __init__(self) -> None:
        jack: Any = importlib.import_module("jack")
        self.client = jack.Client("v2m_sender", no_start_server=True)
        self._port = self.client.midi_outports.register("out")
        self._waiting: deque[tuple[int, bytes]] = deque()
        self.client.set_process_callback(self._process)

    def _process(self, n_frames: int) -> None:
        self._port.clear_buffer()
        base = self.client.last_frame_time
        while self._waiting and self._waiting[0][0] < base + n_frames:
            frame, message = self._waiting.popleft()
            self._port.write_midi_event(max(0, frame - base), message)

    def send(self, messages: Iterable[tuple[int, bytes]]) -> None:
        """Send messages at absolute frames, in order."""
        self._waiting.extend(messages)

    def hush(self) -> None:
        """Forget what has not been sent yet."""
        self._waiting.clear()

    @property
    def now_frame(self) -> int:
        """The present frame of the server."""
        return int(self.client.frame_time)


@contextmanager
def jack_sender() -> Iterator[JackSender]:
    """Join the server for as long as a test needs it."""
    sender = JackSender()
    with sender.client:
        yield sender

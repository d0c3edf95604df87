"""A JACK client that writes down where JACK transport is in every cycle."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Cycle(NamedTuple):
    """The first frame of a cycle, by the server's counter and by the transport."""

    frame: int
    at_frame: int
    rolling: bool


@contextmanager
def jack_watch() -> Iterator[list[Cycle]]:
    """Join the server for as long as a test needs it; the list grows by itself."""
    jack: Any = importlib.import_module("jack")
    client = jack.Client("v2m_watch", no_start_server=True)
    cycles: list[Cycle] = []

    def process(n_frames: int) -> None:
        del n_frames
        state, position = client.transport_query_struct()
        cycles.append(Cycle(client.last_frame_time, position.frame, state == jack.ROLLING))

    client.set_process_callback(process)
    with client:
        yield cycles

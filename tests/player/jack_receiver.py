"""A JACK client in a process of its own that writes down every MIDI event with its absolute frame.

Run as ``python -m tests.player.jack_receiver``; it prints ``ready``, answers each line on stdin with one line of JSON
(the present frame and all events so far, as [frame, hexadecimal]), and ends when stdin closes.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Listen until stdin closes."""
    jack: Any = importlib.import_module("jack")
    client = jack.Client("v2m_listener")
    port = client.midi_inports.register("in")
    heard: list[tuple[int, str]] = []

    def process(n_frames: int) -> None:
        del n_frames
        base = client.last_frame_time
        heard.extend((base + offset, bytes(data).hex()) for offset, data in port.incoming_midi_events())

    client.set_process_callback(process)
    with client:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for _ in sys.stdin:
            sys.stdout.write(json.dumps([client.frame_time, heard]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

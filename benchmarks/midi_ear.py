"""An independent listener: ``python -m benchmarks.midi_ear jack|rtmidi`` stamps every note-on that it hears.

``jack`` stamps with the absolute frame on which the event arrived, ``rtmidi`` with the monotonic clock.  It prints
``ready``, and when stdin closes one line of JSON: [stamp, channel, pitch] of every note-on.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from contextlib import ExitStack
from typing import Any, Final

from v2m_bridge.core.programme import NOTE_ON
from v2m_bridge.player.realtime import raise_priority, settle_memory

CLIENT: Final = "v2m_ear"
PORT: Final = "v2m_ear:in"
_PRIORITY: Final = 4

Heard = tuple[int, int, int]


def main() -> None:
    """Listen until stdin closes."""
    heard: list[Heard] = []
    with ExitStack() as stack:
        {"jack": _by_jack, "rtmidi": _by_rtmidi}[sys.argv[1]](heard, stack)
        settle_memory()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
    sys.stdout.write(json.dumps(heard) + "\n")


def _by_jack(heard: list[Heard], stack: ExitStack) -> None:
    jack: Any = importlib.import_module("jack")
    client = jack.Client(CLIENT)
    port = client.midi_inports.register("in")

    def process(n_frames: int) -> None:
        del n_frames
        base = client.last_frame_time
        for offset, data in port.incoming_midi_events():
            _note(heard, base + offset, bytes(data))

    client.set_process_callback(process)
    stack.enter_context(client)


def _by_rtmidi(heard: list[Heard], stack: ExitStack) -> None:
    rtmidi: Any = importlib.import_module("rtmidi")
    port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=CLIENT)

    def hear(event: tuple[list[int], float], data: object) -> None:
        del data
        _note(heard, time.monotonic_ns(), bytes(event[0]))

    port.set_callback(hear)
    port.open_virtual_port("in")
    raise_priority(_PRIORITY)
    stack.callback(port.delete)


def _note(heard: list[Heard], stamp: int, message: bytes) -> None:
    if message[0] & 0xF0 == NOTE_ON and message[2]:
        heard.append((stamp, message[0] & 0x0F, message[1]))


if __name__ == "__main__":
    main()

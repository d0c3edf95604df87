"""The baseline: ``python -m benchmarks.midi_mido FILE`` plays it with mido beside a busy thread of the same process.

It waits for a line on stdin, so that its port can be connected first.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Final

import mido

CLIENT: Final = "v2m_mido"
PORT: Final = "v2m_mido:Out"


def main() -> None:
    """Play the file."""
    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    file: Any = mido.MidiFile(sys.argv[1])
    with mido.open_output("Out", virtual=True, client_name=CLIENT) as port:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        ends = threading.Event()
        busy = threading.Thread(target=_work, args=(ends,), daemon=True)
        busy.start()
        for message in file.play():
            port.send(message)
        ends.set()
        busy.join()


def _work(ends: threading.Event) -> None:
    """Hold the one lock of the process as a model or a window in it would."""
    total = 0
    while not ends.is_set():
        total += sum(range(1000))


if __name__ == "__main__":
    main()

"""An output whose JACK cycle takes far too long, and that is closed as soon as its server has gone.

Run as ``python -m tests.player.jack_slow``; it prints ``ready``, then ``closed`` once it has left the server that went.
"""

from __future__ import annotations

import sys
import time

from v2m_bridge.player.sinks.jack_sink import JackSink
from v2m_bridge.player.sounding import NoteTables

_CYCLE_S = 0.3


class SlowSink(JackSink):
    """A machine that is busy with something else, for one."""

    def _write(self, n_frames: int) -> None:
        super()._write(n_frames)
        until_s = time.monotonic() + _CYCLE_S
        while time.monotonic() < until_s:
            pass


def main() -> None:
    """Join the server, wait until it goes, and leave it."""
    sink = SlowSink("v2m_slow Out", NoteTables().rows[0])
    sink.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not sink.lost:
        time.sleep(0.0005)
    sink.close()
    sys.stdout.write("closed\n")


if __name__ == "__main__":
    main()

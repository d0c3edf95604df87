"""Another peer of an Ableton Link session, in a process of its own: orders on stdin, what it sees on stdout."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

_PATIENCE_S = 8.0
_OLDER_S = 1.0
"""Of two sessions that meet the older one stays; half a second apart they count as equally old."""


class Seen(NamedTuple):
    """The session as the other peer has it."""

    peers: int
    tempo: float
    playing: bool
    phase: float
    """Of four beats."""
    at_mono_ns: int


class Other:
    """The other end of its pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, order: str = "look") -> Seen:
        """Give an order: look, play, stop or a tempo."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return Seen(*json.loads(self._process.stdout.readline()))

    def wait_for(self, holds: Callable[[Seen], bool]) -> Seen:
        """Look until it is as wanted."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if holds(seen := self.ask()):
                return seen
            time.sleep(0.02)
        raise AssertionError(f"the session never was so; last: {seen}")


@contextmanager
def other_peer(bpm: float) -> Iterator[Other]:
    """Start a peer with a tempo, whose session is older than what comes later."""
    command = [sys.executable, "-m", "tests.player.link_other", str(bpm)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            other = Other(process)
            other.ask()
            time.sleep(_OLDER_S)
            yield other
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(5)


def main() -> None:
    """Follow orders until stdin ends."""
    module: Any = importlib.import_module("link")
    peer = module.Link(float(sys.argv[1]))
    peer.startStopSyncEnabled = peer.enabled = True
    for line in sys.stdin:
        session, now_us, order = peer.captureAppSessionState(), peer.clock().micros(), line.strip()
        if order in ("play", "stop"):
            session.setIsPlaying(order == "play", now_us)
        elif order != "look":
            session.setTempo(float(order), now_us)
        if order != "look":
            peer.commitAppSessionState(session)
        mono_ns, now_us = time.monotonic_ns(), peer.clock().micros()
        seen = Seen(peer.numPeers(), session.tempo(), session.isPlaying(), session.phaseAtTime(now_us, 4.0), mono_ns)
        print(json.dumps(seen), flush=True)  # noqa: T201  its answer


if __name__ == "__main__":
    main()

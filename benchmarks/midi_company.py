"""Where notes are measured: JACK servers on dummy devices, and a session at work on the same machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks import midi_ear
from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import Loop, OpenTimeline, Play, SetSeed

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "build" / "footage" / "bikes.mp4"
RATE: Final = 48_000
PATIENCE_S: Final = 120.0
_SERVER: Final = "v2m_bench_{}"


@contextmanager
def child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a child that says when it is ready."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None  # noqa: S101  it was asked for
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[2]} did not start")
        yield process
    finally:
        process.kill()
        process.communicate()  # closes the pipes


@contextmanager
def jack_server(period: int) -> Iterator[None]:
    """Run a JACK server of so many frames a period, and let what is started from here on find it."""
    name, before = _SERVER.format(period), os.environ.get("JACK_DEFAULT_SERVER")
    command = ["jackd", "-R", "-S", "-n", name, "-p", "256", "-d", "dummy", "-r", str(RATE), "-p", str(period)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        os.environ["JACK_DEFAULT_SERVER"] = name
        try:
            until(lambda: subprocess.run(["jack_lsp"], capture_output=True, check=False).returncode == 0)
            yield
        finally:
            os.environ.pop("JACK_DEFAULT_SERVER")
            if before is not None:
                os.environ["JACK_DEFAULT_SERVER"] = before
            process.terminate()
            process.wait(10)


@contextmanager
def company(folder: Path) -> Iterator[None]:
    """Keep a worker composing and a panel drawing what plays, as in a session."""
    options = ["--osc-in", "127.0.0.1:0", "--osc-out", "127.0.0.1:9", "--midi-port", "v2m_company Out"]
    with Bridge(folder / "session", options) as bridge:
        bridge.do(OpenTimeline(str(PICTURE)))
        cue = bridge.wait(lambda shown: bool(shown.cues) and shown.busy is None, timeout_s=PATIENCE_S).cues[0].number
        bridge.do(Loop(0.0, 8.0))
        bridge.do(Play())
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        panel = [sys.executable, "-m", "ui.app", "--session", str(folder / "session")]
        shown = subprocess.Popen(panel, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL)
        ends = threading.Event()
        composing = threading.Thread(target=_compose, args=(bridge, cue, ends), daemon=True)
        composing.start()
        try:
            yield
        finally:
            ends.set()
            composing.join()
            shown.terminate()
            shown.wait(10)


def _compose(bridge: Bridge, cue: str, ends: threading.Event) -> None:
    """Ask for another seed as soon as the last one is composed."""
    seed = 1
    while not ends.wait(0.05):
        if bridge.latest().busy is None:
            seed += 1
            bridge.do(SetSeed(cue, seed))


def connect(output: str) -> None:
    """Connect a JACK port to the listener, once both are there."""
    until(
        lambda: (
            subprocess.run(["jack_connect", output, midi_ear.PORT], capture_output=True, check=False).returncode == 0
        )
    )


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises
    ------
    RuntimeError
        When it does not within `PATIENCE_S`.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise RuntimeError("waited too long")
        time.sleep(0.05)

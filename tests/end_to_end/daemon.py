"""A running engine on a real edit, its children by name, and an OSC listener in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.stage import Stage
from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import OpenTimeline
from v2m_bridge.core.score import Score, read_score

PATIENCE_S = 90.0


@dataclass(slots=True)
class Daemon:
    """An engine with an edit of its own opened and composed."""

    bridge: Bridge
    edit: Path
    session: Path

    @property
    def score(self) -> Score:
        """What was composed last."""
        return read_score(self.session / "score" / "score.json")

    def pids(self, module: str) -> list[int]:
        """Process ids of the engine's children that run a module, oldest first."""
        endpoint = self.bridge.endpoint
        assert endpoint is not None
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError, ValueError):
                continue
            if parent == endpoint.pid and module.encode() in words:
                found.append(int(entry.name))
        return sorted(found)

    def playing_player(self) -> int:
        """Process id of the player that is not the spare."""
        for pid in self.pids("v2m_bridge.player"):
            if b"--spare" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        raise AssertionError("no player runs")


@contextmanager
def daemon(stage: Stage, folder: Path, *options: str) -> Iterator[Daemon]:
    """Start an engine in a session of its own, open a copy of the edit and wait for its music."""
    edit = folder / "edit" / "cut.otio"
    edit.parent.mkdir(parents=True)
    shutil.copy(stage.edit, edit)
    for medium in stage.folder.glob("*.mp4"):
        shutil.copy(medium, edit.parent)
    os.environ["V2M_CACHE"] = str(stage.folder / "cache")
    with Bridge(folder / "session", ["--osc-in", "127.0.0.1:0", *options]) as bridge:
        bridge.do(OpenTimeline(str(edit)))
        bridge.wait(lambda shown: bool(shown.cues) and shown.busy is None, timeout_s=PATIENCE_S)
        yield Daemon(bridge, edit, folder / "session")


class OscEar:
    """What arrived over OSC: (address, arguments), in order."""

    def __init__(self, process: subprocess.Popen[str], path: Path) -> None:
        self._process, self._path = process, path

    def heard(self) -> list[tuple[str, list[Any]]]:
        """Everything so far."""
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [(address, args) for address, args in map(json.loads, lines)]


@contextmanager
def osc_ear(folder: Path) -> Iterator[tuple[int, OscEar]]:
    """Start the listener; yields its port."""
    path = folder / "osc.jsonl"
    path.touch()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.osc_listener", str(port), str(path)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield port, OscEar(process, path)
    finally:
        process.terminate()
        process.wait(5)
        process.stdout.close()


def kill(pid: int) -> None:
    """Kill -9."""
    os.kill(pid, signal.SIGKILL)


def until(holds: Callable[[], bool], within_s: float, what: str) -> float:
    """Wait until something holds; returns how long it took."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > within_s:
            raise AssertionError(f"{what}: not within {within_s:g} s")
        time.sleep(0.01)
    return time.monotonic() - started

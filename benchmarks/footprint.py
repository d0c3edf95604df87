"""How much time and memory the processes take that a benchmark started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took."""

    wall_s: float
    cpu_s: float
    """Of the command and of all processes that it started and waited for, together."""
    peak_mb: float
    """Of the largest of them."""


def run(arguments: Sequence[object], env: Mapping[str, str]) -> Spent:
    """Run a Python module to its end, in a tree of processes of its own.

    Raises
    ------
    RuntimeError
        When it fails; with what it printed last.
    """
    begun_s = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        env=os.environ | dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}: {said[-400:]}")
    per_mb = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Spent(time.perf_counter() - begun_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mb)


def cpu_s(pid: int) -> float:
    """Return the processor time that a running process has taken; 0 where the system has no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    ticks = stat.read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def ended_s() -> float:
    """Return the processor time of all processes that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system

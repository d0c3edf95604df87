"""How long the package, and what each command imports, takes to import."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

RUNS: Final = 7
_TIMED: Final = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def measure() -> dict[str, float]:
    """Return seconds, each the least of several fresh interpreters.

    ``python_s`` is the baseline: an interpreter that starts and ends.  ``import_s`` is ``import v2m_bridge`` and
    ``cli_s`` what the command line imports, both inside an interpreter that has started.
    """
    return {
        "import_s": min(_import_s("v2m_bridge") for _ in range(RUNS)),
        "cli_s": min(_import_s("v2m_bridge.cli") for _ in range(RUNS)),
        "python_s": min(_start_s() for _ in range(RUNS)),
    }


def _import_s(module: str) -> float:
    command = (sys.executable, "-c", _TIMED.format(module))
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _start_s() -> float:
    start = time.perf_counter()
    subprocess.run((sys.executable, "-c", "pass"), check=True)
    return time.perf_counter() - start

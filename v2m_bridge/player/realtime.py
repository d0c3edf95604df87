"""What makes a Python process punctual, as far as the system allows it."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import Final

_SWITCH_INTERVAL_S: Final = 0.0005


def settle_memory() -> None:
    """Let the garbage collector never stop a thread: what was imported stays, what comes is freed by its references."""
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)


def raise_priority(priority: int) -> bool:
    """Ask for first-in-first-out scheduling of the calling thread; False where the system refuses it."""
    if not hasattr(os, "sched_setscheduler"):
        return False
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        return True
    return False

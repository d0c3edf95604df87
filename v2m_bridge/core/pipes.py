"""Ending a local pipe that another thread waits on."""

from __future__ import annotations

import contextlib
import os
import socket
from multiprocessing.connection import Connection


def hang_up(pipe: Connection) -> None:
    """Close a pipe so that a thread that waits on it in this process wakes with EOFError or OSError.

    Closing the descriptor alone leaves a blocked read waiting for ever on POSIX systems.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if os.name == "posix":
            with socket.socket(fileno=os.dup(pipe.fileno())) as same:
                same.shutdown(socket.SHUT_RDWR)
                return
        pipe.close()

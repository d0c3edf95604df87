"""Serves, and does what the request's path says."""

import ctypes
import os
import resource
import sys
import threading
from collections.abc import Callable

from v2m_bridge.child import Progress, serve
from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.core.timeline import Media, PlainVideo
from v2m_bridge.errors import DirectionError, OutputError
from v2m_bridge.reader import MEMORY_LIMIT_BYTES, limit_memory


class PortTakenError(OutputError):
    """A room's own kind of error."""


def count(progress: Progress) -> None:
    for done in range(4):
        progress(f"Step {done}", done, 4)


def misspell(_progress: Progress) -> None:
    raise DirectionError("Hm is no chord", column=7, hint="Write Bm.")


def take_port(_progress: Progress) -> None:
    raise PortTakenError("port 9124 is taken")


def stumble(_progress: Progress) -> None:
    print("the day is long", flush=True)  # noqa: T201 what libraries print must not spoil the terminal
    raise KeyError("no such thing")


def crash(_progress: Progress) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.string_at(0)


def hang(_progress: Progress) -> None:
    threading.Event().wait()


def leave(_progress: Progress) -> None:
    sys.stderr.write("Gone fishing.\n")
    sys.stderr.flush()
    os._exit(3)


def eat(_progress: Progress) -> None:
    limit_memory(MEMORY_LIMIT_BYTES)
    eaten = []
    while True:
        eaten.append(bytearray(50 * 1024 * 1024))


DEEDS: dict[str, Callable[[Progress], None]] = {
    deed.__name__: deed for deed in (count, misspell, take_port, stumble, crash, hang, leave, eat)
}


def oblige(request: ReadRequest, progress: Progress) -> PlainVideo:
    if request.path in DEEDS:
        DEEDS[request.path](progress)
    return PlainVideo(Media(request.path), str(os.getpid()))


if __name__ == "__main__":
    serve({ReadRequest: oblige})

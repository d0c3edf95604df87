"""Entry module of the reader: one edit is read, within limits of memory and time, and the process ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from v2m_bridge.child import Progress, serve
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.core.timeline import MediaWanted, PlainVideo, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.settings import roles_path
from v2m_bridge.timeline import read
from v2m_bridge.timeline.roles import read_roles, with_roles

MEMORY_LIMIT_BYTES: Final = 300 * 1024 * 1024
"""What reading may take, on top of what the imports took."""

_ADDRESS_SLACK_BYTES: Final = 512 * 1024 * 1024
"""Threads and allocators reserve addresses that they never use."""


def read_edit(request: ReadRequest, _progress: Progress) -> Timeline | Conformed | PlainVideo | MediaWanted:
    """Read an edit, and find the scenes of the one before in it."""
    folders = [Path(folder) for folder in request.media_dirs]
    try:
        edit = read(Path(request.path), media_dirs=folders, rate=request.rate, known=request.known)
        if not isinstance(edit, Timeline):
            return edit
        edit = with_roles(edit, read_roles(roles_path()))
        return edit if request.previous is None else conform(request.previous, edit)
    except MemoryError as exc:
        raise TimelineError(
            f"{Path(request.path).name[:80]!r} needs more than {MEMORY_LIMIT_BYTES // 1024**2} MB to read",
            hint="Export the timeline alone, without project data.",
        ) from exc


def limit_memory(extra_bytes: int) -> None:
    """Let this process grow by no more than `extra_bytes`, and write no core file; where the system offers this."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return
    pages = [int(number) for number in statm.read_text().split()]
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    limits = (
        (resource.RLIMIT_DATA, pages[5] * page_bytes + extra_bytes),
        (resource.RLIMIT_AS, pages[0] * page_bytes + extra_bytes + _ADDRESS_SLACK_BYTES),
    )
    for kind, limit in limits:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))


def main() -> None:
    """Answer one request."""
    limit_memory(MEMORY_LIMIT_BYTES)
    serve({ReadRequest: read_edit}, n_requests=1)


if __name__ == "__main__":
    main()

"""A prober that dies of every medium whose name begins with ``crash``."""

import os
from pathlib import Path

from v2m_bridge.child import Progress, serve
from v2m_bridge.core.messages import Probed, ProbeRequest
from v2m_bridge.prober import probe_media


def probe(request: ProbeRequest, progress: Progress) -> Probed:
    if any(Path(path).name.startswith("crash") for path in request.paths):
        os.abort()
    return probe_media(request, progress)


if __name__ == "__main__":
    serve({ProbeRequest: probe}, n_requests=1)

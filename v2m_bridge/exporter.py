"""Entry module of the exporter: scores become files of other programs, with no wait for what sees and composes."""

from __future__ import annotations

from pathlib import Path

from v2m_bridge.child import serve
from v2m_bridge.core.exports import DeliverRequest, Exported, ExportRequest
from v2m_bridge.deliver_export import export_score


def deliver_again(request: DeliverRequest, _progress: object = None) -> Exported:
    """Write the files of a score that was composed earlier."""
    from v2m_bridge.deliver import deliver

    paths = deliver(request.score, Path(request.folder), locks=request.locks, routing=request.routing)
    return Exported(path=paths[0])


def main() -> None:
    """Answer one request."""
    serve({ExportRequest: export_score, DeliverRequest: deliver_again}, n_requests=1)


if __name__ == "__main__":
    main()

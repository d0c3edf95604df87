"""Entry module of the exporter: scores become files of other programs, with no wait for what sees and composes."""

from __future__ import annotations

from v2m_bridge.child import serve
from v2m_bridge.core.exports import ExportRequest
from v2m_bridge.deliver_export import export_score


def main() -> None:
    """Answer one request."""
    serve({ExportRequest: export_score}, n_requests=1)


if __name__ == "__main__":
    main()

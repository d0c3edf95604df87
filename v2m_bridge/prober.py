"""Entry module of the prober: media are asked what they say of themselves, none of their pictures is decoded."""

from __future__ import annotations

from pathlib import Path

from v2m_bridge.child import Progress, serve
from v2m_bridge.core.messages import Probed, ProbeRequest
from v2m_bridge.core.timeline import MediaFacts
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.probe import probe


def probe_media(request: ProbeRequest, progress: Progress) -> Probed:
    """Return facts about the media that can be opened."""
    facts: dict[str, MediaFacts] = {}
    for done, path in enumerate(request.paths):
        progress("Asking the media", done, len(request.paths))
        try:
            info = probe(Path(path))
        except MediaError:
            continue
        n_frames = round(info.duration_s * info.rate)
        facts[path] = MediaFacts(info.rate, info.start_frame, n_frames, info.drop_frame)
    return Probed(facts)


def main() -> None:
    """Answer one request."""
    serve({ProbeRequest: probe_media}, n_requests=1)


if __name__ == "__main__":
    main()

"""The reference edit as a folder of OpenTimelineIO with its media."""

from __future__ import annotations

from pathlib import Path

from tests.timeline.dialects import otio_json
from tests.timeline.reference_edit import EditRate
from tests.timeline.rushes import write_rushes

SUFFIX = ".otiod"


def write(at: EditRate, folder: Path) -> Path:
    bundle = folder / f"reference{SUFFIX}"
    (bundle / "media").mkdir(parents=True, exist_ok=True)
    (bundle / "content.otio").write_text(content(at), encoding="utf-8")
    write_rushes(at, bundle / "media")
    return bundle


def content(at: EditRate) -> str:
    """The edit with media by their place in the bundle."""
    text: str = otio_json.timeline(at).to_json_string()
    for place in ("rushes", "sound"):
        text = text.replace(f"file:///{place}/", "media/")
    return text

"""The reference edit as an archive of OpenTimelineIO, its media left behind."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.timeline.dialects.otiod import content
from tests.timeline.reference_edit import EditRate

SUFFIX = ".otioz"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.otio", content(at))
        archive.writestr("version.txt", "1.0.0")
    return path

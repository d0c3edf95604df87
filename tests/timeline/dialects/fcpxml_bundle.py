"""The reference edit as a .fcpxmld bundle: a folder that holds Info.fcpxml."""

from __future__ import annotations

from pathlib import Path

from tests.timeline.dialects.fcpxml import document
from tests.timeline.reference_edit import EditRate

SUFFIX = ".fcpxmld"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.mkdir()
    (path / "Info.fcpxml").write_text(document(at), encoding="utf-8")
    return path

"""Writes the demo's edit; run by name, because OpenTimelineIO and decoders never meet Qt in one process."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from tests.footage import ROOT, footage


def main(folder: Path) -> None:
    """Write cut.otio of the demo's footage."""
    spec = importlib.util.spec_from_file_location("demo_edit", ROOT / ".ci" / "demo_edit.py")
    assert spec is not None
    assert spec.loader is not None
    demo_edit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo_edit)
    demo_edit.write_edit(footage().bikes.parent, folder / "cut.otio")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

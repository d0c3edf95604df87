"""One edit, exported by three programs, is one score."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.footage import ROOT
from v2m_bridge.core.score import read_score

pytestmark = pytest.mark.long

_WRITE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from demo_edit import write_edit
from demo_formats import write_edl, write_fcpxml
folder, footage = Path(sys.argv[2]), Path(sys.argv[3])
write_edit(footage, folder / "demo.otio")
write_edl(folder / "demo.edl")
write_fcpxml(footage, folder / "demo.fcpxml")
"""


def test_the_demo_as_otio_edl_and_fcpxml_gives_one_score(tmp_path: Path) -> None:
    footage = ROOT / "build" / "footage"
    subprocess.run((sys.executable, "-c", _WRITE, ROOT / ".ci", tmp_path, footage), check=True)
    scores = []
    for suffix in (".otio", ".edl", ".fcpxml"):
        out = tmp_path / suffix.strip(".")
        command = ("score", tmp_path / f"demo{suffix}", "-o", out, "--media", footage)
        done = subprocess.run((sys.executable, "-m", "v2m_bridge", *command), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        scores.append(read_score(out / "score.json"))
    first = scores[0]
    assert len(first.scenes) == 13
    assert len({score.source for score in scores}) == 3
    assert all(replace(score, source=first.source).to_json() == first.to_json() for score in scores)

"""An edit saved in a real Blender reaches the engine and is composed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.footage import ROOT
from tests.plugins.blender_source import write_zip
from tests.plugins.test_blender import PYTHON, RATE, brightening
from tests.videos import write_pictures
from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import OpenTimeline

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("V2M_SKIP_BPY") == "1", reason="V2M_SKIP_BPY=1 leaves Blender out"),
]


def test_an_edit_saved_in_blender_is_composed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run([str(ROOT / ".ci" / "bpy.sh")], check=True, capture_output=True)
    for name in ("first", "second", "third"):
        write_pictures(tmp_path / f"{name}.mp4", brightening(100), rate=RATE, with_audio=name == "first")
    extension = write_zip(tmp_path / "v2m_bridge.zip")
    watched = tmp_path / "v2m"
    watched.mkdir()
    monkeypatch.setenv("V2M_CACHE", str(tmp_path / "cache"))
    sinks = ["--osc-in", "127.0.0.1:0", "--osc-out", "127.0.0.1:9"]
    with Bridge(tmp_path / "session", sinks) as bridge:
        bridge.do(OpenTimeline(str(watched)))
        bridge.wait(lambda shown: any("no edit" in sentence for sentence in shown.errors), timeout_s=20)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "BLENDER"))}
        blender = subprocess.run(
            [str(PYTHON), str(Path(__file__).with_name("in_blender.py")), str(tmp_path), str(extension)],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
            env=environment | {"BLENDER_USER_RESOURCES": str(tmp_path / "user")},
        )
        assert blender.returncode == 0, blender.stderr[-2000:]
        shown = bridge.wait(lambda now: bool(now.cues) and now.busy is None, timeout_s=90)
        assert len(shown.scenes) == 16
        assert [scene.name for scene in shown.scenes[:2]] == ["Opening", "Slowed"]
        assert shown.cues[0].chords

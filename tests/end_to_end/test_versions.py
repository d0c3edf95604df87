"""Versions of a composed edit: every recomposition is one, and the first comes back byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.stage import Stage
from v2m_bridge.core.score import read_score

pytestmark = pytest.mark.long

BYTE_FOR_BYTE = ("score.json", "score.mid", "cues.csv", "markers.csv")


def test_the_first_music_comes_back_after_several_others(stage: Stage, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stage.scored(out, "--seed", 1)
    first = {name: (out / name).read_bytes() for name in BYTE_FOR_BYTE}
    kept = {path: path.read_bytes() for path in (out / "versions").rglob("*.cue")}
    stage.scored(out, "--seed", 2)
    stage.scored(out, "--seed", 3, "--style", "ambient-pad")
    (cue,) = read_score(out / "score.json").cues
    assert cue.version == 3
    assert stage.v2m("versions", "remark", out, cue.number, 3, "too calm").returncode == 0
    listed = stage.v2m("versions", "list", out).stdout
    assert [word in listed for word in ("1 ", "2 ", "3*", "too calm", "ambient-pad")] == [True] * 5
    done = stage.v2m("versions", "restore", out, cue.number, 1)
    assert done.returncode == 0, done.stderr
    assert {name: (out / name).read_bytes() for name in BYTE_FOR_BYTE} == first
    assert {path: path.read_bytes() for path in kept} == kept
    assert set(json.loads((out / "report.json").read_bytes())["files"]) == set(BYTE_FOR_BYTE)
    stage.scored(out, "--seed", 2)
    assert read_score(out / "score.json").cues[0].version == 2
    refused = stage.v2m("versions", "restore", out, cue.number, 9)
    assert refused.returncode == 2
    assert "there are 1, 2, 3" in refused.stderr
    nothing = stage.v2m("versions", "list", tmp_path)
    assert nothing.returncode == 2
    assert "holds no versions" in nothing.stderr

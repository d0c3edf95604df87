"""`v2m conform` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.timeline.edits import clip, edit, gap, track
from v2m_bridge import cli, cli_conform
from v2m_bridge.errors import SettingsError, TimelineError


def _written(path: Path, *items: object) -> Path:
    path.write_text(edit(track(*items)).to_json_string(), encoding="utf-8")
    return path


@pytest.fixture
def revisions(tmp_path: Path) -> tuple[Path, Path]:
    old = _written(tmp_path / "old.otio", clip("a", 0, 50), clip("b", 0, 50), gap(10), clip("c", 0, 50))
    new = _written(
        tmp_path / "new.otio", clip("n", 0, 20), clip("b", 5, 45), clip("a", 0, 50), clip("c", 0, 50, speed=2.0)
    )
    return old, new


def test_each_change_is_named(revisions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    cli_conform.conform(*revisions)
    shown = capsys.readouterr().out
    for word in ("new", "trimmed", "moved", "retimed", "removed", "00:00:00:20"):
        assert word in shown
    assert shown.splitlines()[-1] == "1 moved, 1 trimmed, 1 retimed, 1 new, 1 removed"


def test_other_programs_get_one_object(revisions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    cli_conform.conform(*revisions, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [change["kind"] for change in told["changes"]] == ["new", "trimmed", "moved", "retimed", "removed"]
    assert told["counts"] == {"unchanged": 0, "moved": 1, "trimmed": 1, "retimed": 1, "new": 1, "removed": 1}
    assert told["old"] == {"name": "Edit", "rate": "25", "n_frames": 160}
    assert told["runs"] == [
        {"old_in": 0, "new_in": 65, "n_frames": 50},
        {"old_in": 55, "new_in": 20, "n_frames": 45},
    ]


def test_a_mistake_is_one_sentence(revisions: tuple[Path, Path], tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(b"no film")
    with pytest.raises(TimelineError, match="video"):
        cli_conform.conform(film, revisions[1])
    with pytest.raises(TimelineError, match="video"):
        cli_conform.conform(revisions[0], film)
    with pytest.raises(TimelineError, match="no file"):
        cli_conform.conform(revisions[0], tmp_path / "none.otio")
    with pytest.raises(SettingsError, match="frame rate"):
        cli_conform.conform(*revisions, rate="fast")


def test_the_command_is_registered() -> None:
    assert "conform" in {command.callback.__name__ for command in cli.app.registered_commands if command.callback}

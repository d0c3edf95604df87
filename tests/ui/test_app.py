"""The desktop program, started as a user starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.engines import DoorEngine
from tests.ui.snapshots import make_snapshot
from v2m_bridge.core import commands as do

LONG_S = 30


def environment() -> dict[str, str]:
    """Return this process's environment with a screen that every machine has."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.app", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def door(tmp_path: Path) -> Iterator[DoorEngine]:
    made = DoorEngine(tmp_path / "session", lambda _: None)
    made.door.push(make_snapshot())
    yield made
    made.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_panel_opens_its_input_on_the_running_engine_and_ends_cleanly(
    door: DoorEngine, tmp_path: Path, number: signal.Signals
) -> None:
    edit = tmp_path / "cut.otio"
    edit.write_text("{}")
    panel = start(str(edit), "--session", str(tmp_path / "session"))
    try:
        assert door.wait_for(1, LONG_S) == [do.OpenTimeline(str(edit))]
        panel.send_signal(number)
        said, complained = panel.communicate(timeout=LONG_S)
    finally:
        panel.kill()
    assert (panel.returncode, said, complained) == (0, "", "")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.app", *arguments],
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )


def test_an_input_that_is_not_there_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    ended = run(str(tmp_path / "nowhere.otio"), "--session", str(tmp_path))
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("v2m-panel: there is no ")
    assert ended.stderr.count("\n") == 1


def test_an_engine_that_cannot_start_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("--session", str(tmp_path / "file" / "session"))
    assert ended.returncode == 2
    assert ended.stderr.startswith("v2m-panel: cannot use the session folder ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
def test_without_a_screen_the_panel_says_so_and_exits_2() -> None:
    ended = run(QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert ended.returncode == 2
    assert ended.stderr.startswith("v2m-panel: there is no screen ")


def test_the_panel_loads_no_decoder_model_or_reader() -> None:
    heavy = "{'torch', 'cv2', 'av', 'open_clip', 'opentimelineio', 'scenedetect'}"
    code = f"import sys, ui.app; print(sorted({heavy} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"

"""The link to an engine: a real bridge over a real connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PyQt6.QtCore import QThread
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.engines import DoorEngine
from tests.ui.snapshots import make_cues, make_snapshot
from ui.link import EngineLink
from ui.panel import PanelWindow
from ui.view_model import Answer, PanelViewModel
from v2m_bridge.core import commands as do
from v2m_bridge.core.commands import Command
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.errors import SettingsError, V2MError

LONG_MS = 10_000


def follow(command: Command) -> Snapshot | None:
    """Do what an engine does with a primer: it is in the next snapshot."""
    if isinstance(command, do.SetPrimer):
        first, second = make_cues()
        changed = msgspec.structs.replace(first, primer=command.text)
        return make_snapshot(version=42, cues=(changed, second))
    return None


@pytest.fixture
def door(tmp_path: Path) -> Iterator[DoorEngine]:
    made = DoorEngine(tmp_path, follow)
    made.door.push(make_snapshot())
    yield made
    made.close()


@pytest.fixture
def link(door: DoorEngine, tmp_path: Path, qapp: QApplication) -> Iterator[EngineLink]:
    assert door
    assert qapp is not None
    made = EngineLink(tmp_path)
    yield made
    made.close()


def test_a_panel_attaches_shows_what_is_pushed_and_is_answered(
    link: EngineLink, door: DoorEngine, qtbot: QtBot
) -> None:
    view_model = PanelViewModel(link)
    window = PanelWindow(view_model)
    qtbot.addWidget(window)
    link.pushed.connect(view_model.notice)
    told: list[Answer] = []
    view_model.answered.connect(told.append)
    link.attach()
    qtbot.waitUntil(lambda: view_model.snapshot.name == "The ride, cut 6", timeout=LONG_MS)
    view_model.set_primer("Am F")
    qtbot.waitUntil(lambda: view_model.cue is not None and view_model.cue.primer == "Am F", timeout=LONG_MS)
    view_model.set_primer("Am Hm")
    qtbot.waitUntil(lambda: len(told) == 2, timeout=LONG_MS)
    assert told[0] == Answer(do.SetPrimer("1m01", "Am F"), None)
    assert window.cue.primer.field.text() == "Am F"
    assert getattr(told[1].error, "column", None) == 4
    assert door.followed == [do.SetPrimer("1m01", "Am F")]


def test_what_the_engine_says_is_heard_on_the_gui_thread(link: EngineLink, qtbot: QtBot) -> None:
    heard: list[bool] = []
    link.pushed.connect(lambda: heard.append(threading.current_thread() is threading.main_thread()))
    link.attach()
    qtbot.waitUntil(lambda: bool(heard), timeout=LONG_MS)
    assert all(heard)
    assert QThread.currentThread() is not None


def test_before_it_is_attached_a_link_shows_nothing_and_refuses_with_a_sentence(tmp_path: Path) -> None:
    link = EngineLink(tmp_path)
    assert link.latest() is link.latest()
    assert link.latest().version == 0
    assert not link.lost
    with pytest.raises(SettingsError, match="still starting"):
        link.post(do.Play())
    link.close()
    link.close()


def test_an_engine_that_goes_is_noticed(link: EngineLink, door: DoorEngine, qtbot: QtBot) -> None:
    view_model = PanelViewModel(link)
    link.pushed.connect(view_model.notice)
    link.attach()
    qtbot.waitUntil(lambda: view_model.snapshot.version > 0, timeout=LONG_MS)
    with qtbot.waitSignal(view_model.lost, timeout=LONG_MS):
        door.close()
    assert link.lost


def test_a_session_folder_that_cannot_be_is_one_sentence(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").write_text("")
    link = EngineLink(tmp_path / "file" / "session")
    failed: list[V2MError] = []
    link.failed.connect(failed.append)
    link.attach()
    qtbot.waitUntil(lambda: bool(failed), timeout=LONG_MS)
    link.close()
    assert isinstance(failed[0], SettingsError)
    assert "--session" in failed[0].sentence()

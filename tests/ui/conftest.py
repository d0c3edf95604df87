"""A panel over a recording engine, drawn as the program draws it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.engines import RecordingEngine
from tests.ui.hands import bring_up
from ui.palette import dark_palette
from ui.panel import PanelWindow
from ui.view_model import PanelViewModel


@pytest.fixture
def engine() -> RecordingEngine:
    """An engine in the middle of its work."""
    return RecordingEngine()


@pytest.fixture
def view_model(engine: RecordingEngine, qapp: QApplication) -> PanelViewModel:
    """A view-model over the recording engine."""
    assert qapp is not None
    return PanelViewModel(engine)


@pytest.fixture
def panel(view_model: PanelViewModel, qapp: QApplication, qtbot: QtBot) -> Iterator[PanelWindow]:
    """A window that is shown."""
    qapp.setStyle("Fusion")
    qapp.setPalette(dark_palette())
    window = PanelWindow(view_model)
    qtbot.addWidget(window)
    bring_up(window, qtbot)
    yield window
    window.hide()

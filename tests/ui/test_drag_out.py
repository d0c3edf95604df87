"""A file is dragged from the handle and dropped on another widget, by the window system's own drag and drop."""

from __future__ import annotations

from typing import Any, Final

import pytest
from PyQt6.QtCore import QPoint, Qt, QTimer
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.hands import bring_up
from ui.widgets.drag_out import DragOut

_QTEST: Final[Any] = QTest
_LEFT: Final = Qt.MouseButton.LeftButton
_NO_KEYS: Final = Qt.KeyboardModifier.NoModifier


class Track(QWidget):
    """What takes a file, as a track of a DAW does."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.files: list[str] = []

    def dragEnterEvent(self, a0: QDragEnterEvent | None) -> None:  # noqa: N802
        assert a0 is not None
        a0.acceptProposedAction()

    def dropEvent(self, a0: QDropEvent | None) -> None:  # noqa: N802
        assert a0 is not None
        data = a0.mimeData()
        assert data is not None
        self.files += [url.toLocalFile() for url in data.urls()]
        a0.acceptProposedAction()


@pytest.mark.parametrize(("let_go", "files"), [(QPoint(260, 70), ["/films/1m01 v003.mid"]), (QPoint(150, 180), [])])
def test_a_file_arrives_where_it_is_let_go_and_only_then_counts_as_taken(
    qtbot: QtBot, let_go: QPoint, files: list[str]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 200)
    handle, track = DragOut("cue_midi", "Drag MIDI", ""), Track(window)
    handle.setParent(window)
    handle.setGeometry(10, 10, 100, 30)
    track.setGeometry(200, 10, 150, 150)
    handle.offer("/films/1m01 v003.mid", "")
    taken: list[bool] = []
    handle.taken.connect(lambda: taken.append(True))
    bring_up(window, qtbot)
    surface = window.windowHandle()
    for wait_ms, at in ((300, let_go - QPoint(10, 10)), (500, let_go)):
        QTimer.singleShot(wait_ms, lambda at=at: _QTEST.mouseMove(surface, at))
    QTimer.singleShot(700, lambda: _QTEST.mouseRelease(surface, _LEFT, _NO_KEYS, let_go))
    _QTEST.mousePress(surface, _LEFT, _NO_KEYS, QPoint(30, 20))
    for x in (60, 80):
        _QTEST.mouseMove(surface, QPoint(x, 20))
    qtbot.wait(1000)
    assert track.files == files
    assert taken == [True] * len(files)

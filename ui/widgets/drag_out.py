"""A handle from which a file is dragged into another program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDrag, QMouseEvent
from PyQt6.QtWidgets import QApplication, QPushButton, QWidget

from ui.widgets.controls import name_control

Carry = Callable[[QWidget, QMimeData], bool]
"""Carries data until it is let go; True where another program took it."""
_LEFT: Final = Qt.MouseButton.LeftButton


def carry(source: QWidget, data: QMimeData) -> bool:
    """Carry data with the pointer, as a copy."""
    drag = QDrag(source)
    drag.setMimeData(data)
    return drag.exec(Qt.DropAction.CopyAction) is not Qt.DropAction.IgnoreAction


class DragOut(QPushButton):
    """A button that is dragged; pressing it does nothing."""

    taken = pyqtSignal()
    """Another program took the file."""

    def __init__(self, name: str, text: str, tip: str, carry: Carry = carry) -> None:
        super().__init__(text)
        name_control(self, name, text, tip)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.carry = carry
        self._path = ""
        self._pressed: QPoint | None = None

    def offer(self, path: str, tip: str) -> None:
        """Offer a file, or nothing where the path is empty."""
        self._path = path
        self.setEnabled(bool(path))
        self.setToolTip(tip)

    def mousePressEvent(self, e: QMouseEvent | None) -> None:  # noqa: N802
        """Remember where the pointer went down."""
        super().mousePressEvent(e)
        self._pressed = e.position().toPoint() if e is not None and e.button() == _LEFT else None

    def mouseMoveEvent(self, e: QMouseEvent | None) -> None:  # noqa: N802
        """Begin to carry once the pointer has gone far enough."""
        if e is None or self._pressed is None or not self._path:
            return
        way = e.position().toPoint() - self._pressed
        if way.manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(self._path)])
            self.setDown(False)
            if self.carry(self, data):
                self.taken.emit()

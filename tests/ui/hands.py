"""Hands of a user in tests: find a widget by its name, click it, type into it, drag across it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from PyQt6.QtCore import QCoreApplication, QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.controls import TextField

_QTEST: Final[Any] = QTest
"""The published types of QTest take its functions for methods."""
_LEFT: Final = Qt.MouseButton.LeftButton
_NO_KEYS: Final = Qt.KeyboardModifier.NoModifier
_Kind = TypeVar("_Kind", bound=QWidget)


def bring_up(window: QWidget, qtbot: QtBot) -> None:
    """Show a window and wait until it is the active one: shortcuts are heard by that one alone."""
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isVisible() and window.isActiveWindow())


def find_as(kind: type[_Kind], window: QWidget, name: str) -> _Kind:
    found = window.findChild(QWidget, name)
    assert isinstance(found, kind), f"there is no {kind.__name__} {name}"
    return found


def find(window: QWidget, name: str) -> QWidget:
    return find_as(QWidget, window, name)


def find_button(window: QWidget, name: str) -> QAbstractButton:
    return find_as(QAbstractButton, window, name)


def find_field(window: QWidget, name: str) -> TextField:
    return find_as(TextField, window, name)


def find_choice(window: QWidget, name: str) -> QComboBox:
    return find_as(QComboBox, window, name)


def text_of(window: QWidget, name: str) -> str:
    return find_as(QLabel, window, name).text()


def click(widget: QWidget, at: QPoint | None = None) -> None:
    _QTEST.mouseClick(widget, _LEFT, _NO_KEYS, at or QPoint())


def double_click(widget: QWidget, at: QPoint) -> None:
    _QTEST.mouseDClick(widget, _LEFT, _NO_KEYS, at)


def drag(widget: QWidget, along: Sequence[QPoint]) -> None:
    _QTEST.mousePress(widget, _LEFT, _NO_KEYS, along[0])
    for at in along[1:]:
        _QTEST.mouseMove(widget, at)
    _QTEST.mouseRelease(widget, _LEFT, _NO_KEYS, along[-1])


def press(widget: QWidget, key: Qt.Key, keys_held: Qt.KeyboardModifier = _NO_KEYS) -> None:
    _QTEST.keyClick(widget, key, keys_held)


def type_text(widget: QWidget, text: str) -> None:
    _QTEST.keyClicks(widget, text)


def settle(window: QWidget) -> None:
    """Let every layout that waits come to rest."""
    for _ in range(5):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
    assert window.isVisible()


def enter(window: QWidget, name: str, text: str) -> TextField:
    """Replace the text of a field and press Enter."""
    field = find_field(window, name)
    field.setFocus()
    field.selectAll()
    type_text(field, text)
    press(field, Qt.Key.Key_Return)
    return field

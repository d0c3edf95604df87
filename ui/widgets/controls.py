"""Small controls that every bar and inspector uses: named, labelled and explained."""

from __future__ import annotations

import html

from PyQt6.QtCore import QEvent, QPointF, QSize, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QFrame, QLabel, QLineEdit, QPushButton, QScrollArea, QSizePolicy, QWidget

from ui import palette


def name_control(control: QWidget, name: str, label: str, tip: str) -> None:
    """Give a control its object name, its name for screen readers, and its tool tip."""
    control.setObjectName(name)
    control.setAccessibleName(label)
    control.setToolTip(tip)


def plain_tip(text: str) -> str:
    """Return a tool tip that shows `text` as it stands, even where a file name looks like markup."""
    return f"<span>{html.escape(text)}</span>" if text else ""


def button(name: str, text: str, tip: str, *, checkable: bool = False, role: str = "", label: str = "") -> QPushButton:
    """Return a button.  Space belongs to the transport, so Enter presses a button that has the focus."""
    made = QPushButton(text)
    name_control(made, name, label or text, tip)
    made.setCheckable(checkable)
    made.setAutoDefault(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setProperty("role", role)
    return made


def label(text: str, role: str = "", *, name: str = "") -> QLabel:
    """Return a label; `role` is heading, quiet, staged or alert."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def card(name: str) -> QFrame:
    """Return a frame that groups what belongs together."""
    made = QFrame()
    made.setObjectName(name)
    made.setProperty("card", True)
    return made


class ElidedLabel(QLabel):
    """A label that never asks for room: what does not fit ends in an ellipsis, and the tool tip has it all."""

    def __init__(self, name: str, role: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str, more: str = "") -> None:
        """Show a text; where the pointer rests it is shown in full, with what more there is to say."""
        if text != self.text():
            self.setText(text)
        self.setToolTip(plain_tip(f"{text} {more}".rstrip()))

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: ARG002, N802
        """Draw as much as there is room for."""
        painter = QPainter(self)
        elided = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


class InspectorArea(QScrollArea):
    """Scrolls up and down only: it is never narrower than what it holds."""

    def __init__(self, held: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(held)
        self._held = held

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the held widget's least width."""
        return QSize(self._held.minimumSizeHint().width(), 120)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return what the held widget would like."""
        return self._held.sizeHint()


class ChoiceBox(QComboBox):
    """A list of choices that the mouse wheel does not change by accident."""

    def paintEvent(self, e: QPaintEvent | None) -> None:  # noqa: N802
        """Draw the arrow that says that there is a list."""
        super().paintEvent(e)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.QUIET if self.isEnabled() else palette.FAINT), 1.5))
        middle = QPointF(self.width() - 11, self.height() / 2 + 1)
        painter.drawPolyline(QPolygonF([middle + QPointF(dx, dy) for dx, dy in ((-4, -2), (0, 2), (4, -2))]))

    def wheelEvent(self, e: QWheelEvent | None) -> None:  # noqa: N802
        """Leave the wheel to what lies around."""
        if e is not None:
            e.ignore()


class TextField(QLineEdit):
    """A line of text that can mark a bad word.

    It lets undo and redo through to the window unless something is being typed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._marked: tuple[int, int] | None = None

    @property
    def marked_text(self) -> str:
        """The part that is marked as bad; empty where none is."""
        return self.text()[slice(*self._marked)] if self._marked else ""

    def mark(self, start: int, end: int) -> None:
        """Underline the characters from `start` to before `end` as bad, and frame the field."""
        self._marked = (start, end)
        self._frame(True)

    def clear_mark(self) -> None:
        """Take the mark and the frame away."""
        self._marked = None
        self._frame(False)

    def _frame(self, refused: bool) -> None:
        self.update()
        if bool(self.property("refused")) != refused:
            self.setProperty("refused", refused)
            if (style := self.style()) is not None:
                style.polish(self)

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: N802
        """Draw a line under the bad word, wherever the text has been scrolled to."""
        super().paintEvent(a0)
        if not self.marked_text or self._marked is None:
            return
        cursor, advance, text = self.cursorRect(), self.fontMetrics().horizontalAdvance, self.text()
        text_left = cursor.center().x() - advance(text[: self.cursorPosition()])
        left, right = (text_left + advance(text[:index]) for index in self._marked)
        painter = QPainter(self)
        painter.setPen(QPen(QColor(palette.ALERT), 2, Qt.PenStyle.DotLine))
        painter.drawLine(left, cursor.bottom(), right, cursor.bottom())

    def event(self, a0: QEvent | None) -> bool:
        """Refuse to claim the keys of undo and redo while the text is as it was shown."""
        if a0 is not None and a0.type() == QEvent.Type.ShortcutOverride and not self.isModified():
            undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if isinstance(a0, QKeyEvent) and (a0.matches(undo) or a0.matches(redo)):
                a0.ignore()
                return False
        return super().event(a0)

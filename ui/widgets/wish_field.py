"""A line in which the user writes a wish: Enter sends it, and a refusal stands below with its place marked."""

from __future__ import annotations

import re

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.controls import TextField, label, name_control, plain_tip
from v2m_bridge.errors import DirectionError, V2MError


class WishField(QWidget):
    """Shows what holds until the user types; what is typed stays until it is followed or the wish changes hands."""

    committed = pyqtSignal(str)
    """The text as typed, so that columns are those that the user sees."""

    def __init__(self, name: str, what: str, tip: str) -> None:
        super().__init__()
        self.field = TextField()
        name_control(self.field, name, what, tip)
        self.note = label("", "alert", name=f"{name}_note")
        self.note.setWordWrap(True)
        self.note.hide()
        self.setFocusProxy(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.field)
        column.addWidget(self.note)
        self._subject = self._held = ""
        self.field.returnPressed.connect(self._commit)
        self.field.textEdited.connect(self._clear_refusal)

    def show_held(self, subject: str, text: str, placeholder: str) -> None:
        """Show the wish that holds for `subject` (a cue); what is being typed for the same subject is left alone."""
        self._held = text
        self.field.setPlaceholderText(placeholder)
        if subject != self._subject:
            self._subject = subject
            self._clear_refusal()
        elif self.field.isModified() or self.note.text():
            return
        if self.field.text() != text:
            self.field.setText(text)
        self.field.setModified(False)

    def settle(self, error: V2MError | None) -> None:
        """Take the answer to what was sent: show what holds, or why it was refused, with the bad word marked."""
        if error is None:
            self._clear_refusal()
            self.field.setModified(False)
            return
        self.note.setText(str(error))
        self.note.setToolTip(plain_tip(error.hint))
        self.note.show()
        column = error.column if isinstance(error, DirectionError) else None
        start = len(self.field.text()) if column is None else column - 1
        word = re.match(r"[^\s,|]*", self.field.text()[start:])
        self.field.mark(start, start + (word.end() if word else 0))
        if column is not None:
            self.field.setCursorPosition(start)

    def _commit(self) -> None:
        self._clear_refusal()
        self.committed.emit(self.field.text())

    def _clear_refusal(self) -> None:
        self.note.clear()
        self.note.hide()
        self.field.clear_mark()

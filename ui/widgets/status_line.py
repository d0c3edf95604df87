"""The lowest row: the answer to what was asked last, and what the engine is working on."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from ui.view_model import Answer, PanelViewModel
from ui.widgets.controls import ElidedLabel, button, label
from v2m_bridge.core.snapshot import Snapshot

READY = "Ready"
GONE = "The engine is gone; what plays has ended, the session is as it was."


class StatusLine(QWidget):
    """One sentence, a progress bar, and a way back when the engine is gone."""

    reattach = pyqtSignal()

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("status_line")
        self.sentence = ElidedLabel("status", "quiet")
        self.again = button("reattach", "Start the engine again", "Start the engine again with this session")
        self.again.hide()
        self.busy = label("", "quiet", name="busy")
        self.progress = QProgressBar()
        self.progress.setObjectName("busy_progress")
        self.progress.setAccessibleName("Progress")
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(150)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.again)
        row.addWidget(self.busy)
        row.addWidget(self.progress)
        self.again.clicked.connect(self.reattach)
        view_model.changed.connect(self._show)
        view_model.answered.connect(self._settle)
        view_model.lost.connect(self._say_gone)
        self.say(READY)
        self._show(view_model.snapshot)

    def say(self, sentence: str, *, alert: bool = False) -> None:
        """Show a sentence; an alert is red."""
        self.sentence.show_text(sentence)
        self.sentence.setProperty("role", "alert" if alert else "quiet")
        if (style := self.sentence.style()) is not None:
            style.polish(self.sentence)

    def _settle(self, answer: Answer) -> None:
        if answer.error is None:
            self.say(READY)
        else:
            self.say(answer.error.sentence(), alert=True)

    def _say_gone(self) -> None:
        self.say(GONE, alert=True)
        self.again.show()

    def _show(self, snapshot: Snapshot) -> None:
        busy = snapshot.busy
        self.busy.setVisible(busy is not None)
        self.progress.setVisible(busy is not None)
        if busy is not None:
            self.busy.setText(f"{busy.label}…")
            # A range of nothing shows that the end is not known.
            self.progress.setRange(0, busy.total if busy.total > 1 else 0)
            self.progress.setValue(busy.done)
        if self.again.isVisible() and snapshot.version:
            self.again.hide()
            self.say(READY)

"""What is staged, and the wishes that concern all: apply, hold, follow, undo and redo."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QWidget

from ui.view_model import Answer, PanelViewModel
from ui.widgets.controls import button, label
from v2m_bridge.core.snapshot import ShownCue, Snapshot

MAX_CHIPS = 4


class ApplyBar(QWidget):
    """The row between timeline and inspectors."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("apply_bar")
        self._view_model = view_model
        self._staged: tuple[tuple[str, bool], ...] | None = None
        self.staged = label("", "quiet", name="staged")
        self.apply = button("apply", "Apply all", "Let all staged music play from the next bar line", role="strong")
        self.hold = button("hold", "Hold", "Keep what plays, even while following", checkable=True)
        self.follow = button("follow", "Follow", "Apply staged music by itself", checkable=True)
        self.undo = button("undo", "Undo", "Take the last change back (Ctrl+Z)")
        self.redo = button("redo", "Redo", "Do the change again that was taken back (Ctrl+Shift+Z)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        row.addSpacing(14)
        row.addWidget(self.staged)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        row.addLayout(self._chips)
        row.addStretch(1)
        for control in (self.follow, self.hold, self.apply):
            row.addWidget(control)
        self.apply.clicked.connect(lambda: view_model.apply())
        self.hold.clicked.connect(view_model.hold)
        self.follow.clicked.connect(view_model.follow)
        self.undo.clicked.connect(view_model.undo)
        self.redo.clicked.connect(view_model.redo)
        view_model.changed.connect(self._show)
        view_model.answered.connect(self._settle)
        self._show(view_model.snapshot)

    def _settle(self, answer: Answer) -> None:
        if answer.error is not None:
            self._show(self._view_model.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        self.undo.setEnabled(snapshot.can_undo)
        self.redo.setEnabled(snapshot.can_redo)
        self.hold.setChecked(snapshot.hold)
        self.follow.setChecked(snapshot.follow)
        cues = [cue for cue in snapshot.cues if cue.is_staged]
        self.apply.setEnabled(bool(cues))
        staged = tuple((cue.number, cue.is_staged) for cue in snapshot.cues)
        if staged != self._staged:
            self._staged = staged
            self._show_chips(cues)

    def _show_chips(self, cues: list[ShownCue]) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (chip := item.widget()) is not None:
                chip.hide()
                chip.deleteLater()
        settled = "What was composed is what plays." if self._view_model.snapshot.cues else "Nothing is composed yet."
        self.staged.setText("Staged, not playing yet:" if cues else settled)
        for cue in cues[:MAX_CHIPS]:
            tip = f"Let only cue {cue.number} {cue.title} play as composed".replace("  ", " ")
            chip = button(f"apply_{cue.number}", f"Apply {cue.number}", tip, role="chip")
            chip.clicked.connect(lambda _, number=cue.number: self._view_model.apply(number))
            self._chips.addWidget(chip)
        if len(cues) > MAX_CHIPS:
            self._chips.addWidget(label(f"and {len(cues) - MAX_CHIPS} more", "quiet"))

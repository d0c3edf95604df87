"""Open, play, stop, locate, loop and panic, with the place and the tempo."""

from __future__ import annotations

from PyQt6.QtGui import QFont, QFontDatabase
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.edit_time import time_label
from ui.view_model import Answer, PanelViewModel
from ui.widgets.controls import ElidedLabel, TextField, button, label, name_control
from v2m_bridge.core.commands import Locate
from v2m_bridge.core.snapshot import Snapshot


class TransportBar(QWidget):
    """The topmost row."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("transport_bar")
        self._view_model = view_model
        self.open = button("open", "Open…", "Open a timeline export or a video (Ctrl+O)", label="Open an edit")
        self.start = button("to_start", "To start", "Go to the first frame (Home)", label="Go to the first frame")
        self.play = button("play", "Play", "Roll from here (Space)")
        self.stop = button("stop", "Stop", "Stop and end every note (Space)")
        self.loop = button("loop_cue", "Loop cue", "Loop the selected cue", checkable=True)
        self.panic = button("panic", "Panic", "End every note at once (Esc)", role="danger")
        self.locate = TextField()
        name_control(self.locate, "locate", "Go to timecode", "Type a timecode of the edit and press Enter to go there")
        self.locate.setFixedWidth(124)
        self.locate.setPlaceholderText("Go to timecode")
        self.name = ElidedLabel("edit_name", "heading")
        self.source = ElidedLabel("edit_source", "quiet")
        self.position = label("", name="position")
        name_control(self.position, "position", "Position", "Timecode where the transport stands")
        self.position.setFont(_large_fixed_font())
        self.tempo = label("", "quiet", name="tempo")
        self._lay_out()
        self._connect()
        self._show(view_model.snapshot)
        self._move(view_model.position_s)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.open)
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(self.name)
        titles.addWidget(self.source)
        row.addLayout(titles, 1)
        for control in (self.start, self.play, self.stop, self.loop):
            row.addWidget(control)
        row.addWidget(self.locate)
        row.addSpacing(6)
        row.addWidget(self.position)
        row.addWidget(self.tempo)
        row.addSpacing(6)
        row.addWidget(self.panic)

    def _connect(self) -> None:
        view_model = self._view_model
        self.start.clicked.connect(lambda: view_model.locate(0.0))
        self.play.clicked.connect(view_model.play)
        self.stop.clicked.connect(view_model.stop)
        self.loop.clicked.connect(self._loop)
        self.panic.clicked.connect(view_model.panic)
        self.locate.textEdited.connect(self.locate.clear_mark)
        self.locate.returnPressed.connect(lambda: view_model.locate_label(self.locate.text()))
        view_model.changed.connect(self._show)
        view_model.moved.connect(self._move)
        view_model.answered.connect(self._settle)

    def _loop(self, on: bool) -> None:
        self._view_model.loop_cue(on)
        self._show_loop()

    def _show(self, snapshot: Snapshot) -> None:
        self.name.show_text(snapshot.name or ("No edit is open" if not snapshot.source else "Reading…"))
        self.source.show_text(snapshot.source)
        player = snapshot.player
        playing = player is not None and player.playing
        self.play.setEnabled(player is not None and not playing)
        self.stop.setEnabled(player is not None)
        self.loop.setEnabled(player is not None and bool(snapshot.cues))
        self.locate.setEnabled(snapshot.length_s > 0)
        self.tempo.setText(f"{player.bpm:.1f} bpm" if player is not None and player.bpm > 0 else "– bpm")
        self._show_loop()

    def _show_loop(self) -> None:
        player = self._view_model.snapshot.player
        self.loop.setChecked(player is not None and player.loop_end_ns > player.loop_start_ns)

    def _move(self, seconds: float) -> None:
        text = time_label(self._view_model.snapshot, seconds)
        if text != self.position.text():
            self.position.setText(text)

    def _settle(self, answer: Answer) -> None:
        if isinstance(answer.command, Locate):
            if answer.error is None:
                self.locate.clear_mark()
                self.locate.clear()
            else:
                self.locate.mark(0, len(self.locate.text()))


def _large_fixed_font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSize(15)
    return font

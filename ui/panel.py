"""The panel's window: where every widget stands, the keys of the whole window, and files dropped on it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PyQt6.QtCore import QUrl, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PyQt6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from ui.palette import STYLE_SHEET
from ui.view_model import PanelViewModel
from ui.widgets.apply_bar import ApplyBar
from ui.widgets.controls import InspectorArea, card
from ui.widgets.cue_inspector import CueInspector
from ui.widgets.messages_view import MessagesView
from ui.widgets.ports_view import PortsView
from ui.widgets.scene_inspector import SceneInspector
from ui.widgets.status_line import StatusLine
from ui.widgets.timeline_view import TimelineView
from ui.widgets.transport_bar import TransportBar
from v2m_bridge.core.snapshot import Snapshot

EDITS = "Edits and videos (*.otio *.edl *.fcpxml *.xml *.mlt *.kdenlive *.aaf *.mp4 *.mov *.mkv *.webm);;All files (*)"
LEAST_TOOLS_PX: Final = 236
MOST_TOOLS_PX: Final = 322
WIDE_PX: Final = 1200


class PanelWindow(QMainWindow):
    """Shows a view-model."""

    closed = pyqtSignal()
    """The user closed the window."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setStyleSheet(STYLE_SHEET)
        self.setAcceptDrops(True)
        self._view_model = view_model
        self.transport = TransportBar(view_model)
        self.timeline = TimelineView(view_model)
        self.apply_bar = ApplyBar(view_model)
        self.cue = CueInspector(view_model)
        self.scene = SceneInspector(view_model)
        self.ports = PortsView(view_model)
        self.messages = MessagesView(view_model)
        self.status = StatusLine(view_model)
        self._tools = QWidget()
        self._lower = QHBoxLayout(self._tools)
        self._told = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._lay_out()
        self._bind_keys()
        self.transport.open.clicked.connect(self.ask_for_edit)
        view_model.changed.connect(self._show)
        self._show(view_model.snapshot)
        self.setMinimumSize(860, 560)
        self.resize(1280, 800)
        self.timeline.setFocus()

    def ask_for_edit(self) -> None:
        """Let the user choose an edit; the window goes on meanwhile."""
        dialog = QFileDialog(self, "Open an edit or a video", str(Path(self._view_model.snapshot.source).parent), EDITS)
        dialog.setObjectName("open_dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._view_model.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def closeEvent(self, a0: QCloseEvent | None) -> None:  # noqa: N802
        """Tell whoever decides what closing means."""
        super().closeEvent(a0)
        self.closed.emit()

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802
        """Give the timeline what the tools can spare; outputs and messages stand side by side where there is room."""
        super().resizeEvent(a0)
        self._tools.setFixedHeight(min(MOST_TOOLS_PX, max(LEAST_TOOLS_PX, round(self.height() * 0.4))))
        is_wide = self.width() >= WIDE_PX
        direction = QBoxLayout.Direction
        self._told.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        for index, stretch in enumerate((7, 3, 8) if is_wide else (3, 3, 8)):
            self._lower.setStretch(index, stretch)

    def dragEnterEvent(self, a0: QDragEnterEvent | None) -> None:  # noqa: N802
        """Take one local file, unless it is dragged out of this window."""
        if a0 is not None and a0.source() is None and (data := a0.mimeData()) is not None and _local_file(data.urls()):
            a0.acceptProposedAction()

    def dropEvent(self, a0: QDropEvent | None) -> None:  # noqa: N802
        """Open the file that was dropped."""
        if a0 is not None and (data := a0.mimeData()) is not None and (path := _local_file(data.urls())):
            self._view_model.open(path)

    def _lay_out(self) -> None:
        lower = self._lower
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(8)
        lower.addWidget(_in_card(self.cue, "cue_card"))
        lower.addWidget(_in_card(self.scene, "scene_card"))
        self._told.setSpacing(8)
        self._told.addWidget(_in_card(self.ports, "ports_card", scrolls=False), 4)
        self._told.addWidget(_in_card(self.messages, "messages_card", scrolls=False), 3)
        lower.addLayout(self._told)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(8)
        column.addWidget(self.transport)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.apply_bar)
        column.addWidget(self._tools)
        column.addWidget(self.status)
        self.setCentralWidget(centre)

    def _bind_keys(self) -> None:
        view_model = self._view_model
        keys = {
            "Space": view_model.play_or_stop,
            "Home": lambda: view_model.locate(0.0),
            "Ctrl+Z": view_model.undo,
            "Ctrl+Shift+Z": view_model.redo,
            "Esc": view_model.panic,
            "Ctrl+O": self.ask_for_edit,
            "Ctrl+Q": self.close,
        }
        for key, deed in keys.items():
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(deed)

    def _show(self, snapshot: Snapshot) -> None:
        title = f"{snapshot.name} – v2m panel" if snapshot.name else "v2m panel"
        if title != self.windowTitle():
            self.setWindowTitle(title)


def _in_card(widget: QWidget, name: str, *, scrolls: bool = True) -> QWidget:
    frame = card(name)
    column = QVBoxLayout(frame)
    column.setContentsMargins(1, 1, 1, 1)
    if not scrolls:
        column.addWidget(widget)
        return frame
    column.addWidget(InspectorArea(widget))
    return frame


def _local_file(urls: list[QUrl]) -> str:
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""

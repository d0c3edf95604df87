"""Errors and warnings as sentences, the newest error first."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.palette import ALERT, QUIET, STAGED
from ui.view_model import PanelViewModel
from ui.widgets.controls import label, name_control, plain_tip
from v2m_bridge.core.snapshot import Snapshot

_COLOURS = {"Error": ALERT, "Warning": STAGED}


class MessagesView(QWidget):
    """A list of sentences."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("messages_view")
        self.list = QListWidget()
        name_control(self.list, "messages", "Messages", "What went wrong, and what to do about it")
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 12, 6)
        column.setSpacing(2)
        column.addWidget(label("Messages", "heading"))
        column.addWidget(self.list, 1)
        self._shown: tuple[tuple[str, str], ...] | None = None
        view_model.changed.connect(self._show)
        self._show(view_model.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        said = messages(snapshot)
        if said == self._shown:
            return
        self._shown = said
        self.list.clear()
        for kind, sentence in said or (("", "Nothing is amiss."),):
            item = QListWidgetItem(f"{kind}: {sentence}" if kind else sentence)
            item.setForeground(QColor(_COLOURS.get(kind, QUIET)))
            item.setToolTip(plain_tip(sentence))
            self.list.addItem(item)


def messages(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return (kind, sentence) of all that is amiss: errors from the newest to the oldest, ports, then warnings."""
    sinks = snapshot.player.sinks if snapshot.player else ()
    warnings = (*snapshot.warnings, *(snapshot.player.warnings if snapshot.player else ()))
    said = [("Error", sentence) for sentence in reversed(snapshot.errors)]
    said += [("Warning", sink.error) for sink in sinks if sink.error]
    said += [("Warning", sentence) for sentence in warnings]
    return tuple(dict.fromkeys(said))

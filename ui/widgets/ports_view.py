"""The outputs with their counters, and where OSC goes in and out."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from ui.palette import ALERT, STAGED, TEXT
from ui.view_model import PanelViewModel
from ui.widgets.controls import ElidedLabel, label, name_control, plain_tip
from v2m_bridge.core.playing import SinkState
from v2m_bridge.core.snapshot import Snapshot

COLUMNS: Final = (
    ("Port", "Name of the output"),
    ("Kind", "jack, rtmidi or osc"),
    ("Sent", "Events sent"),
    ("Late", "Events that left more than a millisecond after they were due"),
    ("Worst", "The longest delay of an event"),
)
_WIDE_PX: Final = 300


class PortsView(QWidget):
    """A table of sinks and one line of OSC addresses."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("ports_view")
        self.table = QTableWidget(0, len(COLUMNS))
        name_control(self.table, "ports", "Outputs", "Outputs and how they fare")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if (rows := self.table.verticalHeader()) is not None:
            rows.hide()
            rows.setMinimumSectionSize(1)
            rows.setDefaultSectionSize(self.fontMetrics().height() + 4)
        for column, (title, tip) in enumerate(COLUMNS):
            item = QTableWidgetItem(title)
            item.setToolTip(tip)
            item.setTextAlignment(_alignment(column))
            self.table.setHorizontalHeaderItem(column, item)
        if (header := self.table.horizontalHeader()) is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            header.setMinimumSectionSize(36)
        self.osc = ElidedLabel("osc", "quiet")
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(12, 9, 12, 6)
        column_layout.setSpacing(2)
        column_layout.addWidget(label("Outputs", "heading"))
        column_layout.addWidget(self.table, 1)
        column_layout.addWidget(self.osc)
        view_model.changed.connect(self._show)
        self._show(view_model.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        sinks = snapshot.player.sinks if snapshot.player else ()
        self.table.setRowCount(len(sinks))
        for row, sink in enumerate(sinks):
            for column, text in enumerate(_cells(sink)):
                self._show_cell(row, column, text, sink)
        out = ", ".join(snapshot.osc_out) or "none"
        self.osc.show_text(f"OSC in {snapshot.osc_in or 'none'}  ·  out {out}")

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: N802
        """Leave out the kind where the names need the room."""
        super().resizeEvent(a0)
        self.table.setColumnHidden(1, self.width() < _WIDE_PX)

    def _show_cell(self, row: int, column: int, text: str, sink: SinkState) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(_alignment(column))
            self.table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)
        item.setToolTip(
            plain_tip(sink.error or f"{sink.name} ({sink.kind}): {sink.n_sent:,} sent, {sink.n_late:,} late")
        )
        late = column >= 3 and sink.n_late > 0
        item.setForeground(QColor(ALERT if sink.error else STAGED if late else TEXT))


def _cells(sink: SinkState) -> tuple[str, ...]:
    worst = f"{sink.worst_late_ns / 1e6:.1f} ms" if sink.n_sent else "–"
    return (sink.name, sink.kind, short_count(sink.n_sent), short_count(sink.n_late), worst)


def short_count(n: int) -> str:
    """Write a count in at most five characters up to a thousand million; the tool tip of the cell has it exactly."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if n >= 10 * size:
            return f"{n // size}{unit}"
    return str(n)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter

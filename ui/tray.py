"""The tray icon, which keeps the engine when the window is closed."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF
from PyQt6.QtWidgets import QMenu, QSystemTrayIcon

from ui.palette import ACCENT, STAGED, WINDOW
from ui.view_model import PanelViewModel
from v2m_bridge.core.snapshot import Snapshot

_SIZE_PX = 64


class Tray(QSystemTrayIcon):
    """Show, play or stop, and quit."""

    asked_to_show = pyqtSignal()
    asked_to_quit = pyqtSignal()

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__(app_icon())
        self._menu = QMenu()
        self._menu.addAction("Show the panel", self.asked_to_show.emit)
        self._roll = self._menu.addAction("Play", view_model.play_or_stop)
        self._menu.addSeparator()
        self._menu.addAction("Quit", self.asked_to_quit.emit)
        self.setContextMenu(self._menu)
        self.activated.connect(self._click)
        view_model.changed.connect(self._show)
        self._show(view_model.snapshot)

    def _click(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.asked_to_show.emit()

    def _show(self, snapshot: Snapshot) -> None:
        playing = snapshot.player is not None and snapshot.player.playing
        if self._roll is not None:
            self._roll.setText("Stop" if playing else "Play")
        self.setToolTip(f"v2m: {snapshot.name or 'no edit'}{', playing' if playing else ''}")


def app_icon() -> QIcon:
    """Return the program's icon: a frame of film and a note."""
    picture = QPixmap(_SIZE_PX, _SIZE_PX)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(WINDOW))
    painter.drawRoundedRect(QRectF(2, 8, 60, 48), 9, 9)
    painter.setBrush(QColor(ACCENT))
    for x in (10, 24, 38):
        painter.drawRoundedRect(QRectF(x, 13, 8, 6), 2, 2)
        painter.drawRoundedRect(QRectF(x, 45, 8, 6), 2, 2)
    painter.setBrush(QColor(STAGED))
    painter.drawEllipse(QRectF(22, 33, 13, 10))
    painter.drawPolygon(
        QPolygonF([QPointF(32, 38), QPointF(32, 20), QPointF(48, 24), QPointF(48, 29), QPointF(35, 26)])
    )
    painter.end()
    return QIcon(picture)

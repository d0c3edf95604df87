"""The six emotions as buttons, and one that clears the override."""

from __future__ import annotations

from PyQt6.QtCore import QSize, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt6.QtWidgets import QGridLayout, QPushButton, QWidget

from ui.palette import EMOTION_COLOURS, ON_COLOUR
from ui.widgets.controls import button
from v2m_bridge.core.affect import EMOTIONS, Emotion

_DOT_PX = 9
_N_COLUMNS = 3


class EmotionButtons(QWidget):
    """Six words of which at most one is chosen; whoever holds them places the button `clear`."""

    chosen = pyqtSignal(str)
    """One of the six words, or empty where the override is cleared."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self._buttons: dict[Emotion, QPushButton] = {}
        for index, word in enumerate(EMOTIONS):
            made = button(f"{name}_{word}", str(word), f"Let {what} sound {word}", checkable=True)
            made.setIcon(_dot(EMOTION_COLOURS[word]))
            made.setIconSize(QSize(_DOT_PX, _DOT_PX))
            made.setStyleSheet(
                f"QPushButton {{ text-align: left; padding: 4px 5px; }}"
                f"QPushButton:checked {{ background: {EMOTION_COLOURS[word]}; border-color: {EMOTION_COLOURS[word]}; "
                f"color: {ON_COLOUR}; }}"
            )
            made.clicked.connect(lambda checked, word=word: self._click(word, checked))
            grid.addWidget(made, index // _N_COLUMNS, index % _N_COLUMNS)
            self._buttons[word] = made
        self.clear = button(
            f"{name}_clear", "Clear", f"Clear the override: {what} follows the picture", label="Clear the emotion"
        )
        self.clear.clicked.connect(lambda: self.chosen.emit(""))
        self.show_override("")

    def show_override(self, override: str) -> None:
        """Show which override holds: one of the six words, a point, or none."""
        for word, made in self._buttons.items():
            made.setChecked(word == override)
        self.clear.setEnabled(bool(override))

    def _click(self, word: Emotion, checked: bool) -> None:
        self.chosen.emit(str(word) if checked else "")


def _dot(colour: str) -> QIcon:
    icon = QIcon()
    for state, ink in ((QIcon.State.Off, colour), (QIcon.State.On, ON_COLOUR)):
        picture = QPixmap(_DOT_PX * 2, _DOT_PX * 2)
        picture.setDevicePixelRatio(2)
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(ink))
        painter.drawEllipse(1, 1, _DOT_PX - 2, _DOT_PX - 2)
        painter.end()
        icon.addPixmap(picture, QIcon.Mode.Normal, state)
    return icon

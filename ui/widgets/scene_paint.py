"""Draws one scene of the strip: its picture, its name, and what the picture or the user says of its emotion."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap

from ui import palette
from v2m_bridge.core.snapshot import ShownScene

_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_BAR_PX: Final = 4
_LEAST_TEXT_PX: Final = 26


def draw_scene(painter: QPainter, rect: QRectF, scene: ShownScene, picture: QPixmap | None, *, selected: bool) -> None:
    """Draw a scene's block."""
    block = rect.adjusted(0.5, 0.5, -1.0, -0.5)
    colour = palette.emotion_colour(scene.emotion_override or scene.emotion)
    line_px = QFontMetricsF(painter.font()).height()
    painter.fillRect(block, QColor(palette.RAISED))
    frame = QRectF(block.left(), block.top(), block.width(), block.height() - 2 * line_px - _BAR_PX - 4)
    _draw_picture(painter, frame, picture, colour)
    if block.width() >= _LEAST_TEXT_PX:
        upper = QRectF(block.left() + 6, frame.bottom() + 2, block.width() - 10, line_px)
        _draw_line(painter, upper, scene.name or scene.id, QColor(palette.TEXT))
        _draw_line(painter, upper.translated(0, line_px), emotion_line(scene), colour)
    bar = QColor(colour)
    bar.setAlphaF(1.0 if scene.emotion_override else 0.35 + 0.65 * min(1.0, max(0.0, scene.confidence)))
    painter.fillRect(QRectF(block.left(), block.bottom() - _BAR_PX, block.width(), _BAR_PX), bar)
    if scene.muted:
        painter.fillRect(block, QColor(16, 18, 22, 150))
        _draw_tag(painter, frame, "muted")
    if selected:
        painter.setPen(QPen(QColor(palette.ACCENT), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(block.adjusted(1, 1, -0.5, -1))


def emotion_line(scene: ShownScene) -> str:
    """Return what is said below a scene: the user's word, or the picture's with its confidence."""
    if scene.emotion_override:
        return f"{scene.emotion_override} (set)"
    return f"{scene.emotion} {scene.confidence:.0%}" if scene.seen else "not seen"


def _draw_picture(painter: QPainter, frame: QRectF, picture: QPixmap | None, colour: QColor) -> None:
    """Draw the picture at full height from the left, cut evenly where it is too wide, over a tint."""
    tint = QColor(colour)
    tint.setAlpha(38)
    painter.fillRect(frame, tint)
    if picture is None or picture.isNull() or frame.height() <= 0:
        return
    width_px = frame.height() * picture.width() / picture.height()
    shown_px = min(width_px, frame.width())
    cut = picture.width() * (1 - shown_px / width_px)
    source = QRectF(cut / 2, 0, picture.width() - cut, picture.height())
    painter.drawPixmap(QRectF(frame.left(), frame.top(), shown_px, frame.height()), picture, source)


def _draw_line(painter: QPainter, rect: QRectF, text: str, colour: QColor) -> None:
    painter.setPen(colour)
    elided = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, _LEFT, elided)


def _draw_tag(painter: QPainter, frame: QRectF, text: str) -> None:
    width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 12
    if width > frame.width():
        return
    tag = QRectF(frame.left() + 4, frame.top() + 4, width - 4, QFontMetricsF(painter.font()).height() + 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.WINDOW))
    painter.drawRoundedRect(tag, 3, 3)
    painter.setPen(QColor(palette.TEXT))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)

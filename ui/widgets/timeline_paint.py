"""Draws the timeline's background: everything but the playhead."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from ui import palette
from ui.edit_time import frame_at, frame_label, frame_seconds
from ui.selection import Selection
from ui.widgets.scene_paint import draw_scene
from ui.widgets.thumbnails import Thumbnails
from ui.widgets.timeline_layout import GUTTER_PX, LANE_TITLES, TimelineLayout
from ui.widgets.timeline_scale import tick_step_frames
from v2m_bridge.core.commands import LIVE
from v2m_bridge.core.snapshot import ShownCue
from v2m_bridge.core.timebase import NS_PER_S

_LABEL_PX: Final = 96
_INSET_PX: Final = 7
_LEAST_SCENE_PX: Final = 3
_LEAST_CHORD_PX: Final = 4
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
INVITATION: Final = "Open a timeline export or a video (Ctrl+O), or drop it here."
READING: Final = "The edit is being read; its scenes appear here."


def draw_timeline(
    painter: QPainter, layout: TimelineLayout, selection: Selection, thumbnails: Thumbnails, font: QFont
) -> None:
    """Draw lanes, cues, scenes, hits and chords."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setFont(font)
    painter.save()
    painter.setClipRect(QRectF(layout.scale.left_px, 0, layout.scale.width_px, layout.height_px))
    _draw_lanes(painter, layout)
    _draw_ruler(painter, layout)
    _draw_scenes(painter, layout, selection, thumbnails)
    for cue in layout.visible_cues():
        _draw_cue(painter, layout.cue_rect(cue), cue, selected=cue.number == selection.cue)
        _draw_chords(painter, layout, cue)
        _draw_hits(painter, layout, cue)
    painter.restore()
    painter.setPen(QColor(palette.QUIET))
    if not layout.snapshot.scenes:
        text = READING if layout.snapshot.source else INVITATION
        painter.drawText(layout.lane("scenes"), Qt.AlignmentFlag.AlignCenter, text)
    for place, title in LANE_TITLES.items():
        lane = layout.lane(place)
        painter.drawText(QRectF(0, lane.top(), GUTTER_PX - 10, lane.height()), _RIGHT, title)


def _draw_lanes(painter: QPainter, layout: TimelineLayout) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.SURFACE))
    for place in LANE_TITLES:
        if place != "ruler":
            painter.drawRoundedRect(layout.lane(place), 4, 4)


def _draw_ruler(painter: QPainter, layout: TimelineLayout) -> None:
    lane, snapshot, scale = layout.lane("ruler"), layout.snapshot, layout.scale
    player = snapshot.player
    if player is not None and player.loop_end_ns > player.loop_start_ns:
        left, right = scale.x_of(player.loop_start_ns / NS_PER_S), scale.x_of(player.loop_end_ns / NS_PER_S)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.ACCENT))
        painter.drawRoundedRect(QRectF(left, lane.bottom() - 4, right - left, 4), 2, 2)
    if snapshot.length_s <= 0:
        return
    step = tick_step_frames(scale, Fraction(snapshot.rate), _LABEL_PX)
    frame = frame_at(snapshot, scale.first_s) // step * step
    end_s = min(scale.end_s, snapshot.length_s)
    while (at_s := frame_seconds(snapshot, frame)) <= end_s:
        x = scale.x_of(at_s)
        painter.setPen(QColor(palette.FAINT))
        painter.drawLine(QPointF(x, lane.top() + 4), QPointF(x, lane.bottom()))
        painter.setPen(QColor(palette.QUIET))
        text = QRectF(x + 5, lane.top(), _LABEL_PX - 8, lane.height() - 4)
        if text.right() <= lane.right():
            painter.drawText(text, _LEFT, frame_label(snapshot, frame))
        frame += step


def _draw_scenes(painter: QPainter, layout: TimelineLayout, selection: Selection, thumbnails: Thumbnails) -> None:
    """Draw each scene; of those narrower than a line only the first in each pixel, as its colour."""
    drawn_px = -1
    for scene in layout.visible_scenes():
        is_selected = scene.id == selection.scene
        rect = layout.scene_rect(scene)
        if rect.width() >= _LEAST_SCENE_PX or is_selected:
            draw_scene(painter, rect, scene, thumbnails.get(scene.id), selected=is_selected)
        elif int(rect.left()) > drawn_px:
            painter.fillRect(rect, palette.emotion_colour(scene.emotion_override or scene.emotion))
        drawn_px = int(rect.left())


def _draw_cue(painter: QPainter, rect: QRectF, cue: ShownCue, *, selected: bool) -> None:
    block = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    colour = palette.emotion_colour(cue.emotion_override or cue.emotion)
    border = palette.ACCENT if selected else palette.STAGED if cue.is_staged else palette.LINE
    pen = QPen(QColor(border), 2 if selected else 1)
    if cue.is_staged and not selected:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(QColor(palette.RAISED))
    painter.drawRoundedRect(block, 5, 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(block.left() + 2, block.top() + 4, 3, block.height() - 8), 1.5, 1.5)
    inner = block.adjusted(_INSET_PX + 4, 4, -_INSET_PX, -4)
    if inner.width() < 12:
        return
    upper = QRectF(inner.left(), inner.top(), inner.width(), inner.height() / 2)
    lower = upper.translated(0, inner.height() / 2)
    if cue.is_staged:
        upper.setRight(upper.right() - _draw_tag(painter, upper, "staged", palette.STAGED, palette.ON_COLOUR))
    if cue.stand != LIVE:
        words = (": ".join(filter(None, (cue.stand, cue.moved_text))), cue.moved_text or cue.stand)
        drawn = (_draw_tag(painter, lower, word, palette.LINE, palette.TEXT) for word in words)
        lower.setRight(lower.right() - next(filter(None, drawn), 0.0))
    heavy, light = QFont(painter.font()), QFont(painter.font())
    heavy.setBold(True)
    _draw_text(painter, upper, f"{cue.number}  {cue.title}".strip(), palette.TEXT, heavy)
    _draw_text(painter, lower, f"{cue.key}   {cue.bpm:.1f} bpm   {cue.style}", palette.QUIET, light)


def _draw_tag(painter: QPainter, rect: QRectF, word: str, ground: str, ink: str) -> float:
    """Draw a word on a ground at the right; return the width that it takes."""
    width = QFontMetricsF(painter.font()).horizontalAdvance(word) + 12
    if width > rect.width() * 0.6:
        return 0.0
    tag = QRectF(rect.right() - width, rect.top() + 1, width, rect.height() - 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(tag, 3, 3)
    painter.setPen(QColor(ink))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, word)
    return width + 6


def _draw_chords(painter: QPainter, layout: TimelineLayout, cue: ShownCue) -> None:
    metrics = QFontMetricsF(painter.font())
    for chord in cue.chords:
        is_narrow = chord.duration_s * layout.scale.px_per_s < _LEAST_CHORD_PX
        if is_narrow or not layout.scale.shows(chord.at_s, chord.at_s + chord.duration_s):
            continue
        rect = layout.chord_rect(chord)
        painter.setPen(QColor(palette.LINE))
        painter.drawLine(QPointF(rect.left(), rect.top() + 3), QPointF(rect.left(), rect.bottom() - 3))
        if rect.width() >= metrics.horizontalAdvance(chord.text) + 6:
            painter.setPen(QColor(palette.QUIET if chord.text == "N" else palette.TEXT))
            painter.drawText(rect.adjusted(4, 0, 0, 0), _LEFT, chord.text)


def _draw_hits(painter: QPainter, layout: TimelineLayout, cue: ShownCue) -> None:
    size = 5.0
    colour = QColor(palette.TEXT)
    scenes = layout.lane("scenes")
    for at_s in cue.hits_s:
        if not layout.scale.first_s <= at_s <= layout.scale.end_s:
            continue
        middle = layout.hit_point(at_s)
        faint = QColor(colour)
        faint.setAlpha(150)
        painter.setPen(QPen(faint, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(middle.x(), scenes.top()), QPointF(middle.x(), layout.lane("chords").bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = ((0, -size), (size, 0), (0, size), (-size, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(dx, dy) for dx, dy in corners]))


def _draw_text(painter: QPainter, rect: QRectF, text: str, colour: str, font: QFont) -> None:
    before = painter.font()
    painter.setFont(font)
    painter.setPen(QColor(colour))
    elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, _LEFT, elided)
    painter.setFont(before)

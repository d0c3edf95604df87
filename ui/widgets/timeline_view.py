"""The timeline: ruler, cues, scenes, hits and chords over a cached background, and the playhead above it."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer
from PyQt6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui import palette
from ui.edit_time import time_label
from ui.view_model import FRAME_MS, PanelViewModel
from ui.widgets.controls import name_control, plain_tip
from ui.widgets.thumbnails import Thumbnails
from ui.widgets.timeline_layout import GUTTER_PX, Target, TimelineLayout
from ui.widgets.timeline_paint import draw_timeline
from ui.widgets.timeline_scale import TimeScale
from v2m_bridge.core.snapshot import Snapshot

_HEAD_PX: Final = 7
_RIGHT_MARGIN_PX: Final = 2
_LEAST_PICTURE_PX: Final = 12
"""Width of a scene below which its picture says nothing."""
_ZOOM_STEP: Final = 1.25
_WHEEL_STEP: Final = 120


class TimelineView(QWidget):
    """Click selects, a double click or a drag in the ruler locates, Ctrl with the wheel zooms, the wheel scrolls."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        name_control(self, "timeline", "Timeline", "")
        self.setAccessibleDescription("Arrow keys move the selection; a double click goes to that time.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._view_model = view_model
        self._thumbnails = Thumbnails(view_model.snapshot.thumbnails_dir)
        self._background: QPixmap | None = None
        self._drawn_from: Snapshot | None = None
        self._head_x = 0.0
        self._located: Target | None = None
        self._scale = TimeScale.fit(view_model.snapshot.length_s, GUTTER_PX, 100)
        self._more_pictures = QTimer(self)
        self._more_pictures.setSingleShot(True)
        self._more_pictures.setInterval(FRAME_MS)
        self._more_pictures.timeout.connect(self._read_pictures)
        view_model.changed.connect(self._show)
        view_model.selected.connect(self._redraw)
        view_model.moved.connect(self._move_head)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size at which everything can be read."""
        return QSize(1200, 300)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the size below which scenes cannot be told apart."""
        return QSize(400, 190)

    @property
    def layout_now(self) -> TimelineLayout:
        """Where everything stands now."""
        return TimelineLayout(self._view_model.snapshot, self._scale, self.height())

    def target_at(self, x: float, y: float) -> Target | None:
        """Return what stands at a point."""
        return self.layout_now.at(x, y)

    # -- drawing --------------------------------------------------------------------------------------------------

    def paintEvent(self, a0: QPaintEvent | None) -> None:  # noqa: ARG002, N802
        """Copy the background and draw the playhead."""
        if self._background is None:
            self._background = self._draw_background()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._background)
        if self._head_x >= self._scale.left_px and self._view_model.snapshot.length_s > 0:
            layout = self.layout_now
            colour = QColor(palette.ALERT)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, 1.5))
            bottom = layout.lane("chords").bottom()
            painter.drawLine(QPointF(self._head_x, 0), QPointF(self._head_x, bottom))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            corners = ((-_HEAD_PX, 0), (_HEAD_PX, 0), (0, _HEAD_PX + 3))
            painter.drawPolygon(QPolygonF([QPointF(self._head_x + dx, dy) for dx, dy in corners]))

    def resizeEvent(self, a0: QResizeEvent | None) -> None:  # noqa: ARG002, N802
        """Keep the zoom at the new width."""
        width = max(50, self.width() - GUTTER_PX - _RIGHT_MARGIN_PX)
        fits = self._shows_all()
        length_s = self._view_model.snapshot.length_s
        scale = TimeScale.fit(length_s, GUTTER_PX, width) if fits else self._scale.resized(width, length_s)
        self._rescale(scale)

    def _draw_background(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        background = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        background.setDevicePixelRatio(ratio)
        background.fill(QColor(palette.WINDOW))
        painter = QPainter(background)
        draw_timeline(painter, self.layout_now, self._view_model.selection, self._thumbnails, self.font())
        painter.end()
        return background

    def _redraw(self) -> None:
        self._background = None
        self.update()

    def _rescale(self, scale: TimeScale) -> None:
        self._scale = scale
        self._head_x = scale.x_of(self._view_model.position_s)
        self._redraw()

    def _move_head(self, seconds: float) -> None:
        before, self._head_x = self._head_x, self._scale.x_of(seconds)
        if before != self._head_x:
            for x in (before, self._head_x):
                self.update(QRect(int(x) - _HEAD_PX - 2, 0, 2 * _HEAD_PX + 4, self.height()))

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.thumbnails_dir != self._thumbnails.folder:
            self._thumbnails = Thumbnails(snapshot.thumbnails_dir)
        before, self._drawn_from = self._drawn_from, snapshot
        if before is None or before.length_s != snapshot.length_s:
            self._rescale(TimeScale.fit(snapshot.length_s, GUTTER_PX, self._scale.width_px))
        elif _drawn(before) != _drawn(snapshot):
            self._redraw()
        self._read_pictures()

    def _read_pictures(self) -> None:
        """Read a few pictures that are missing; the rest follows when the hands are free."""
        layout = self.layout_now
        wide = [each.id for each in layout.visible_scenes() if layout.scene_rect(each).width() >= _LEAST_PICTURE_PX]
        if self._thumbnails.read_some(wide):
            self._redraw()
            self._more_pictures.start()

    def _shows_all(self) -> bool:
        return self._scale.end_s >= self._view_model.snapshot.length_s and self._scale.first_s == 0

    # -- input ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802
        """Select what stands here; in the ruler, go there."""
        target = self._target_of(a0)
        if target is None:
            return
        if target.place == "ruler":
            self._locate(target)
        elif target.place == "scenes" and target.name:
            self._view_model.select_scene(target.name)
        elif target.name:
            self._view_model.select_cue(target.name)

    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802
        """Go on locating while the ruler is being dragged."""
        if self._located is not None and a0 is not None:
            self._locate(Target("ruler", "", self._scale.s_of(a0.position().x())))

    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:  # noqa: ARG002, N802
        """End a drag in the ruler."""
        self._located = None

    def mouseDoubleClickEvent(self, a0: QMouseEvent | None) -> None:  # noqa: N802
        """Go to the time of this point."""
        if (target := self._target_of(a0)) is not None:
            self._view_model.locate(target.at_s)

    def wheelEvent(self, a0: QWheelEvent | None) -> None:  # noqa: N802
        """Zoom at the pointer with Ctrl, else scroll."""
        if a0 is None:
            return
        length_s, delta = self._view_model.snapshot.length_s, a0.angleDelta()
        if a0.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._rescale(self._scale.zoomed(_ZOOM_STEP ** (delta.y() / _WHEEL_STEP), a0.position().x(), length_s))
        else:
            self._rescale(self._scale.panned(-(delta.y() or delta.x()), length_s))
        self._more_pictures.start()
        a0.accept()

    def keyPressEvent(self, a0: QKeyEvent | None) -> None:  # noqa: N802
        """Move the selection with the arrow keys: along its lane, or to the other one."""
        if a0 is None:
            return
        key, view_model = Qt.Key, self._view_model
        moves = {
            key.Key_Left: lambda: view_model.step_selection(-1),
            key.Key_Right: lambda: view_model.step_selection(1),
            key.Key_Up: view_model.select_cue_lane,
            key.Key_Down: view_model.select_scene_lane,
        }
        move = moves.get(Qt.Key(a0.key()))
        if move is None:
            super().keyPressEvent(a0)
        else:
            move()

    def event(self, e: QEvent | None) -> bool:
        """Explain what stands under the pointer."""
        if isinstance(e, QHelpEvent) and e.type() == QEvent.Type.ToolTip:
            target = self.target_at(e.pos().x(), e.pos().y())
            QToolTip.showText(e.globalPos(), plain_tip(self._explain(target)) if target else "", self)
            return True
        return super().event(e)

    def _explain(self, target: Target) -> str:
        at = time_label(self._view_model.snapshot, target.at_s)
        if target.place == "ruler":
            return f"{at}: click or drag to go there"
        kind = "scene" if target.place == "scenes" else "cue"
        return f"{at}: {kind} {target.name}; click selects it, a double click goes there" if target.name else at

    def _target_of(self, event: QMouseEvent | None) -> Target | None:
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return None
        return self.target_at(event.position().x(), event.position().y())

    def _locate(self, target: Target) -> None:
        snapshot, before = self._view_model.snapshot, self._located
        self._located = target
        if before is None or time_label(snapshot, max(0, before.at_s)) != time_label(snapshot, max(0, target.at_s)):
            self._view_model.locate(target.at_s)


def _drawn(snapshot: Snapshot) -> tuple[object, ...]:
    """Return what the background is drawn from."""
    player = snapshot.player
    loop = (player.loop_start_ns, player.loop_end_ns) if player else (0, 0)
    return (snapshot.rate, snapshot.start_frame, snapshot.drop_frame, snapshot.scenes, snapshot.cues, loop)

"""The timeline: what clicks, drags and keys do, and what is drawn."""

from __future__ import annotations

import time

import pytest
from PyQt6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QWheelEvent

from tests.ui.engines import RecordingEngine
from tests.ui.hands import click, double_click, drag, press
from tests.ui.snapshots import make_cues, make_player, make_scenes, make_snapshot
from ui import palette
from ui.panel import PanelWindow
from ui.selection import Selection
from ui.view_model import PanelViewModel
from ui.widgets.scene_paint import emotion_line
from v2m_bridge.core import commands as do

# -- input ----------------------------------------------------------------------------------------------------------


def middle(rect: QRectF) -> QPoint:
    return rect.center().toPoint()


def test_a_click_selects_the_cue_or_the_scene(panel: PanelWindow, view_model: PanelViewModel) -> None:
    layout = panel.timeline.layout_now
    click(panel.timeline, middle(layout.cue_rect(make_cues()[1])))
    assert view_model.selection == Selection("1m02", "s4", "cue")
    click(panel.timeline, middle(layout.scene_rect(make_scenes()[2])))
    assert view_model.selection == Selection("1m01", "s2", "scene")


def test_a_click_asks_nothing_of_the_engine(panel: PanelWindow, engine: RecordingEngine) -> None:
    click(panel.timeline, middle(panel.timeline.layout_now.cue_rect(make_cues()[1])))
    assert engine.posted == []


def test_a_double_click_goes_there(panel: PanelWindow, engine: RecordingEngine) -> None:
    place = middle(panel.timeline.layout_now.scene_rect(make_scenes()[4]))
    double_click(panel.timeline, place)
    (asked,) = engine.posted
    assert isinstance(asked, do.Locate)
    assert asked.seconds == pytest.approx(31.5, abs=0.1)


def test_a_drag_in_the_ruler_locates_along_the_way(panel: PanelWindow, engine: RecordingEngine) -> None:
    layout = panel.timeline.layout_now
    y = round(layout.lane("ruler").center().y())
    drag(panel.timeline, [QPoint(round(layout.scale.x_of(at_s)), y) for at_s in (5, 20, 40)])
    seconds = [command.seconds for command in engine.posted if isinstance(command, do.Locate)]
    assert seconds == pytest.approx([5, 20, 40], abs=0.1)


def test_the_wheel_with_ctrl_zooms_and_alone_it_scrolls(panel: PanelWindow) -> None:
    def turn(steps: int, keys: Qt.KeyboardModifier) -> None:
        at, phase = QPointF(600, 100), Qt.ScrollPhase.NoScrollPhase
        panel.timeline.wheelEvent(
            QWheelEvent(at, at, QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, keys, phase, False)
        )

    whole = panel.timeline.layout_now.scale
    turn(4, Qt.KeyboardModifier.ControlModifier)
    near = panel.timeline.layout_now.scale
    assert near.px_per_s > 2 * whole.px_per_s
    turn(-1, Qt.KeyboardModifier.NoModifier)
    assert panel.timeline.layout_now.scale.first_s > near.first_s
    turn(-9, Qt.KeyboardModifier.ControlModifier)
    assert panel.timeline.layout_now.scale == whole


def test_arrow_keys_move_along_the_lane_and_between_the_lanes(panel: PanelWindow, view_model: PanelViewModel) -> None:
    key = Qt.Key
    panel.timeline.setFocus()
    for pressed, expected in (
        (key.Key_Right, Selection("1m02", "s4", "cue")),
        (key.Key_Down, Selection("1m02", "s4", "scene")),
        (key.Key_Right, Selection("1m02", "s5", "scene")),
        (key.Key_Left, Selection("1m02", "s4", "scene")),
        (key.Key_Left, Selection("1m01", "s3", "scene")),
        (key.Key_Up, Selection("1m01", "s3", "cue")),
    ):
        press(panel.timeline, pressed)
        assert view_model.selection == expected


# -- drawing --------------------------------------------------------------------------------------------------------


def colours_in(image: QImage, rect: QRectF) -> set[str]:
    part: QRect = rect.toRect().intersected(image.rect())
    return {
        image.pixelColor(x, y).name()
        for x in range(part.left(), part.right() + 1)
        for y in range(part.top(), part.bottom() + 1)
    }


def test_every_lane_shows_what_it_holds(panel: PanelWindow) -> None:
    image, layout = panel.timeline.grab().toImage(), panel.timeline.layout_now
    for cue in make_cues():
        assert palette.emotion_colour(cue.emotion).name() in colours_in(image, layout.cue_rect(cue))
    for scene in make_scenes():
        assert len(colours_in(image, layout.scene_rect(scene))) > 8
    staged, settled = (colours_in(image, layout.cue_rect(cue)) for cue in reversed(make_cues()))
    assert palette.STAGED in staged
    assert palette.STAGED not in settled
    for cue in make_cues():
        for at_s in cue.hits_s:
            at = layout.hit_point(at_s).toPoint()
            assert image.pixelColor(at.x(), at.y()).lightness() > 180
    assert palette.TEXT in colours_in(image, layout.lane("chords"))


def test_the_playhead_stands_where_the_transport_stands(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    for at_s in (3.0, 50.0):
        engine.snapshot = make_snapshot(version=int(at_s), player=make_player(at_ns=round(at_s * 1e9)))
        view_model.refresh()
        x = round(panel.timeline.layout_now.scale.x_of(at_s))
        image = panel.timeline.grab().toImage()
        reds = [QColor(image.pixel(x + dx, 60)).red() for dx in (-1, 0, 1)]
        blues = [QColor(image.pixel(x + dx, 60)).blue() for dx in (-1, 0, 1)]
        assert max(red - blue for red, blue in zip(reds, blues, strict=True)) > 60


def test_a_player_that_reports_does_not_have_the_background_drawn_again(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    panel.timeline.grab()
    view_model.refresh()
    before = panel.timeline._background
    engine.snapshot = make_snapshot(version=42)
    view_model.refresh()
    first = panel.timeline._background
    engine.snapshot = make_snapshot(version=43, player=make_player(at_ns=5 * 10**9, n_sounding=4))
    view_model.refresh()
    assert before is not None
    assert panel.timeline._background is first
    engine.snapshot = make_snapshot(version=44, cues=make_cues()[:1])
    view_model.refresh()
    assert panel.timeline._background is None


@pytest.mark.parametrize(
    ("index", "expected"), [(0, "relaxing 81%"), (3, "tense (set)"), (5, "not seen"), (7, "relaxing 90%")]
)
def test_a_scene_says_what_its_picture_or_its_user_says(index: int, expected: str) -> None:
    assert emotion_line(make_scenes()[index]) == expected


def test_a_long_edit_is_drawn_fast_enough_to_keep_the_hands_free(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    scenes = tuple(make_scenes()[i % 8] for i in range(2000))
    engine.snapshot = make_snapshot(version=42, scenes=scenes, length_s=7200.0)
    started = time.process_time()
    view_model.refresh()
    panel.timeline.grab()
    assert time.process_time() - started < 0.2

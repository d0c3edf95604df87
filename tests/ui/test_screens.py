"""The whole window as a picture, at the sizes at which it must be readable; kept in build/screens/."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, QRect
from PyQt6.QtGui import QColor, QImage, QLinearGradient, QPainter
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.footage import ROOT
from tests.ui.engines import RecordingEngine
from tests.ui.hands import find, settle
from tests.ui.snapshots import SCENE_ROWS, make_cues, make_snapshot
from ui.panel import PanelWindow
from ui.view_model import PanelViewModel
from v2m_bridge.core.snapshot import Busy

SCREENS = ROOT / "build" / "screens"
REGIONS = (
    "transport_bar",
    "timeline",
    "apply_bar",
    "cue_card",
    "scene_card",
    "ports_card",
    "messages_card",
    "status_line",
)
CONTROLS = (
    "open",
    "play",
    "panic",
    "locate",
    "undo",
    "apply",
    "cue_primer",
    "cue_emotion_sad",
    "cue_key",
    "scene_mute",
)


def draw_thumbnails(folder: Path) -> None:
    """Draw a landscape for each scene: a sky, a hill and a sun that goes down."""
    for index in range(len(SCENE_ROWS)):
        picture = QImage(160, 90, QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        sky = QLinearGradient(0, 0, 0, 90)
        sky.setColorAt(0, QColor.fromHsv(210 + 8 * index, 110, 200 - 14 * index))
        sky.setColorAt(1, QColor.fromHsv(32, 90 + 10 * index, 220 - 12 * index))
        painter.fillRect(0, 0, 160, 90, sky)
        painter.setBrush(QColor("#f6e3b4"))
        painter.drawEllipse(20 + 14 * index, 12 + 5 * index, 18, 18)
        painter.setBrush(QColor(38, 58 - 3 * index, 44))
        painter.drawEllipse(-40 - 6 * index, 55, 180, 90)
        painter.end()
        assert picture.save(str(folder / f"s{index}.jpg"))


def n_colours(image: QImage, rect: QRect) -> int:
    return len({image.pixel(x, y) for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom())})


def place_of(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


@pytest.mark.parametrize(("size", "name"), [((1280, 800), "panel.png"), ((900, 600), "panel-900x600.png")])
def test_the_panel_can_be_read(
    panel: PanelWindow,
    view_model: PanelViewModel,
    engine: RecordingEngine,
    qtbot: QtBot,
    tmp_path: Path,
    size: tuple[int, int],
    name: str,
) -> None:
    draw_thumbnails(tmp_path)
    engine.snapshot = make_snapshot(version=42, thumbnails_dir=str(tmp_path), busy=Busy("Composing", 3, 8))
    view_model.refresh()
    panel.resize(*size)
    qtbot.waitUntil(lambda: (panel.width(), panel.height()) == size, timeout=2000)
    settle(panel)
    image = panel.grab().toImage()
    SCREENS.mkdir(parents=True, exist_ok=True)
    assert image.save(str(SCREENS / name))
    assert all(n_colours(image, place_of(find(panel, region), panel)) > 12 for region in REGIONS)
    assert all(n_colours(image, place_of(find(panel, control), panel)) > 6 for control in CONTROLS)
    layout, origin = panel.timeline.layout_now, panel.timeline.mapTo(panel, QPoint())
    lanes = [layout.lane(place).toRect().translated(origin) for place in ("cues", "scenes", "chords")]
    assert all(n_colours(image, lane) > 12 for lane in lanes)
    assert n_colours(image, lanes[1]) > 500, "the scene strip shows no pictures"
    for cue in make_cues():
        assert n_colours(image, layout.cue_rect(cue).toRect().translated(origin)) > 8

"""Small pictures of the scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.engines import RecordingEngine
from tests.ui.snapshots import SCENE_ROWS, make_scenes, make_snapshot
from ui.panel import PanelWindow
from ui.view_model import PanelViewModel
from ui.widgets.thumbnails import MAX_BYTES, RETRY_S, Thumbnails


def write_picture(path: Path) -> None:
    image = QImage(160, 90, QImage.Format.Format_RGB32)
    image.fill(QColor("#2266aa"))
    assert image.save(str(path))


def test_thumbnails_are_read_a_few_at_a_time_and_looked_for_again_later(tmp_path: Path, qapp: QApplication) -> None:
    assert qapp is not None
    now_s = [0.0]
    thumbnails = Thumbnails(str(tmp_path), now_s=lambda: now_s[0])
    ids = [f"s{i}" for i in range(6)]
    for scene_id in ids[:5]:
        write_picture(tmp_path / f"{scene_id}.jpg")
    assert thumbnails.read_some(ids, at_most=4)
    assert [scene_id for scene_id in ids if thumbnails.get(scene_id)] == ids[:4]
    assert thumbnails.read_some(ids, at_most=4)
    assert thumbnails.get("s5") is None
    write_picture(tmp_path / "s5.jpg")
    assert not thumbnails.read_some(ids)
    now_s[0] = RETRY_S
    assert thumbnails.read_some(ids)
    assert thumbnails.get("s5") is not None


def test_pictures_that_never_come_do_not_keep_others_waiting(tmp_path: Path, qapp: QApplication) -> None:
    assert qapp is not None
    now_s = [0.0]
    thumbnails = Thumbnails(str(tmp_path), now_s=lambda: now_s[0])
    write_picture(tmp_path / "s39.jpg")
    ids = [f"s{i}" for i in range(40)]
    for _ in range(5):
        thumbnails.read_some(ids, at_most=8)
        now_s[0] += RETRY_S
    assert thumbnails.get("s39") is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"no picture"),
        lambda path: path.write_bytes(b"x" * (MAX_BYTES + 1)),
        lambda path: path.mkdir(),
    ],
)
def test_what_is_no_thumbnail_is_not_shown(tmp_path: Path, qapp: QApplication, spoil: Callable[[Path], object]) -> None:
    assert qapp is not None
    spoil(tmp_path / "s0.jpg")
    thumbnails = Thumbnails(str(tmp_path))
    assert not thumbnails.read_some(["s0", "../s0", ""])
    assert thumbnails.get("s0") is None


def test_a_thumbnail_that_appears_is_drawn(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine, tmp_path: Path
) -> None:
    for index in range(len(SCENE_ROWS)):
        write_picture(tmp_path / f"s{index}.jpg")
    engine.snapshot = make_snapshot(version=42, thumbnails_dir=str(tmp_path))
    view_model.refresh()
    image = panel.timeline.grab().toImage()
    rect = panel.timeline.layout_now.scene_rect(make_scenes()[2])
    at = QPoint(round(rect.left() + 12), round(rect.top() + 12))
    assert abs(image.pixelColor(at).blue() - 0xAA) < 12


def test_pictures_follow_a_few_at_a_time_without_another_push(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    scenes = tuple(
        msgspec.structs.replace(make_scenes()[0], id=f"s{i}", start_s=3.0 * i, end_s=3.0 * i + 3) for i in range(20)
    )
    for scene in scenes:
        write_picture(tmp_path / f"{scene.id}.jpg")
    engine.snapshot = make_snapshot(version=42, scenes=scenes, thumbnails_dir=str(tmp_path))
    view_model.refresh()
    assert panel.timeline._thumbnails.get("s19") is None
    qtbot.waitUntil(lambda: panel.timeline._thumbnails.get("s19") is not None, timeout=5000)

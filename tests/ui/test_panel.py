"""The window: what a click, a key and a typed word post, and what is shown of the answers."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLineEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.engines import RecordingEngine
from tests.ui.hands import click, enter, find, find_button, find_field, press, settle, text_of
from tests.ui.snapshots import ERROR, WARNING, make_player, make_scenes, make_snapshot
from ui.panel import PanelWindow
from ui.view_model import PanelViewModel
from ui.widgets.ports_view import short_count
from v2m_bridge.core import commands as do
from v2m_bridge.core.snapshot import Busy, Snapshot
from v2m_bridge.errors import DirectionError

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


CLICKS = [
    ("cue_emotion_sad", do.SetEmotion("1m01", "sad")),
    ("cue_new_take", do.SetSeed("1m01", 1)),
    ("scene_emotion_tense", do.SetEmotion("s0", "tense")),
    ("scene_mute", do.MuteScene("s0", True)),
    ("play", do.Play()),
    ("stop", do.Stop()),
    ("to_start", do.Locate(0.0)),
    ("loop_cue", do.Loop(0.0, 28.0)),
    ("panic", do.Panic()),
    ("apply", do.Apply("")),
    ("apply_1m02", do.Apply("1m02")),
    ("hold", do.Hold(True)),
    ("follow", do.Follow(True)),
    ("undo", do.Undo()),
]


@pytest.mark.parametrize(("name", "command"), CLICKS, ids=[name for name, _ in CLICKS])
def test_a_click_posts_its_command(panel: PanelWindow, engine: RecordingEngine, name: str, command: do.Command) -> None:
    click(find(panel, name))
    assert engine.posted == [command]


KEYS_PRESSED = [
    ("Space", KEY.Key_Space, Qt.KeyboardModifier.NoModifier, do.Play()),
    ("Home", KEY.Key_Home, Qt.KeyboardModifier.NoModifier, do.Locate(0.0)),
    ("Ctrl+Z", KEY.Key_Z, Qt.KeyboardModifier.ControlModifier, do.Undo()),
    (
        "Ctrl+Shift+Z", KEY.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, do.Redo()
    ),
    ("Esc", KEY.Key_Escape, Qt.KeyboardModifier.NoModifier, do.Panic()),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "key", "keys_held", "command"), KEYS_PRESSED, ids=[row[0] for row in KEYS_PRESSED])
@pytest.mark.parametrize("focused", ["timeline", "apply", "scene_intensity"])
def test_a_key_posts_its_command_wherever_the_focus_is(
    panel: PanelWindow,
    engine: RecordingEngine,
    focused: str,
    _name: str,
    key: Qt.Key,
    keys_held: Qt.KeyboardModifier,
    command: do.Command,
) -> None:
    find(panel, focused).setFocus()
    press(find(panel, focused), key, keys_held)
    assert engine.posted == [command]


def test_enter_presses_the_button_that_has_the_focus(panel: PanelWindow, engine: RecordingEngine) -> None:
    find(panel, "panic").setFocus()
    press(find(panel, "panic"), KEY.Key_Return)
    assert engine.posted == [do.Panic()]


def test_showing_a_snapshot_posts_nothing(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    assert panel.isVisible()
    for version, scenes in enumerate((make_scenes(), make_scenes()[:2], ()), start=42):
        engine.snapshot = make_snapshot(version=version, scenes=scenes, hold=True, follow=True, can_redo=True)
        view_model.refresh()
        view_model.step_selection(1)
    engine.snapshot = Snapshot(version=99)
    view_model.refresh()
    assert engine.posted == []


def test_a_refused_toggle_goes_back(panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine) -> None:
    click(find(panel, "hold"))
    assert find_button(panel, "hold").isChecked()
    engine.answers[1] = DirectionError("not now")
    view_model.refresh()
    assert not find_button(panel, "hold").isChecked()


def test_buttons_wait_until_there_is_something_to_do(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    assert find_button(panel, "undo").isEnabled()
    assert not find_button(panel, "redo").isEnabled()
    engine.snapshot = Snapshot(version=42)
    view_model.refresh()
    off = ("undo", "redo", "apply", "play", "stop", "loop_cue", "locate", "cue_primer", "scene_mute", "cue_new_take")
    assert [name for name in off if find(panel, name).isEnabled()] == []
    on = ("open", "panic", "hold", "follow")
    assert [name for name in on if not find(panel, name).isEnabled()] == []
    assert find_field(panel, "cue_primer").text() == ""


def test_a_time_that_cannot_be_read_is_marked_and_answered_with_a_sentence(
    panel: PanelWindow, engine: RecordingEngine
) -> None:
    field = enter(panel, "locate", "soon")
    assert engine.posted == []
    assert field.marked_text == "soon"
    assert "01:00:00:00" in text_of(panel, "status")


def test_ports_show_their_counters(panel: PanelWindow) -> None:
    table = panel.ports.table
    cells = [[table.item(row, column) for column in range(5)] for row in range(table.rowCount())]
    texts = [[cell.text() for cell in row if cell is not None] for row in cells]
    assert texts == [
        ["v2m_bridge Out", "rtmidi", "18k", "0", "0.4 ms"],
        ["127.0.0.1:9124", "osc", "9310", "3", "2.8 ms"],
        ["JACK", "jack", "0", "0", "–"],
    ]
    assert text_of(panel, "osc") == "OSC in 127.0.0.1:9123  ·  out 127.0.0.1:9124"


@pytest.mark.parametrize(("n", "text"), [(0, "0"), (9999, "9999"), (10_000, "10k"), (10_000_000, "10M")])
def test_counts_stay_short(n: int, text: str) -> None:
    assert short_count(n) == text


def test_messages_name_errors_first_and_each_once(panel: PanelWindow) -> None:
    said = panel.messages.list
    items = [said.item(row) for row in range(said.count())]
    texts = [item.text() for item in items if item is not None]
    assert texts == [
        f"Error: {ERROR}",
        "Warning: no JACK server runs; start one, or leave the port out",
        f"Warning: {WARNING}",
    ]


def test_what_the_engine_works_on_is_shown_while_it_does(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    assert not find(panel, "busy_progress").isVisible()
    engine.snapshot = make_snapshot(version=42, busy=Busy("Composing", 3, 8))
    view_model.refresh()
    assert text_of(panel, "busy") == "Composing…"
    assert (panel.status.progress.value(), panel.status.progress.maximum()) == (3, 8)
    engine.snapshot = make_snapshot(version=43)
    view_model.refresh()
    assert not find(panel, "busy_progress").isVisible()


def test_a_lost_engine_is_said_and_can_be_started_again(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine, qtbot: QtBot
) -> None:
    engine.lost = True
    view_model.refresh()
    assert "engine is gone" in text_of(panel, "status")
    with qtbot.waitSignal(panel.status.reattach, timeout=1000):
        click(find(panel, "reattach"))
    engine.lost = False
    engine.snapshot = make_snapshot(version=1)
    view_model.refresh()
    assert text_of(panel, "status") == "Ready"
    assert not find(panel, "reattach").isVisible()


def test_an_engine_that_never_answers_holds_nothing_up(
    panel: PanelWindow, engine: RecordingEngine, qtbot: QtBot
) -> None:
    beats: list[int] = []
    heart = QTimer()
    heart.timeout.connect(lambda: beats.append(len(engine.posted)))
    heart.start(0)
    for name, _ in CLICKS:
        before = len(engine.posted)
        click(find(panel, name))
        assert len(engine.posted) == before + 1
        beats.clear()
        qtbot.waitUntil(lambda: bool(beats), timeout=2000)
        assert beats[0] == before + 1
    heart.stop()
    assert len(engine.posted) == len(CLICKS)


def test_the_transport_shows_place_tempo_and_loop(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    assert text_of(panel, "position") == "01:00:17:08"
    assert text_of(panel, "tempo") == "96.0 bpm"
    playing = make_player(playing=True, loop_start_ns=0, loop_end_ns=28 * 10**9)
    engine.snapshot = make_snapshot(version=42, player=playing)
    view_model.refresh()
    assert find_button(panel, "loop_cue").isChecked()
    assert not find_button(panel, "play").isEnabled()
    click(find(panel, "loop_cue"))
    assert engine.posted == [do.Loop(0.0, 0.0)]


def test_a_file_that_is_dropped_is_opened(panel: PanelWindow, engine: RecordingEngine) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/films/cut.otio")])
    no_keys = Qt.KeyboardModifier.NoModifier
    panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, no_keys))
    data.setUrls([QUrl("https://example.org/cut.otio")])
    panel.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, no_keys))
    assert engine.posted == [do.OpenTimeline("/films/cut.otio")]


def test_open_asks_for_a_file_without_holding_the_window(panel: PanelWindow, engine: RecordingEngine) -> None:
    panel.ask_for_edit()
    dialog = panel.findChild(QFileDialog, "open_dialog")
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit("/films/other.otio")
    dialog.reject()
    assert engine.posted == [do.OpenTimeline("/films/other.otio")]


def test_every_control_is_named_labelled_and_explained(panel: PanelWindow) -> None:
    kinds = (QAbstractButton, QLineEdit, QComboBox, QSlider)
    controls = [control for kind in kinds for control in panel.findChildren(kind) if not _is_inside(control)]
    assert len(controls) > 30
    unnamed = [c for c in controls if not (c.objectName() and c.accessibleName() and c.toolTip())]
    assert unnamed == []
    names = [control.objectName() for control in controls]
    assert len(names) == len(set(names))


def _is_inside(control: QWidget) -> bool:
    """Whether Qt made this control as a part of another, as the corner of a table."""
    return control.objectName().startswith("qt_") or type(control) is QAbstractButton


@pytest.mark.parametrize("size", [(1280, 800), (900, 600)])
def test_every_control_has_room_for_its_text(panel: PanelWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    panel.resize(*size)
    qtbot.waitUntil(lambda: (panel.width(), panel.height()) == size, timeout=2000)
    settle(panel)
    whole = panel.rect()
    for control in panel.findChildren(QAbstractButton):
        if not control.isVisible() or _is_inside(control):
            continue
        assert control.width() >= control.fontMetrics().horizontalAdvance(control.text()), control.objectName()
        assert whole.contains(control.rect().translated(control.mapTo(panel, QPoint()))), control.objectName()
        assert control.visibleRegion().boundingRect() == control.rect(), control.objectName()

"""The panel on a real engine: clicks and keys change a primer and an emotion, and undo takes them back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mido
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.hands import bring_up, click, enter, find, find_button, find_choice, press, settle, text_of
from tests.ui.test_screens import REGIONS, SCREENS, n_colours, place_of
from ui.link import EngineLink
from ui.palette import dark_palette
from ui.panel import PanelWindow
from ui.selection import find_scene
from ui.view_model import PanelViewModel
from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import HANDED_OVER, LIVE, OpenTimeline

PATIENCE_S = 90
PATIENCE_MS = PATIENCE_S * 1000
CTRL = Qt.KeyboardModifier.ControlModifier


@dataclass(slots=True)
class Live:
    """A panel that attached to a running engine with an edit open."""

    window: PanelWindow
    view_model: PanelViewModel
    bridge: Bridge


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bridge, Path]]:
    """An engine with an edit open, and its session folder."""
    folder = tmp_path_factory.mktemp("live")
    subprocess.run([sys.executable, "-m", "tests.ui.make_edit", str(folder)], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("V2M_CACHE", str(folder / "cache"))
        with Bridge(folder / "session", ["--osc-in", "127.0.0.1:0"]) as bridge:
            bridge.do(OpenTimeline(str(folder / "cut.otio")))
            bridge.wait(lambda shown: bool(shown.cues) and shown.busy is None, timeout_s=PATIENCE_S)
            yield bridge, folder / "session"


@pytest.fixture
def live(running: tuple[Bridge, Path], qapp: QApplication, qtbot: QtBot) -> Iterator[Live]:
    qapp.setStyle("Fusion")
    qapp.setPalette(dark_palette())
    bridge, session = running
    link = EngineLink(session)
    view_model = PanelViewModel(link)
    link.pushed.connect(view_model.notice)
    window = PanelWindow(view_model)
    qtbot.addWidget(window)
    bring_up(window, qtbot)
    link.attach()
    qtbot.waitUntil(lambda: bool(view_model.snapshot.cues), timeout=PATIENCE_MS)
    yield Live(window, view_model, bridge)
    window.hide()
    link.close()


def wait_composed(live: Live, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: live.view_model.snapshot.busy is None, timeout=PATIENCE_MS)


def first_chords(live: Live) -> list[str]:
    cue = live.view_model.cue
    assert cue is not None
    return [chord.text for chord in cue.chords[:2]]


def lane_colours(window: PanelWindow) -> dict[str, int]:
    """Count the colours drawn in each lane, and around the controls: nothing is blank."""
    image, origin = window.grab().toImage(), window.timeline.mapTo(window, QPoint())
    lanes = {
        place: n_colours(image, window.timeline.layout_now.lane(place).toRect().translated(origin))
        for place in ("cues", "scenes", "chords")
    }
    return lanes | {name: n_colours(image, place_of(find(window, name), window)) for name in REGIONS}


def test_a_cue_is_handed_over_and_taken_back_and_its_midi_can_be_dragged_out(live: Live, qtbot: QtBot) -> None:
    def stands(stand: str) -> bool:
        """Whether panel, engine and player agree that the cue stands so."""
        cue, player = live.view_model.cue, live.bridge.latest().player
        told = player.stands.get("1m01", LIVE) if player is not None else ""
        return cue is not None and cue.number == "1m01" and cue.stand == stand == told

    cue = live.view_model.cue
    assert cue is not None
    midi: Any = mido.MidiFile(cue.midi)
    assert midi.length == pytest.approx(cue.end_s - cue.start_s, abs=0.5)
    assert find(live.window, "cue_midi").isEnabled()
    box = find_choice(live.window, "cue_stand")
    for stand in (HANDED_OVER, LIVE):
        box.setCurrentIndex(box.findText(stand))
        box.activated.emit(box.currentIndex())
        qtbot.waitUntil(partial(stands, stand), timeout=PATIENCE_MS)


def test_clicks_and_keys_steer_a_real_engine_and_undo_takes_it_back(live: Live, qtbot: QtBot) -> None:
    window, view_model = live.window, live.view_model
    before = first_chords(live)
    assert [scene.name for scene in view_model.snapshot.scenes[:2]] == ["Morning", "The ride begins"]

    field = enter(window, "cue_primer", "Dm G")
    qtbot.waitUntil(lambda: first_chords(live) == ["Dm", "G"], timeout=PATIENCE_MS)
    wait_composed(live, qtbot)
    assert field.text() == "Dm G"
    assert find_button(window, "apply").isEnabled()

    view_model.select_scene(view_model.snapshot.scenes[3].id)
    click(find(window, "scene_emotion_sad"))

    def dark_override() -> str:
        """Return what the engine says and the panel shows; a question mark while they differ."""
        snapshots = (live.bridge.latest(), view_model.snapshot)
        said = {scene.emotion_override for each in snapshots if (scene := find_scene(each, view_model.selection.scene))}
        return said.pop() if len(said) == 1 else "?"

    qtbot.waitUntil(lambda: dark_override() == "sad", timeout=PATIENCE_MS)
    assert find_button(window, "scene_emotion_sad").isChecked()
    assert find_button(window, "scene_emotion_clear").isEnabled()
    wait_composed(live, qtbot)
    settle(window)
    qtbot.waitUntil(lambda: lane_colours(window)["scenes"] > 500, timeout=PATIENCE_MS)
    assert all(n > 12 for n in lane_colours(window).values())
    SCREENS.mkdir(parents=True, exist_ok=True)
    assert window.grab().save(str(SCREENS / "panel-live.png"))

    press(find(window, "timeline"), Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: dark_override() == "", timeout=PATIENCE_MS)
    press(find(window, "timeline"), Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: first_chords(live) == before, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: field.text() == "", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: find_button(window, "redo").isEnabled(), timeout=PATIENCE_MS)
    assert not find_button(window, "undo").isEnabled()


def test_a_bad_chord_is_refused_by_the_engine_with_its_column_and_the_transport_answers_to_space(
    live: Live, qtbot: QtBot
) -> None:
    window, view_model = live.window, live.view_model
    field = enter(window, "cue_primer", "C Am Hm G")
    qtbot.waitUntil(lambda: field.marked_text == "Hm", timeout=PATIENCE_MS)
    assert "column 6" in text_of(window, "status")

    def is_playing() -> bool:
        player = view_model.snapshot.player
        return player is not None and player.playing

    press(find(window, "timeline"), Qt.Key.Key_Space)
    qtbot.waitUntil(is_playing, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: view_model.position_s > 0.3, timeout=PATIENCE_MS)
    press(find(window, "timeline"), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not is_playing(), timeout=PATIENCE_MS)
    press(find(window, "timeline"), Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: text_of(window, "position") == "01:00:00:00", timeout=PATIENCE_MS)

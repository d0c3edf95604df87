"""The inspectors: what is typed and clicked there, and what is shown of the answers."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QMimeData, QPoint, Qt
from PyQt6.QtWidgets import QSlider, QWidget

from tests.ui.engines import RecordingEngine
from tests.ui.hands import (
    click,
    drag,
    enter,
    find,
    find_as,
    find_button,
    find_choice,
    find_field,
    press,
    text_of,
    type_text,
)
from tests.ui.snapshots import make_snapshot
from ui.panel import PanelWindow
from ui.view_model import PanelViewModel
from ui.widgets.cue_inspector import KEYS
from ui.widgets.drag_out import DragOut
from v2m_bridge.core import commands as do
from v2m_bridge.core.harmony import parse_key
from v2m_bridge.errors import DirectionError, V2MError

KEY = Qt.Key


def answer(view_model: PanelViewModel, engine: RecordingEngine, error: V2MError | None) -> None:
    engine.answers[len(engine.posted)] = error
    view_model.refresh()


def test_a_word_is_typed_with_its_spaces_and_set_with_enter(panel: PanelWindow, engine: RecordingEngine) -> None:
    enter(panel, "cue_primer", "Am F C G/B")
    enter(panel, "cue_tempo", "70-140")
    enter(panel, "cue_seed", "12")
    enter(panel, "locate", "01:00:05:00")
    assert engine.posted == [
        do.SetPrimer("1m01", "Am F C G/B"),
        do.SetTempo("1m01", "70-140"),
        do.SetSeed("1m01", 12),
        do.Locate(5.0),
    ]


def test_undo_takes_back_typing_first_and_then_the_change(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    field = find_field(panel, "cue_primer")
    field.setFocus()
    type_text(field, "x")
    press(field, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert engine.posted == []
    enter(panel, "cue_primer", "Am")
    answer(view_model, engine, None)
    press(field, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert engine.posted == [do.SetPrimer("1m01", "Am"), do.Undo()]


def test_a_bad_primer_stays_with_its_bad_chord_marked_and_a_sentence_that_names_the_column(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    field = enter(panel, "cue_primer", "C Am Hm G")
    error = DirectionError("cannot read the chord 'Hm' at column 6", column=6, hint="Write Bm.")
    answer(view_model, engine, error)
    engine.snapshot = make_snapshot(version=42)
    view_model.refresh()
    assert field.text() == "C Am Hm G"
    assert field.marked_text == "Hm"
    assert field.cursorPosition() == 5
    assert "column 6" in text_of(panel, "cue_primer_note")
    assert find(panel, "cue_primer_note").isVisible()
    assert text_of(panel, "status") == "cannot read the chord 'Hm' at column 6; write Bm."
    type_text(field, "x")
    assert field.marked_text == ""
    assert not find(panel, "cue_primer_note").isVisible()


def test_the_mark_of_a_bad_chord_is_drawn_below_it(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    field = enter(panel, "cue_primer", "C Am Hm G")
    field.clearFocus()
    before = field.grab().toImage()
    field.mark(5, 7)
    field.clear_mark()
    assert field.grab().toImage() == before
    field.mark(5, 7)
    assert field.grab().toImage() != before
    answer(view_model, engine, None)
    assert field.grab().toImage() == before


def test_what_is_being_typed_is_left_alone_until_another_cue_is_selected(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    field = find_field(panel, "cue_primer")
    field.setFocus()
    type_text(field, " Dm")
    engine.snapshot = make_snapshot(version=42)
    view_model.refresh()
    assert field.text() == "C Am F G Dm"
    view_model.select_cue("1m02")
    assert field.text() == ""
    view_model.select_cue("1m01")
    assert field.text() == "C Am F G"


def test_the_inspectors_show_the_wishes_of_what_is_selected(panel: PanelWindow, view_model: PanelViewModel) -> None:
    view_model.select_cue("1m02")
    view_model.select_scene("s6")
    assert text_of(panel, "cue_title") == "Cue 1m02  In the air  (tense, staged)"
    assert find_choice(panel, "cue_key").currentText() == "D minor"
    assert find_choice(panel, "cue_style").currentText() == "tension-pulse"
    assert find_field(panel, "cue_tempo").text() == "90-130"
    assert find_field(panel, "cue_seed").text() == "7"
    assert find_button(panel, "cue_emotion_tense").isChecked()
    assert text_of(panel, "scene_title") == "Scene  Remembered"
    assert find_button(panel, "scene_mute").isChecked()
    assert find_button(panel, "scene_intensity_auto").isChecked()
    view_model.select_scene("s3")
    assert text_of(panel, "scene_intensity_value") == "80 %"
    assert find_button(panel, "scene_emotion_tense").isChecked()
    view_model.select_scene("s5")
    assert "Not seen" in text_of(panel, "scene_seen")


def test_an_override_is_cleared_by_its_button_or_by_a_second_click(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    view_model.select_scene("s3")
    click(find(panel, "scene_emotion_clear"))
    click(find(panel, "scene_emotion_tense"))
    assert engine.posted == [do.SetEmotion("s3", ""), do.SetEmotion("s3", "")]


def test_keys_and_styles_are_chosen_from_lists_that_begin_with_what_the_program_chose(
    panel: PanelWindow, engine: RecordingEngine
) -> None:
    key, style = find_choice(panel, "cue_key"), find_choice(panel, "cue_style")
    assert key.itemText(0) == "C major (auto)"
    assert len({parse_key(text) for text in KEYS}) == 24
    for box, text in ((key, "A minor"), (style, "reference")):
        index = box.findText(text)
        box.setCurrentIndex(index)
        box.activated.emit(index)
    key.setCurrentIndex(0)
    key.activated.emit(0)
    assert engine.posted == [do.SetKey("1m01", "A minor"), do.SetStyle("1m01", "reference"), do.SetKey("1m01", "")]


def test_entry_ending_rhythm_and_theme_are_set_and_taken_back(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    for name, text in (("cue_entry", "pickup"), ("cue_ending", "button")):
        box = find_choice(panel, name)
        box.setCurrentIndex(box.findText(text))
        box.activated.emit(box.currentIndex())
    enter(panel, "cue_rhythm", "vamp 2 bars")
    answer(view_model, engine, None)
    enter(panel, "cue_theme", "hero:minor")
    answer(view_model, engine, None)
    assert engine.posted == [
        do.SetEntry("1m01", "pickup"),
        do.SetEnding("1m01", "button"),
        do.SetRhythm("1m01", "vamp 2 bars"),
        do.SetTheme("1m01", "hero:minor"),
    ]
    view_model.select_cue("1m02")
    shown = [find_choice(panel, name).currentText() for name in ("cue_entry", "cue_ending")]
    assert shown == ["downbeat (auto)", "fade"]
    assert find_field(panel, "cue_theme").text() == "hero"


def test_how_a_cue_stands_with_the_daw_is_shown_and_chosen(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    box = find_choice(panel, "cue_stand")
    assert [box.itemText(index) for index in range(box.count())] == list(do.CUE_STANDS)
    assert box.currentText() == "handed over"
    assert text_of(panel, "cue_moved") == "moved +37 frames"
    for stand in (do.HELD, do.LIVE):
        box.setCurrentIndex(box.findText(stand))
        box.activated.emit(box.currentIndex())
    assert engine.posted == [do.StandCue("1m01", "held"), do.StandCue("1m01", "live")]
    answer(view_model, engine, DirectionError("no cue '1m01' plays"))
    assert box.currentText() == "handed over"
    view_model.select_cue("1m02")
    assert box.currentText() == "live"
    assert text_of(panel, "cue_moved") == ""


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_cue_whose_midi_another_program_takes_is_handed_over(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine, is_taken: bool
) -> None:
    handle, carried = find_as(DragOut, panel, "cue_midi"), list[str]()

    def carry(_: QWidget, data: QMimeData) -> bool:
        carried.extend(url.toLocalFile() for url in data.urls())
        return is_taken

    handle.carry = carry
    at = handle.rect().center()
    drag(handle, [at, at + QPoint(2, 0)])
    assert not carried
    drag(handle, [at, at + QPoint(2, 0), at + QPoint(40, 0), at + QPoint(60, 0)])
    assert carried == ["/films/ride/1m01 v003.mid"]
    assert engine.posted == ([do.StandCue("1m01", "handed over")] if is_taken else [])
    view_model.select_cue("1m02")
    assert not handle.isEnabled()
    assert "Apply the cue first" in handle.toolTip()


def test_intensity_is_sent_once_a_drag_ends_and_at_each_key(
    panel: PanelWindow, view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    view_model.select_scene("s3")
    slider = find(panel, "scene_intensity")
    assert isinstance(slider, QSlider)
    slider.setSliderDown(True)
    for value in (70, 60, 55):
        slider.setSliderPosition(value)
    assert engine.posted == []
    slider.setSliderDown(False)
    slider.setFocus()
    press(slider, KEY.Key_Right)
    click(find(panel, "scene_intensity_auto"))
    assert engine.posted == [do.SetIntensity("s3", 0.55), do.SetIntensity("s3", 0.56), do.SetIntensity("s3", -1.0)]

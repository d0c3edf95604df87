"""The selected cue: primer, emotion, key, style, tempo, seed, entry, ending, rhythm, theme, and how the DAW has it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.view_model import Answer, PanelViewModel
from ui.widgets.controls import ChoiceBox, ElidedLabel, button, label, name_control, plain_tip
from ui.widgets.drag_out import DragOut
from ui.widgets.emotion_buttons import EmotionButtons
from ui.widgets.wish_field import WishField
from v2m_bridge.core.commands import (
    HANDED_OVER,
    HELD,
    LIVE,
    SetEnding,
    SetEntry,
    SetPrimer,
    SetRhythm,
    SetSeed,
    SetTempo,
    SetTheme,
)
from v2m_bridge.core.direction import ENDINGS, ENTRIES
from v2m_bridge.core.harmony import Key, Mode
from v2m_bridge.core.snapshot import ShownCue

_STANDS: Final = {
    LIVE: "Live: plays and takes what is applied",
    HELD: "Held: plays on as it is, whatever is applied",
    HANDED_OVER: "Handed over: the DAW has its notes (dragged out, imported or recorded), so it is silent here",
}
_NO_MIDI: Final = "There is no MIDI file of this cue yet"
_MODES: Final[tuple[Mode, ...]] = ("major", "minor")
KEYS: Final = tuple(Key(tonic, mode).text() for mode in _MODES for tonic in range(12))


class CueInspector(QWidget):
    """Binds to the selected cue."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("cue_inspector")
        self._view_model = view_model
        self.title = ElidedLabel("cue_title", "heading")
        self.primer = WishField(
            "cue_primer", "Primer", 'Chords that the cue begins with, as in "C Am F G"; Enter sets them, empty clears'
        )
        self.emotion = EmotionButtons("cue_emotion", "the cue")
        self.key = _choice("cue_key", "Key", "Key of the cue")
        self.style_choice = _choice("cue_style", "Style", "Style in which the cue is arranged")
        self.tempo = WishField("cue_tempo", "Tempo", "A tempo such as 96 or a range such as 70-140; Enter sets it")
        self.entry = _choice("cue_entry", "Entry", "How the cue begins")
        self.ending = _choice("cue_ending", "Ending", "How the cue ends")
        self.rhythm = WishField(
            "cue_rhythm", "Rhythm", "How often chords change: pedal, vamp, 8 bars, or changes per slot such as 0.25"
        )
        self.theme = WishField("cue_theme", "Theme", "A theme that the cue states, as in hero or hero:minor")
        self.seed = WishField("cue_seed", "Seed", "Another whole number gives other music; Enter sets it")
        self.stand = _choice("cue_stand", "With the DAW", "")
        self.stand.setMinimumContentsLength(len(HANDED_OVER))
        for stand, tip in _STANDS.items():
            self.stand.addItem(stand, stand)
            self.stand.setItemData(self.stand.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.moved = ElidedLabel("cue_moved", "staged")
        self.midi = DragOut("cue_midi", "Drag MIDI", "")
        self.take = button("cue_new_take", "New take", "Compose the cue again with the next seed")
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        take = QHBoxLayout()
        take.setSpacing(4)
        take.addWidget(self.seed, 1)
        take.addWidget(self.take)
        wishes = QGridLayout()
        wishes.setHorizontalSpacing(8)
        wishes.setVerticalSpacing(6)
        wishes.setColumnStretch(1, 1)
        wishes.setColumnStretch(3, 1)
        emotion = QVBoxLayout()
        emotion.setSpacing(4)
        emotion.addWidget(label("Emotion", "quiet"), 1)
        emotion.addWidget(self.emotion.clear)
        wishes.addWidget(label("DAW", "quiet"), 0, 0)
        daw = QHBoxLayout()
        daw.setSpacing(8)
        daw.addWidget(self.stand)
        daw.addWidget(self.moved, 1)
        daw.addWidget(self.midi)
        wishes.addLayout(daw, 0, 1, 1, 3)
        wishes.addWidget(label("Primer", "quiet"), 1, 0)
        wishes.addWidget(self.primer, 1, 1, 1, 3)
        wishes.addLayout(emotion, 2, 0)
        wishes.addWidget(self.emotion, 2, 1, 1, 3)
        wishes.addWidget(label("Key", "quiet"), 3, 0)
        wishes.addWidget(self.key, 3, 1)
        wishes.addWidget(label("Style", "quiet"), 3, 2)
        wishes.addWidget(self.style_choice, 3, 3)
        wishes.addWidget(label("Tempo", "quiet"), 4, 0)
        wishes.addWidget(self.tempo, 4, 1)
        wishes.addWidget(label("Seed", "quiet"), 4, 2)
        wishes.addLayout(take, 4, 3)
        more = (("Entry", self.entry), ("Ending", self.ending), ("Rhythm", self.rhythm), ("Theme", self.theme))
        for place, (name, field) in enumerate(more):
            row, column = 5 + place // 2, place % 2 * 2
            wishes.addWidget(label(name, "quiet"), row, column)
            wishes.addWidget(field, row, column + 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 10)
        whole.setSpacing(8)
        whole.addWidget(self.title)
        whole.addLayout(wishes)
        whole.addStretch(1)

    def _connect(self) -> None:
        view_model = self._view_model
        self.primer.committed.connect(view_model.set_primer)
        self.tempo.committed.connect(view_model.set_tempo)
        self.seed.committed.connect(view_model.set_seed)
        self.rhythm.committed.connect(partial(view_model.set_form, SetRhythm))
        self.theme.committed.connect(partial(view_model.set_form, SetTheme))
        self.entry.activated.connect(lambda _: view_model.set_form(SetEntry, str(self.entry.currentData())))
        self.ending.activated.connect(lambda _: view_model.set_form(SetEnding, str(self.ending.currentData())))
        self.emotion.chosen.connect(view_model.set_cue_emotion)
        self.key.activated.connect(lambda _: view_model.set_key(str(self.key.currentData())))
        self.style_choice.activated.connect(lambda _: view_model.set_style(str(self.style_choice.currentData())))
        self.stand.activated.connect(lambda _: view_model.stand_cue(str(self.stand.currentData())))
        self.midi.taken.connect(partial(view_model.stand_cue, HANDED_OVER))
        self.take.clicked.connect(view_model.new_take)
        view_model.changed.connect(self._show)
        view_model.selected.connect(self._show)
        view_model.answered.connect(self._settle)

    def _show(self) -> None:
        snapshot, cue = self._view_model.snapshot, self._view_model.cue
        self.setEnabled(cue is not None)
        if cue is None:
            self.title.show_text("Cue: none yet")
            for field in (self.primer, self.tempo, self.seed, self.rhythm, self.theme):
                field.show_held("", "", "")
            self.emotion.show_override("")
            self.moved.show_text("")
            self.midi.offer("", _NO_MIDI)
            return
        self.title.show_text(_title(cue))
        self.primer.show_held(cue.number, cue.primer, "the program chooses")
        self.tempo.show_held(cue.number, cue.tempo_override, f"{cue.bpm:.1f} (auto)")
        self.seed.show_held(cue.number, str(cue.seed), "0")
        self.rhythm.show_held(cue.number, cue.rhythm_override, "auto")
        self.theme.show_held(cue.number, cue.theme_override, "auto")
        for box, known, chosen in (
            (self.entry, ENTRIES, cue.entry_override),
            (self.ending, ENDINGS, cue.ending_override),
        ):
            _show_choices(box, "auto" if chosen else f"{known[0]} (auto)", known, chosen)
        self.emotion.show_override(cue.emotion_override)
        _show_stand(self.stand, cue)
        self.moved.show_text(cue.moved_text, "on the edit since the DAW has its notes" if cue.moved_text else "")
        self.midi.offer("" if cue.is_staged else cue.midi, _midi_tip(cue))
        _show_choices(self.key, f"{cue.key} (auto)" if not cue.key_override else "auto", KEYS, cue.key_override)
        automatic = f"{cue.style} (auto)" if not cue.style_override else "auto"
        _show_choices(self.style_choice, automatic, snapshot.styles, cue.style_override)

    def _settle(self, answer: Answer) -> None:
        field = self._field_of(answer)
        if field is not None:
            field.settle(answer.error)
        elif answer.error is not None:
            self._show()

    def _field_of(self, answer: Answer) -> WishField | None:
        fields: dict[type, WishField] = {SetPrimer: self.primer, SetTempo: self.tempo, SetSeed: self.seed}
        fields |= {SetRhythm: self.rhythm, SetTheme: self.theme}
        concerns_shown_cue = getattr(answer.command, "cue", "") == self._view_model.selection.cue
        return fields.get(type(answer.command)) if concerns_shown_cue else None


def _title(cue: ShownCue) -> str:
    staged = ", staged" if cue.is_staged else ""
    return f"Cue {cue.number}  {cue.title}".rstrip() + f"  ({cue.emotion}{staged})"


def _midi_tip(cue: ShownCue) -> str:
    if cue.is_staged:
        return "Apply the cue first: what is dragged out is what plays"
    return plain_tip(f"Drag {Path(cue.midi).name} into the DAW; the cue is handed over then") if cue.midi else _NO_MIDI


def _show_stand(box: ChoiceBox, cue: ShownCue) -> None:
    """Show how a cue stands; an open list is left alone."""
    view = box.view()
    if view is None or not view.isVisible():
        box.setCurrentIndex(max(0, box.findData(cue.stand)))
        box.setToolTip(_STANDS.get(cue.stand, ""))


def _choice(name: str, what: str, tip: str) -> ChoiceBox:
    box = ChoiceBox()
    name_control(box, name, what, tip)
    box.setMinimumContentsLength(4)
    box.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box


def _show_choices(box: ChoiceBox, automatic: str, choices: Sequence[str], chosen: str) -> None:
    """Offer "auto" and the choices, and show which holds; an open list is left alone."""
    view = box.view()
    if view is not None and view.isVisible():
        return
    wanted = [automatic, *choices]
    if chosen and chosen not in choices:
        wanted.append(chosen)
    if [box.itemText(index) for index in range(box.count())] != wanted:
        box.clear()
        for text in wanted:
            box.addItem(text, "" if text is automatic else text)
    box.setCurrentIndex(max(0, box.findData(chosen)))

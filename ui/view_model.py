"""What the panel's widgets bind to: snapshots come out, commands go in.  Thread: GUI."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from ui.edit_time import position_s, seconds_of_label
from ui.selection import Selection, cue_selected, find_cue, kept, scene_selected, stepped
from v2m_bridge.core import commands as do
from v2m_bridge.core.snapshot import ShownCue, Snapshot
from v2m_bridge.errors import DirectionError, V2MError

FRAME_MS: Final = 33
"""The panel draws 30 times a second at most."""
_FRAME_NS: Final = FRAME_MS * 1_000_000


class EngineSide(Protocol):
    """What the panel needs of the engine: a `Bridge`, or the link that is still making one."""

    @property
    def lost(self) -> bool:
        """Whether the engine is gone."""

    def latest(self) -> Snapshot:
        """Return the newest snapshot."""

    def post(self, command: do.Command) -> int:
        """Send a command and return at once; the id of its answer is returned."""

    def answer(self, ask_id: int) -> V2MError | bool | None:
        """Return False while there is no answer, None once the command holds, else why it was refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command; `error` is None once it holds."""

    command: do.Command
    error: V2MError | None


class PanelViewModel(QObject):
    """The newest snapshot, the selection, and every command that the panel can give."""

    changed = pyqtSignal(object)
    """Snapshot"""
    selected = pyqtSignal(object)
    """Selection"""
    moved = pyqtSignal(float)
    """Seconds of the edit where the transport stands."""
    answered = pyqtSignal(object)
    """Answer"""
    lost = pyqtSignal()
    """The engine is gone."""

    def __init__(self, engine: EngineSide, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        super().__init__()
        self._engine, self._now_ns = engine, now_ns
        self._shown = engine.latest()
        self._selection = kept(Selection(), self._shown)
        self._asked: dict[int, do.Command] = {}
        self._refreshed_ns = -_FRAME_NS
        self._is_lost = False
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.refresh)
        self._frames = QTimer(self)
        self._frames.setInterval(FRAME_MS)
        self._frames.timeout.connect(self._tell_position)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that is shown."""
        return self._shown

    @property
    def selection(self) -> Selection:
        """What is selected."""
        return self._selection

    @property
    def cue(self) -> ShownCue | None:
        """The selected cue."""
        return find_cue(self._shown, self._selection.cue)

    @property
    def position_s(self) -> float:
        """Seconds of the edit where the transport stands now."""
        return position_s(self._shown.player, self._now_ns())

    # -- from the engine ------------------------------------------------------------------------------------------

    def notice(self) -> None:
        """Refresh soon, for the engine has pushed something; 30 times a second at most."""
        if not self._due.isActive():
            wait_ns = self._refreshed_ns + _FRAME_NS - self._now_ns()
            self._due.start(min(FRAME_MS, max(0, -(-wait_ns // 1_000_000))))

    def refresh(self) -> None:
        """Show the newest snapshot and the answers that came."""
        self._refreshed_ns = self._now_ns()
        if (snapshot := self._engine.latest()) is not self._shown:
            self._shown = snapshot
            self._select(kept(self._selection, snapshot))
            self.changed.emit(snapshot)
            self._follow_playhead()
        for ask_id, command in list(self._asked.items()):
            answer = self._engine.answer(ask_id)
            if answer is not False:
                del self._asked[ask_id]
                self.answered.emit(Answer(command, answer if isinstance(answer, V2MError) else None))
        if self._engine.lost != self._is_lost:
            self._is_lost = self._engine.lost
            if self._is_lost:
                self._asked.clear()
                self.lost.emit()

    # -- selection ------------------------------------------------------------------------------------------------

    def select_cue(self, number: str) -> None:
        """Select a cue, and a scene in which it sounds."""
        self._select(cue_selected(self._selection, self._shown, number))

    def select_scene(self, scene_id: str) -> None:
        """Select a scene, and the cue that sounds in it."""
        self._select(scene_selected(self._selection, self._shown, scene_id))

    def step_selection(self, step: int) -> None:
        """Move the selection by this many cues or scenes."""
        self._select(stepped(self._selection, self._shown, step))

    def select_cue_lane(self) -> None:
        """Let arrow keys move from cue to cue."""
        self._select(replace(self._selection, lane="cue"))

    def select_scene_lane(self) -> None:
        """Let arrow keys move from scene to scene."""
        self._select(replace(self._selection, lane="scene"))

    # -- commands -------------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Open an edit or a video."""
        self._post(do.OpenTimeline(path))

    def play_or_stop(self) -> None:
        """Roll where the transport stands still, else stop."""
        player = self._shown.player
        self._post(do.Stop() if player is not None and player.playing else do.Play())

    def play(self) -> None:
        """Roll."""
        self._post(do.Play())

    def stop(self) -> None:
        """Stop."""
        self._post(do.Stop())

    def panic(self) -> None:
        """End every note at once."""
        self._post(do.Panic())

    def locate(self, seconds: float) -> None:
        """Go to a time of the edit."""
        self._post(do.Locate(min(max(0.0, seconds), max(0.0, self._shown.length_s))))

    def locate_label(self, text: str) -> None:
        """Go to a timecode of the edit; one that cannot be read is answered with a sentence."""
        try:
            seconds = seconds_of_label(self._shown, text)
        except DirectionError as exc:
            self.answered.emit(Answer(do.Locate(0.0), exc))
        else:
            self.locate(seconds)

    def loop_cue(self, on: bool) -> None:
        """Loop the selected cue, or end the loop."""
        if not on:
            self._post(do.Loop(0.0, 0.0))
        elif self.cue is not None:
            self._post(do.Loop(self.cue.start_s, self.cue.end_s))

    def set_primer(self, text: str) -> None:
        """Give the selected cue its first chords."""
        self._post_for_cue(do.SetPrimer, text)

    def set_key(self, text: str) -> None:
        """Give the selected cue a key; empty text leaves it to the program."""
        self._post_for_cue(do.SetKey, text)

    def set_style(self, text: str) -> None:
        """Give the selected cue a style; empty text takes the default."""
        self._post_for_cue(do.SetStyle, text)

    def set_tempo(self, text: str) -> None:
        """Give the selected cue a tempo or a range; empty text takes the default."""
        self._post_for_cue(do.SetTempo, text)

    def set_form(self, command: type[do.SetEntry | do.SetEnding | do.SetRhythm | do.SetTheme], text: str) -> None:
        """Give the selected cue an entry, an ending, a rhythm or a theme; empty text takes it back."""
        self._post_for_cue(command, text)

    def set_seed(self, text: str) -> None:
        """Give the selected cue a seed; text that is no whole number is answered with a sentence."""
        if self.cue is None:
            return
        if text.strip().isdecimal():
            self._post(do.SetSeed(self.cue.number, int(text)))
        else:
            error = DirectionError(f"{text[:40]!r} is not a whole number from 0 up", hint="Write a seed like 7.")
            self.answered.emit(Answer(do.SetSeed(self.cue.number, 0), error))

    def new_take(self) -> None:
        """Give the selected cue the next seed."""
        if self.cue is not None:
            self._post(do.SetSeed(self.cue.number, (self.cue.seed + 1) % 2**63))

    def stand_cue(self, stand: str) -> None:
        """Say how the selected cue stands with the DAW, see `StandCue`."""
        self._post_for_cue(do.StandCue, stand)

    def set_cue_emotion(self, text: str) -> None:
        """Override the emotion of the selected cue; empty text clears the override."""
        self._post_for_cue(do.SetEmotion, text)

    def set_scene_emotion(self, text: str) -> None:
        """Override the emotion of the selected scene; empty text clears the override."""
        if self._selection.scene:
            self._post(do.SetEmotion(self._selection.scene, text))

    def set_intensity(self, intensity: float) -> None:
        """Set the intensity 0..1 of the selected scene; a negative number clears it."""
        if self._selection.scene:
            self._post(do.SetIntensity(self._selection.scene, intensity))

    def mute_scene(self, muted: bool) -> None:
        """Silence the selected scene, or let it sound again."""
        if self._selection.scene:
            self._post(do.MuteScene(self._selection.scene, muted))

    def undo(self) -> None:
        """Take the last change back."""
        self._post(do.Undo())

    def redo(self) -> None:
        """Do the change again that was taken back."""
        self._post(do.Redo())

    def apply(self, cue: str = "") -> None:
        """Let staged music play from the next bar line; empty takes every cue."""
        self._post(do.Apply(cue))

    def hold(self, on: bool) -> None:
        """Keep what plays."""
        self._post(do.Hold(on))

    def follow(self, on: bool) -> None:
        """Apply staged music by itself."""
        self._post(do.Follow(on))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _post_for_cue(self, command: Callable[[str, str], do.Command], text: str) -> None:
        if self._selection.cue:
            self._post(command(self._selection.cue, text))

    def _post(self, command: do.Command) -> None:
        try:
            self._asked[self._engine.post(command)] = command
        except V2MError as exc:
            self.answered.emit(Answer(command, exc))

    def _select(self, selection: Selection) -> None:
        if selection != self._selection:
            self._selection = selection
            self.selected.emit(selection)

    def _follow_playhead(self) -> None:
        player = self._shown.player
        playing = player is not None and player.playing
        if playing != self._frames.isActive():
            self._frames.start() if playing else self._frames.stop()
        self._tell_position()

    def _tell_position(self) -> None:
        self.moved.emit(self.position_s)

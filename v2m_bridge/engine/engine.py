"""The only writer of state: takes messages from its inbox one by one, and pushes snapshots."""

from __future__ import annotations

import queue
from collections.abc import Callable
from functools import partial
from pathlib import Path

from v2m_bridge.core import commands as do
from v2m_bridge.core import playing as tell
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.score import Score
from v2m_bridge.core.snapshot import Busy, Snapshot
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import ComposeRequest, Means, ThumbnailsRequest
from v2m_bridge.engine import inbox as on
from v2m_bridge.engine.desks import Desks, transport_message
from v2m_bridge.engine.display import Display
from v2m_bridge.engine.edits import edited
from v2m_bridge.engine.session import Applied, Edited, Opened, Redone, Session, Undone
from v2m_bridge.engine.show import shown_score
from v2m_bridge.engine.stands import as_they_stood
from v2m_bridge.engine.takes import order
from v2m_bridge.engine.watcher import is_there
from v2m_bridge.errors import DirectionError, TimelineError, V2MError, disk_error
from v2m_bridge.version_store import FOLDER, read_version, restored, with_wishes


class Engine:
    """State and rules of the daemon.  Thread: one; everything reaches it through `post`."""

    def __init__(
        self,
        session: Session,
        desks: Desks,
        means: Means,
        push: Callable[[Snapshot], None],
        *,
        inbox: queue.SimpleQueue[on.Message] | None = None,
        osc_in: str = "",
        osc_out: tuple[str, ...] = (),
    ) -> None:
        self._session, self._desks, self._means = session, desks, means
        self._inbox: queue.SimpleQueue[on.Message] = inbox or queue.SimpleQueue()
        self._opening: Path | None = None  # what shall be opened once it can be read
        self._edit: Timeline | PlainVideo | None = None
        self._timeline: Timeline | None = None  # the edit as it was composed; None while a composition is to come
        self._staged: Score | None = None
        self._left_behind: tuple[str, ...] = ()  # wishes that could not follow the last re-edit
        self._read_token = self._work_token = self._generation = 0
        thumbnails = str(session.folder / "thumbnails")
        self._display = Display(Snapshot(version=0, thumbnails_dir=thumbnails, osc_in=osc_in, osc_out=osc_out), push)
        self._show, self._report = self._display.show, self._display.report

    def post(self, message: on.Message) -> None:
        """Put a message into the inbox.  Thread: any."""
        self._inbox.put(message)

    def run(self) -> None:
        """Restore the session, then serve the inbox until `End`."""
        self._restore()
        while True:
            try:
                message = self._inbox.get(timeout=self._display.patience_s)
            except queue.Empty:
                message = None
            if isinstance(message, on.End):
                self._display.answer_all()
                return
            if message is not None:
                self._handle(message)
            self._display.refresh()

    def _handle(self, message: on.Message) -> None:
        try:
            if not isinstance(message, on.Asked):
                return self._take(message)
            self._follow(message.command)
            self._display.answer(partial(message.answer, None))
        except (V2MError, OSError) as exc:
            error = exc if isinstance(exc, V2MError) else disk_error(exc)
            if isinstance(message, on.Asked):
                self._display.answer(partial(message.answer, error))
            else:
                self._report(error.sentence())

    def _take(self, message: on.Message) -> None:
        match message:
            case on.FileChanged():
                self._read()
            case on.EditRead():
                self._on_read(message)
            case on.WorkProgress(token=token) if token == self._work_token:
                self._show(busy=Busy(message.label, message.done, message.total))
            case on.WorkDone(token=token) if token == self._work_token:
                self._on_composed(message)
            case on.PlayerSaid(state=state):
                self._show(player=state)
            case on.PlayerLost(sentence=sentence):
                self._report(sentence)
            case on.PicturesReady():
                self._show()

    # -- commands -------------------------------------------------------------------------------------------------

    def _follow(self, command: do.Command) -> None:
        match command:
            case do.OpenTimeline(path=path):
                self._open(Path(path))
            case do.Undo():
                self._step(Undone(), possible=self._shown.can_undo, what="undo")
            case do.Redo():
                self._step(Redone(), possible=self._shown.can_redo, what="redo")
            case do.RestoreVersion(cue=cue, version=version):
                self._restore_version(cue, version)
            case do.Apply(cue=cue):
                self._apply(cue)
            case do.Hold(on=is_on) | do.Follow(on=is_on):
                self._show(**{"hold" if isinstance(command, do.Hold) else "follow": is_on})
                self._apply_when_following()
            case do.SaveTake() | do.StandCue():
                if (message := order(command, self._session)) is not None:
                    self._desks.play(message)
                    self._show_staged()
            case do.Play() | do.Stop() | do.Locate() | do.Loop() | do.Panic():
                self._desks.play(transport_message(command))
            case _:
                self._edit_direction(command)

    def _open(self, path: Path) -> None:
        """Watch and read another edit; what is open stays until that is read.  The same one is read again."""
        if not is_there(path):
            raise TimelineError(f"there is no {path}", hint="Name a timeline export, a video or a folder.")
        source = self._session.history.source
        self._opening = path if str(path) != source else None
        if not source:
            self._begin(path)
        self._desks.watch(path)
        self._read()

    def _begin(self, path: Path) -> None:
        """Start afresh with an edit."""
        live = self._session.history.live
        self._session.record(Opened(str(path)))
        self._opening = self._edit = self._timeline = self._staged = None
        self._forget_work()  # what is being composed belongs to the edit before
        for cue in live:
            self._desks.play(tell.DropCue(cue))
        self._show(source=str(path), name="", scenes=(), cues=(), warnings=(), can_undo=False, can_redo=False)

    def _edit_direction(self, command: do.Command) -> None:
        cues = [cue.number for cue in self._shown.cues]
        scenes = [scene.id for scene in self._shown.scenes]
        now, styles = self._session.history.now.direction, self._shown.styles
        direction = edited(now, command, cues=cues, scenes=scenes, styles=styles)
        if direction != now:
            self._session.record(Edited(direction))
            self._show_staged()
            self._compose()

    def _step(self, record: Undone | Redone, *, possible: bool, what: str) -> None:
        if not possible:
            raise DirectionError(f"there is nothing to {what}", hint="Make a change first.")
        self._session.record(record)
        self._forget_work()
        now = self._session.history.now
        stored = self._session.score(now.head, now.music)
        if stored is not None:
            self._staged = stored
        self._show_staged()
        timeline = self._timeline
        if stored is None or not now.is_composed or timeline is None or stored.revision != timeline.revision:
            self._compose()
        self._apply_when_following()

    def _restore_version(self, cue: str, number: int) -> None:
        """Stage the music of a version, which its wishes would compose; nothing is composed."""
        version = read_version(self._session.folder / "score" / FOLDER, cue, number)
        self._staged = restored(self._music(), version)
        self._forget_work()
        self._session.record(Edited(with_wishes(self._session.history.now.direction, version)))
        self._session.record(self._session.keep(self._staged))
        self._show_staged()
        self._apply_when_following()

    # -- reading and composing ------------------------------------------------------------------------------------

    def _restore(self) -> None:
        history = self._session.history
        self._staged = self._session.score(history.now.head, history.now.music)
        live = self._session.score(history.live_head, history.live)
        if live is not None:
            for told in as_they_stood(self._session, live):
                self._desks.play(told) if isinstance(told, tell.SetCueStand) else self._load(*told)
        elif history.live_head:
            self._session.record(Applied("", {}))  # its files are gone: what is composed next plays at once
        if history.source:
            self._show(source=history.source)
            self._desks.watch(Path(history.source))
            self._read()
        self._show_staged()

    def _read(self) -> None:
        self._read_token += 1
        self._display.reading(True)
        path = self._opening or Path(self._session.history.source)
        self._desks.read(self._read_token, path, None if self._opening else self._session.edit)

    def _on_read(self, read: on.EditRead) -> None:
        if read.token != self._read_token:
            return
        self._display.reading(False)
        if read.edit is None:
            self._report(read.error.sentence() if read.error else "the edit could not be read")
            return
        if self._opening is not None:
            self._begin(self._opening)
        edit, self._left_behind = read.edit, ()
        if not isinstance(edit, PlainVideo):
            edit, self._left_behind = self._session.recut(edit)
        self._edit, self._timeline = edit, None
        self._compose()

    def _compose(self) -> None:
        if self._edit is None:
            return
        self._work_token += 1
        request = ComposeRequest(
            means=self._means,
            timeline=self._edit if isinstance(self._edit, Timeline) else None,
            video=self._edit if isinstance(self._edit, PlainVideo) else None,
            direction=self._session.history.now.direction,
            kept=self._staged,
            out_dir=str(self._session.folder / "score"),
            midi_dir=str(self._session.midi),
        )
        self._display.composing(True)
        self._desks.compose(self._work_token, request)

    def _forget_work(self) -> None:
        self._work_token += 1
        self._display.composing(False)

    def _on_composed(self, done: on.WorkDone) -> None:
        self._display.composing(False)
        if done.composed is None:
            self._report(done.error.sentence() if done.error else "the music could not be composed")
            return
        score, self._timeline = done.composed.score, done.composed.timeline
        self._staged = score
        self._session.record(self._session.keep(score))
        self._show(warnings=(*self._left_behind, *done.composed.warnings), styles=done.composed.styles)
        if not self._session.history.live_head:
            self._apply("")
        self._show_staged()
        self._apply_when_following()
        self._desks.thumbnails(ThumbnailsRequest(scenes=self._timeline.scenes, folder=self._shown.thumbnails_dir))

    # -- applying -------------------------------------------------------------------------------------------------

    def _apply_when_following(self) -> None:
        if self._shown.follow and not self._shown.hold and self._staged is not None:
            self._apply("")

    def _apply(self, cue: str) -> None:
        now, live = self._session.history.now, self._session.history.live
        music = self._music()
        if cue and cue not in now.music and cue not in live:
            raise DirectionError(f"there is no cue {cue[:40]!r}", hint=f"The cues are {', '.join(now.music)}.")
        changed, plays = self._session.history.applied(cue)
        if changed or self._session.history.live_head != now.head:
            self._session.record(Applied(now.head, plays))
        self._load(music, [number for number in changed if number in now.music])
        for number in (number for number in changed if number not in now.music):
            self._desks.play(tell.DropCue(number))
        self._show_staged()

    def _music(self) -> Score:
        if self._staged is None:
            raise DirectionError("there is no music yet", hint="Open a timeline first.")
        return self._staged

    def _load(self, score: Score, numbers: list[str]) -> None:
        self._desks.play(tell.LoadEdit(edit_sheet_of(score)))
        for cue in score.cues:
            if cue.number in numbers:
                self._generation += 1
                self._desks.play(tell.LoadCue(programme_of(score, cue, self._generation, routing=self._means.routing)))

    @property
    def _shown(self) -> Snapshot:
        return self._display.now

    def _show_staged(self) -> None:
        history, now, score = self._session.history, self._session.history.now, self._staged
        staged = frozenset(number for number, music in now.music.items() if history.live.get(number) != music)
        shown = shown_score(score, now.direction, staged, history.stands, self._session.midi) if score else {}
        self._show(can_undo=history.at > 0, can_redo=history.at + 1 < len(history.revisions), **shown)

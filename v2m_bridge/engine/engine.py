"""The only writer of state: takes messages from its inbox one by one, and pushes snapshots."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import commands as do
from v2m_bridge.core import playing as tell
from v2m_bridge.core.programme import edit_sheet_of, programme_of
from v2m_bridge.core.score import Score
from v2m_bridge.core.snapshot import Busy, Snapshot
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import ComposeRequest, Means, ThumbnailsRequest
from v2m_bridge.engine import inbox as on
from v2m_bridge.engine.desks import Desks, transport_message
from v2m_bridge.engine.edits import edited
from v2m_bridge.engine.session import Applied, Edited, Opened, Redone, Session, Undone
from v2m_bridge.engine.show import shown_cues, shown_scenes
from v2m_bridge.errors import DirectionError, V2MError

SNAPSHOT_EVERY_S: Final = 1 / 30
MAX_ERRORS_SHOWN: Final = 5


class Engine:
    """State and rules of the daemon.  Thread: one; everything reaches it through `post`."""

    def __init__(
        self,
        session: Session,
        desks: Desks,
        means: Means,
        push: Callable[[Snapshot], None],
        *,
        osc_in: str = "",
        osc_out: tuple[str, ...] = (),
    ) -> None:
        self._session, self._desks, self._means, self._push = session, desks, means, push
        self._inbox: queue.SimpleQueue[on.Message] = queue.SimpleQueue()
        self._edit: Timeline | PlainVideo | None = None
        self._timeline: Timeline | None = None
        self._staged: Score | None = None
        self._read_token = self._work_token = self._generation = 0
        self._errors: deque[str] = deque(maxlen=MAX_ERRORS_SHOWN)
        thumbnails = str(session.folder / "thumbnails")
        self._shown = Snapshot(version=0, thumbnails_dir=thumbnails, osc_in=osc_in, osc_out=osc_out)
        self._dirty, self._pushed_at = True, 0.0

    def post(self, message: on.Message) -> None:
        """Put a message into the inbox.  Thread: any."""
        self._inbox.put(message)

    def run(self) -> None:
        """Restore the session, then serve the inbox until `End`."""
        self._restore()
        while True:
            try:
                message = self._inbox.get(timeout=SNAPSHOT_EVERY_S if self._dirty else 1.0)
            except queue.Empty:
                message = None
            if isinstance(message, on.End):
                return
            if message is not None:
                self._handle(message)
            self._push_when_due()

    def _handle(self, message: on.Message) -> None:
        match message:
            case on.Asked(command=command, answer=answer):
                try:
                    self._follow(command)
                except V2MError as exc:
                    answer(exc)
                else:
                    answer(None)
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
            case do.Apply(cue=cue):
                self._apply(cue)
            case do.Hold(on=is_on):
                self._show(hold=is_on)
                self._apply_when_following()
            case do.Follow(on=is_on):
                self._show(follow=is_on)
                self._apply_when_following()
            case do.Play() | do.Stop() | do.Locate() | do.Loop() | do.Panic():
                self._desks.play(transport_message(command))
            case _:
                self._edit_direction(command)

    def _open(self, path: Path) -> None:
        self._session.record(Opened(str(path)))
        self._edit = self._timeline = self._staged = None
        for cue in self._shown.cues:
            self._desks.play(tell.DropCue(cue.number))
        self._show(source=str(path), name="", scenes=(), cues=(), can_undo=False, can_redo=False)
        self._desks.watch(path)
        self._read()

    def _edit_direction(self, command: do.Command) -> None:
        cues = [cue.number for cue in self._shown.cues]
        scenes = [scene.id for scene in self._shown.scenes]
        direction = edited(self._session.history.now.direction, command, cues=cues, scenes=scenes)
        if direction == self._session.history.now.direction:
            return
        self._session.record(Edited(direction))
        self._show_staged()
        self._compose()

    def _step(self, record: Undone | Redone, *, possible: bool, what: str) -> None:
        if not possible:
            raise DirectionError(f"there is nothing to {what}", hint="Make a change first.")
        self._session.record(record)
        self._work_token += 1
        self._show(busy=None)
        now = self._session.history.now
        stored = self._session.score(now.head, now.music)
        if stored is not None:
            self._staged = stored
        self._show_staged()
        if stored is None or (self._timeline is not None and stored.revision != self._timeline.revision):
            self._compose()
        self._apply_when_following()

    # -- reading and composing ------------------------------------------------------------------------------------

    def _restore(self) -> None:
        history = self._session.history
        self._staged = self._session.score(history.now.head, history.now.music)
        live = self._session.score(history.live_head, history.live)
        if live is not None:
            self._load(live, [cue.number for cue in live.cues])
        if history.source:
            self._show(source=history.source)
            self._desks.watch(Path(history.source))
            self._read()
        self._show_staged()

    def _read(self) -> None:
        self._read_token += 1
        self._show(busy=Busy("Reading the edit", 0, 1))
        self._desks.read(self._read_token, Path(self._session.history.source))

    def _on_read(self, read: on.EditRead) -> None:
        if read.token != self._read_token:
            return
        self._show(busy=None)
        if read.edit is None:
            self._report(read.error.sentence() if read.error else "the edit could not be read")
            return
        self._edit = read.edit
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
        )
        self._show(busy=Busy("Composing", 0, 1))
        self._desks.compose(self._work_token, request)

    def _on_composed(self, done: on.WorkDone) -> None:
        self._show(busy=None)
        if done.composed is None:
            self._report(done.error.sentence() if done.error else "the music could not be composed")
            return
        score, self._timeline = done.composed.score, done.composed.timeline
        self._staged = score
        self._session.record(self._session.keep(score))
        self._show(warnings=done.composed.warnings, styles=done.composed.styles)
        if not self._session.history.live_head:
            self._apply("")
        self._show_staged()
        self._apply_when_following()
        self._desks.thumbnails(ThumbnailsRequest(timeline=done.composed.timeline, folder=self._shown.thumbnails_dir))

    # -- applying -------------------------------------------------------------------------------------------------

    def _apply_when_following(self) -> None:
        if self._shown.follow and not self._shown.hold:
            self._apply("")

    def _apply(self, cue: str) -> None:
        now, live = self._session.history.now, self._session.history.live
        if self._staged is None:
            raise DirectionError("there is no music yet", hint="Open a timeline first.")
        if cue and cue not in now.music and cue not in live:
            raise DirectionError(f"there is no cue {cue[:40]!r}", hint=f"The cues are {', '.join(now.music)}.")
        names = [cue] if cue else [*now.music, *(number for number in live if number not in now.music)]
        changed = [number for number in names if live.get(number) != now.music.get(number)]
        plays = {**live, **{number: now.music[number] for number in changed if number in now.music}}
        plays = {number: music for number, music in plays.items() if number in now.music or number not in changed}
        if changed or self._session.history.live_head != now.head:
            self._session.record(Applied(now.head, plays))
        self._load(self._staged, [number for number in changed if number in now.music])
        for number in changed:
            if number not in now.music:
                self._desks.play(tell.DropCue(number))
        self._show_staged()

    def _load(self, score: Score, numbers: list[str]) -> None:
        self._desks.play(tell.LoadEdit(edit_sheet_of(score)))
        for cue in score.cues:
            if cue.number in numbers:
                self._generation += 1
                self._desks.play(tell.LoadCue(programme_of(score, cue, self._generation)))

    # -- showing --------------------------------------------------------------------------------------------------

    def _report(self, sentence: str) -> None:
        self._errors.append(sentence)
        self._show(errors=tuple(self._errors))

    def _show_staged(self) -> None:
        history, score = self._session.history, self._staged
        can = {"can_undo": history.at > 0, "can_redo": history.at + 1 < len(history.revisions)}
        if score is None:
            self._show(**can)
            return
        now = history.now
        staged = frozenset(number for number, music in now.music.items() if history.live.get(number) != music)
        self._show(
            name=score.name,
            rate=score.rate,
            start_frame=score.start_frame,
            drop_frame=score.drop_frame,
            length_s=score.frame_time(score.n_frames).seconds,
            scenes=shown_scenes(score, now.direction),
            cues=shown_cues(score, now.direction, staged),
            vision=score.vision,
            **can,
        )

    def _show(self, **changed: object) -> None:
        self._shown = msgspec.structs.replace(self._shown, version=self._shown.version + 1, **changed)
        self._dirty = True

    def _push_when_due(self) -> None:
        now = time.monotonic()
        if self._dirty and now - self._pushed_at >= SNAPSHOT_EVERY_S:
            self._dirty, self._pushed_at = False, now
            self._push(self._shown)

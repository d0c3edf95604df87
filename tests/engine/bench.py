"""An engine in a thread, with its desks replaced by a recorder."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from v2m_bridge.core import commands as do
from v2m_bridge.core import playing
from v2m_bridge.core.score import Score
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, Means, ThumbnailsRequest
from v2m_bridge.engine.engine import Engine
from v2m_bridge.engine.inbox import Asked, EditRead, End, Message, WorkDone
from v2m_bridge.engine.session import Session
from v2m_bridge.errors import V2MError

RATE = Fraction(25)
EDIT = Path(__file__)  # what it says is read by a recorder
TIMELINE = Timeline(
    "cut", RATE, (Scene("s1", "Shot", FrameTime(0, RATE), FrameTime(100, RATE)),), FrameTime(0, RATE), source_path="cut"
)


class RecordedDesks:
    """Remembers what the engine asked for."""

    def __init__(self) -> None:
        self.reads: list[int] = []
        self.previous: Timeline | None = None
        self.composes: list[tuple[int, ComposeRequest]] = []
        self.told: list[playing.ToPlayer] = []

    def read(self, token: int, path: Path, previous: Timeline | None) -> None:
        self.reads.append(token)
        self.previous = previous

    def compose(self, token: int, request: ComposeRequest) -> None:
        self.composes.append((token, request))

    def thumbnails(self, request: ThumbnailsRequest) -> None:
        return None

    def watch(self, path: Path) -> None:
        return None

    def play(self, message: playing.ToPlayer) -> None:
        self.told.append(message)

    @property
    def loads(self) -> list[tuple[str, int]]:
        return [(m.programme.cue, m.programme.generation) for m in self.told if isinstance(m, playing.LoadCue)]


class Bench:
    """An engine in a thread, asked one thing after the other."""

    def __init__(self, folder: Path) -> None:
        self.desks = RecordedDesks()
        self.session = Session(folder)
        self.pushed: list[Snapshot] = []
        self.engine = Engine(self.session, self.desks, Means(cache_dir=""), self.pushed.append)
        self._thread = threading.Thread(target=self.engine.run, daemon=True)
        self._thread.start()

    def ask(self, command: do.Command) -> V2MError | None:
        answers: list[V2MError | None] = []
        answered = threading.Event()

        def answer(error: V2MError | None) -> None:
            answers.append(error)
            answered.set()

        self.engine.post(Asked(command, answer))
        assert answered.wait(5)
        return answers[0]

    def post(self, message: Message) -> None:
        """Post a message and wait until it was handled: a refused command after it is answered later."""
        self.engine.post(message)
        self.ask(do.Apply("no such cue"))

    def opened(self, score: Score) -> None:
        assert self.ask(do.OpenTimeline(str(EDIT))) is None
        self.post(EditRead(self.desks.reads[-1], TIMELINE))
        self.composed(score)

    def composed(self, score: Score, token: int | None = None) -> None:
        token = self.desks.composes[-1][0] if token is None else token
        self.post(
            WorkDone(token, Composed(score=score, timeline=TIMELINE, warnings=(), paths=(), styles=("felt-piano",)))
        )

    def close(self) -> None:
        self.engine.post(End())
        self._thread.join(5)
        self.session.close()


def louder(score: Score, number: str) -> Score:
    """The same score with other notes in one cue."""
    cues = []
    for cue in score.cues:
        if cue.number == number:
            parts = tuple(
                replace(part, notes=tuple(note._replace(velocity=note.velocity % 127 + 1) for note in part.notes))
                for part in cue.parts
            )
            cue = replace(cue, parts=parts)
        cues.append(cue)
    return replace(score, cues=tuple(cues))

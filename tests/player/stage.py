"""A player on a clock that the test turns, with outputs that write down what leaves them, and a strict listener."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from tests.scores import make_cue, make_score
from v2m_bridge.arrange.splice import until
from v2m_bridge.core.commands import HANDED_OVER
from v2m_bridge.core.playing import DropCue, LoadCue, SetCueStand, SinkState, TakeOver, ToPlayer
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.score import ControlChange, Note, Part, Score
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.engine.cue_stories import CueStories
from v2m_bridge.errors import OutputError
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.player import Player
from v2m_bridge.player.sayings import Said, Saying
from v2m_bridge.player.send_queue import Sent
from v2m_bridge.player.sinks import Wanted
from v2m_bridge.player.sinks.base import MidiSink, Sink
from v2m_bridge.player.sounding import NoteTable, NoteTables
from v2m_bridge.player.sync.chase import Chase

MS = 1_000_000
TICK_MS = 10
BLOCK_NS = 5 * MS


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self, now_ns: int = 100 * NS_PER_S) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


class Listener:
    """What stands at the other end: every note-on must find its pitch silent, every note-off must find it sounding."""

    def __init__(self) -> None:
        self.sounding: set[tuple[int, int]] = set()
        self.heard: list[Sent] = []
        self.ons: list[tuple[int, int, int]] = []
        self.faults: list[str] = []
        self.controllers: dict[tuple[int, int], int] = {}
        self.is_reopening = False

    def hear(self, sent: Sent, at_ns: int) -> None:
        """Take one message."""
        due_ns, message = sent
        if self.heard and max(due_ns, at_ns) < self.heard[-1].due_ns:
            self.faults.append(f"{message!r} came after a later event")
        self.heard.append(Sent(max(due_ns, at_ns), message))
        kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if kind == NOTE_ON:
            self.is_reopening = False
            self.ons.append((due_ns, *key))
            if key in self.sounding:
                self.faults.append(f"note {key} begins while it sounds")
            self.sounding.add(key)
        elif kind == NOTE_OFF:
            if key not in self.sounding and not self.is_reopening:
                self.faults.append(f"note {key} ends while it is silent")
            self.sounding.discard(key)
        else:
            self.controllers[key] = message[2] if len(message) > 2 else 0


class FakeSink(MidiSink):
    """A MIDI output whose cycles the test runs."""

    kind: ClassVar[str] = "fake"
    start_delay_ns = 10 * MS

    def __init__(self, table: NoteTable, clock: FakeClock, ahead_ns: int, listener: Listener) -> None:
        super().__init__("fake", table)
        self._clock, self._ahead_ns, self._listener = clock, ahead_ns, listener
        self._until_ns = self.now_ns()
        self.is_shut = False

    def open(self) -> None:
        self._listener.is_reopening = True

    def close(self) -> None:
        self.is_shut = True

    def now_ns(self) -> int:
        return self._clock.now_ns + self._ahead_ns

    def settle(self, timeout_s: float) -> None:
        del timeout_s
        self._cycle(self._until_ns)

    def pump(self) -> None:
        """Run the cycles up to now; after a stall only the last of them."""
        now_ns = self.now_ns()
        at_ns = max(self._until_ns, now_ns - 2 * BLOCK_NS)
        while at_ns <= now_ns:
            self._cycle(at_ns)
            at_ns += BLOCK_NS

    def _cycle(self, at_ns: int) -> None:
        if self.is_shut or self.lost:
            return
        self._until_ns = at_ns + BLOCK_NS
        for sent in self.queue.take(at_ns, self._until_ns):
            self._listener.hear(sent, at_ns)


class FakeOsc(Sink):
    """An output that writes down what it is told to say."""

    kind: ClassVar[str] = "osc"

    def __init__(self, clock: FakeClock) -> None:
        super().__init__("osc")
        self._clock = clock
        self.sayings: list[Saying] = []
        self.said: list[Said] = []

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def now_ns(self) -> int:
        return self._clock.now_ns

    def state(self) -> SinkState:
        return SinkState(self.name, self.kind, len(self.sayings), 0, 0)

    def hand_sayings(self, sayings: Sequence[Saying], offset_ns: int) -> None:
        self.sayings += [saying._replace(at_ns=saying.at_ns + offset_ns) for saying in sayings]

    def say(self, said: Said) -> None:
        self.said.append(said)


class Stage:
    """A player with one MIDI output and one OSC output."""

    def __init__(self, *, chase: Callable[[], Chase] | None = None, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.listener = Listener()
        self.osc = FakeOsc(self.clock)
        self.sink: FakeSink | None = None
        self.may_open = True
        self.stories = CueStories()
        self._n_opened = 0
        self._generation = 0
        self._tables, self._chase = NoteTables(), chase
        self.player = self._new_player()
        self.player.open()

    def _new_player(self) -> Player:
        outlets = Outlets(
            [Wanted("fake", "a"), Wanted("osc", "b")], self._tables, monotonic=self.clock, make=self._make
        )
        return Player(outlets, monotonic=self.clock, chase=self._chase() if self._chase else None)

    def hand_over(self, dead_ms: int) -> None:
        """Let the player die, and its spare take over so much later."""
        last = self.player.state()
        if self.sink is not None:
            self.sink.close()
        self.stall(dead_ms)
        self.player = self._new_player()
        for message in self.stories.all():
            self.player.follow(message)
        self.player.follow(TakeOver(last.playing, last.at_ns, last.at_mono_ns, last.loop_start_ns, last.loop_end_ns))

    def _make(self, kind: str, name: str, table: NoteTable) -> Sink:
        del name
        if kind == "osc":
            return self.osc
        if not self.may_open:
            raise OutputError("the port is not there")
        self._n_opened += 1
        self.sink = FakeSink(table, self.clock, self._n_opened * 7 * NS_PER_S, self.listener)
        return self.sink

    def load(self, score: Score, number: str = "1m01") -> Programme:
        """Give the player a cue of a score."""
        cue = score.cue_of(number)
        assert cue is not None
        self._generation += 1
        programme = programme_of(score, cue, self._generation)
        self._tell(LoadCue(programme))
        return programme

    def _tell(self, message: ToPlayer) -> None:
        self.stories.take(message)
        self.player.follow(message)

    def stand(self, number: str, stand: str) -> None:
        """Say how a cue stands with the DAW."""
        self._tell(SetCueStand(number, stand))

    def due_programmes(self) -> list[Programme]:
        """What ought to play: of each cue the newest, or the one that is held, or none where it is handed over."""
        due: dict[str, Programme] = {}
        held: set[str] = set()
        for message in self.stories.all():
            match message:
                case LoadCue(programme=programme) if programme.cue not in held:
                    due[programme.cue] = programme
                case SetCueStand(cue=cue, stand=stand):
                    held.add(cue)
                    if stand == HANDED_OVER:
                        due.pop(cue, None)
        return list(due.values())

    def drop(self, number: str) -> None:
        """Take a cue from the player."""
        self._tell(DropCue(number))

    def run(self, ms: int) -> None:
        """Let time pass, with everybody on duty."""
        for _ in range(ms // TICK_MS):
            self.clock.now_ns += TICK_MS * MS
            self.player.tick()
            self.pump()

    def stall(self, ms: int) -> None:
        """Let time pass with nobody on duty."""
        self.clock.now_ns += ms * MS
        self.pump()

    def pump(self) -> None:
        if self.sink is not None:
            self.sink.pump()

    def position_ms(self) -> float:
        """Where the transport stands."""
        return self.player.state().at_ns / MS


def score_with_pad(shape: int = 0, *, pad_pitch: int = 72) -> Score:
    """Return 8 s at 25 fps and 120 bpm: struck chords and a bass, and a pad whose notes last two bars (4 s)."""
    quarter = 960
    struck = tuple(Note(beat * quarter, quarter // 2 + 37 * shape, 60 + shape, 70 + shape) for beat in range(16))
    doubled = tuple(Note(beat * quarter, 3 * quarter, 60 + shape, 90) for beat in range(0, 16, 2))
    pad = tuple(Note(bar * 4 * quarter, 8 * quarter, pad_pitch + shape, 50) for bar in (0, 2))
    swell = tuple(ControlChange(tick, 11, 20 + tick // 200) for tick in range(0, 16 * quarter, 480))
    parts = (Part("chords", 1, 0, struck), Part("figures", 1, 0, doubled), Part("pad", 5, 89, pad, swell))
    return make_score(n_frames=200, cues=(make_cue(out_frame=200, parts=parts),))


def two_cues(shape: int) -> Score:
    """Return two cues that meet at 4 s on the same channels."""
    parts = until(score_with_pad(shape).cues[0].parts, make_cue(out_frame=100).end_tick)
    halves = (
        make_cue("1m01", in_frame=0, out_frame=100, parts=parts),
        make_cue("1m02", in_frame=100, out_frame=200, parts=parts[::-1]),
    )
    return make_score(n_frames=200, cues=halves)

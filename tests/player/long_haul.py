"""Eight hours in a minute and a half: a player that follows a DAW's timecode, on three clocks that drift apart.

The monotonic clock turns; the output's clock gains on it, and the tape runs at a speed of its own.  Every note-on that
leaves is laid on the tape: which note of the edit it is, and how far from its place it sounds.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from tests.player.daw import MidiTape, Tape
from tests.player.long_ears import FPS, FRAME_NS, Onsets, TapeListener, sink_ns
from tests.player.stage import MS, FakeClock, FakeSink, Listener, Stage
from tests.scores import make_cue, make_score
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.playing import LoadCue, LoadEdit
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import NS_PER_S, TempoMap
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.chase import Chase
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.mtc import quarter_frame
from v2m_bridge.player.sync.sources.base import Source
from v2m_bridge.player.sync.timecode_label import MtcRate

QUARTER_NS = FRAME_NS // 4
START_NS = 320 * MS
STEP_NS = 100 * MS
"""Between two ticks; ten times as coarse as the player's own, and within its lookahead."""
FINE_STEP_NS = 10 * MS
"""Between two ticks where the tape once turned back: what lies behind it waits for the next word of the tape."""
TURN_NS = 500 * MS
"""What is near such a place."""
JITTER_NS = 2 * MS
CUE_S = 7_200
LOG = 2_000


class SparseTape(MidiTape):
    """Sends every quarter frame of a start, and from there one of sixteen: what a bad cable lets through, at 25 fps."""

    def __init__(self, place: EditPlace, tape: Tape, clock: FakeClock) -> None:
        super().__init__(place, tape, clock, MtcRate.PAL, 0)
        self.chance = random.Random(8)  # noqa: S311  jitter
        self.began_ns = 0
        """Where on the tape it was started, or jumped to, last."""
        self.turn_ns = -TURN_NS
        """Where on the tape it jumped back last."""
        self.is_cut = False

    def is_near_turn(self, at_ns: int) -> bool:
        return abs(at_ns - self.turn_ns) < TURN_NS

    def take(self) -> list[Report]:
        since_ns, self._sent_to_ns = self._sent_to_ns, self._clock.now_ns
        anchor_ns, from_ns, speed = self.tape.line
        if speed == 0 or self.is_cut:
            return []
        since_ns = max(since_ns, anchor_ns)
        first = -(-self.tape.at_ns(since_ns) // QUARTER_NS)
        last = -(-self.tape.at_ns(self._clock.now_ns) // QUARTER_NS)
        starts_ns = self.began_ns + START_NS
        quarters = ((q, q * QUARTER_NS) for q in range(first, last))
        sent = [q for q, at_ns in quarters if q % 16 == 0 or at_ns < starts_ns or self.is_near_turn(at_ns)]
        reports = []
        for quarter in sent:
            at_ns = anchor_ns + int((quarter * QUARTER_NS - from_ns) / speed) + self.chance.randrange(JITTER_NS)
            report = self._reports.hear(quarter_frame(quarter, self.rate), at_ns)
            if report is not None:
                reports.append(report)
        self.warning = self._reports.warning
        return reports


class HaulSink(FakeSink):
    """A MIDI output with a clock of its own, and one cycle for each tick."""

    step_ns = STEP_NS

    def now_ns(self) -> int:
        return sink_ns(self._clock.now_ns)

    def pump(self) -> None:
        now_ns = self.now_ns()
        for sent in self.queue.take(now_ns, sink_ns(self._clock.now_ns + self.step_ns)):
            self._listener.hear(sent, now_ns)


class HaulStage(Stage):
    """A player whose outputs keep little of what leaves them."""

    def __init__(self, ears: Listener, clock: FakeClock, *, chase: Callable[[], Chase] | None = None) -> None:
        self._ears = ears
        super().__init__(chase=chase, clock=clock)
        self.listener = ears
        self.osc.sayings = deque(maxlen=LOG)  # type: ignore[assignment]
        self.osc.said = deque(maxlen=LOG)  # type: ignore[assignment]

    def _make(self, kind: str, name: str, table: NoteTable) -> Sink:
        if kind == "osc":
            return self.osc
        self.sink = sink = HaulSink(table, self.clock, 0, self._ears)
        sink.queue.log = deque(maxlen=LOG)
        return sink

    def step_ns(self) -> int:
        """Return the time to the next tick."""
        return STEP_NS

    def run(self, ms: int) -> None:
        """Let time pass."""
        end_ns = self.clock.now_ns + ms * MS
        while self.clock.now_ns < end_ns:
            step_ns = min(self.step_ns(), end_ns - self.clock.now_ns)
            self.clock.now_ns += step_ns
            if isinstance(self.sink, HaulSink):
                self.sink.step_ns = step_ns
            self.player.tick()
            self.pump()


class LongHaul(HaulStage):
    """A player that follows timecode through hours of music."""

    def __init__(self, hours: int) -> None:
        clock = FakeClock()
        self.began_ns = clock.now_ns
        score = edit_of(hours)
        self._programmes = [programme_of(score, cue, 1) for cue in score.cues]
        self.tape = Tape(clock)
        self.source = SparseTape(EditPlace(), self.tape, clock)
        self.ears = TapeListener(self.tape, Onsets(self._programmes))
        super().__init__(self.ears, clock, chase=lambda: Chase("mtc", self._source, monotonic=clock))
        self.player.follow(LoadEdit(edit_sheet_of(score)))
        for programme in self._programmes:
            self.player.follow(LoadCue(programme))

    def _source(self, place: EditPlace) -> Source:
        self.source.place = place
        self.source._reports._place = place  # type: ignore[attr-defined]
        return self.source

    def step_ns(self) -> int:
        """Return the time to the next tick."""
        is_near = self.source.is_near_turn(self.tape.at_ns() + STEP_NS)
        return FINE_STEP_NS if is_near else super().step_ns()

    def bend(self, ppm: int) -> None:
        """Let the tape run at another speed."""
        self.tape.roll(Fraction(1_000_000 + ppm, 1_000_000))
        if self.ears.stretch is not None:
            self.ears.stretch.line = self.tape.line

    def jump(self, to_ns: int) -> None:
        """Let the tape go elsewhere while it rolls, and check what sounds there."""
        self.check()
        if to_ns < self.tape.at_ns():
            self.source.turn_ns = self.tape.at_ns()
        self.tape.locate(to_ns)
        self.source.began_ns = to_ns
        self.run(3_000)
        self.ears.check_entry(to_ns)

    def stop_and_start(self) -> None:
        """Let the tape stand for some seconds."""
        self.check()
        speed, at_ns = self.tape.speed, self.tape.at_ns()
        self.tape.roll(0)
        self.run(3_000)
        assert not self.ears.sounding
        assert self.ears.stretch is None
        self.tape.roll(speed)
        self.source.began_ns = at_ns
        self.run(3_000)
        self.ears.check_entry(at_ns)

    def cut(self, ms: int) -> None:
        """Let the cable carry nothing for a while; playing goes on."""
        before, self.source.is_cut = self.ears.stretch, True
        self.run(ms)
        self.source.is_cut, self.source.began_ns = False, self.tape.at_ns()
        self.run(1_000)
        assert self.ears.stretch is before

    def apply(self) -> None:
        """Give the player another generation of the cue that plays."""
        number = min(self.tape.at_ns() // (CUE_S * NS_PER_S), len(self._programmes) - 1)
        self._generation += 1
        self._programmes[number] = replace(self._programmes[number], generation=1 + self._generation)
        self.player.follow(LoadCue(self._programmes[number]))

    def applied(self) -> dict[str, int]:
        """Newest generation of each cue."""
        return {programme.cue: programme.generation for programme in self._programmes}

    def check(self) -> None:
        """Playing is within a frame of the tape, and no onset was left out so far."""
        drift_ns = self.tape.at_ns() - self.player.state().at_ns
        self.ears.worst_ns = max(self.ears.worst_ns, abs(drift_ns))
        self.ears.check_so_far(self.tape.at_ns())


def edit_of(hours: int) -> Score:
    """Return an edit of cues of two hours each, with a chord and a bass every two seconds."""
    n_frames = hours * 3_600 * FPS
    size = CUE_S * FPS
    cues = [
        make_cue(f"1m{number:02}", in_frame=at, out_frame=at + size, tempo=TempoMap.constant(60))
        for number, at in enumerate(range(0, n_frames, size), start=1)
    ]
    return make_score(n_frames=n_frames, cues=cues, start="00:00:00:00")

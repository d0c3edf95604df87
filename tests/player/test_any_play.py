"""Any sequence of commands, swaps and losses leaves no note hanging."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.player.stage import MS, Stage, two_cues
from v2m_bridge.core import playing as say

_AT_NS = st.integers(0, 9_000).map(lambda ms: ms * MS)


class AnyPlay(RuleBasedStateMachine):
    """What a user, an edit and a bad cable can do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.load(two_cues(0))

    @rule(shape=st.integers(0, 3), number=st.sampled_from(("1m01", "1m02")))
    def swap(self, shape: int, number: str) -> None:
        self.stage.load(two_cues(shape), number)

    @rule(number=st.sampled_from(("1m01", "1m02", "9m99")))
    def drop(self, number: str) -> None:
        self.stage.player.follow(say.DropCue(number))

    @rule()
    def play(self) -> None:
        self.stage.player.follow(say.StartRolling())

    @rule()
    def stop(self) -> None:
        self.stage.player.follow(say.StopRolling())

    @rule(at_ns=_AT_NS)
    def locate(self, at_ns: int) -> None:
        self.stage.player.follow(say.LocateTo(at_ns))

    @rule(start_ns=_AT_NS, length_ms=st.integers(0, 3_000))
    def loop(self, start_ns: int, length_ms: int) -> None:
        self.stage.player.follow(say.LoopBetween(start_ns, start_ns + length_ms * MS))

    @rule()
    def panic(self) -> None:
        self.stage.player.follow(say.EndAllNotes())
        self.stage.stall(5)
        assert not self.stage.listener.sounding or not self.stage.may_open

    @precondition(lambda self: self.stage.may_open)
    @rule()
    def lose_the_sink(self) -> None:
        self.stage.may_open = False
        assert self.stage.sink is not None
        self.stage.sink.lost = "unplugged"

    @precondition(lambda self: not self.stage.may_open)
    @rule()
    def find_the_sink(self) -> None:
        self.stage.may_open = True
        self.stage.run(1_100)

    @rule(ms=st.integers(10, 2_500))
    def run_on(self, ms: int) -> None:
        self.stage.run(ms)
        if not self.stage.player.state().playing and self.stage.may_open:
            n_ons = len(self.stage.listener.ons)
            self.stage.run(200)
            assert not self.stage.listener.sounding
            assert len(self.stage.listener.ons) == n_ons

    @rule(ms=st.integers(10, 400))
    def stall(self, ms: int) -> None:
        self.stage.stall(ms)

    @invariant()
    def every_note_on_has_one_note_off(self) -> None:
        assert not self.stage.listener.faults

    @invariant()
    def the_table_knows_every_sounding_note(self) -> None:
        sink = self.stage.sink
        assert sink is not None
        assert self.stage.listener.sounding <= set(sink.table.sounding())

    def teardown(self) -> None:
        if not self.stage.may_open:
            self.find_the_sink()
        self.stage.player.follow(say.Quit())
        assert not self.stage.listener.faults
        assert not self.stage.listener.sounding


AnyPlay.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestAnyPlay = AnyPlay.TestCase

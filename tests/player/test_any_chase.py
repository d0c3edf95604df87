"""Whatever a DAW, an edit and a bad cable do, in any order: no note hangs, and after a jump the score's own sounds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.player.daw import ChasingStage
from tests.player.oracle import ought
from tests.player.stage import MS, Stage, two_cues
from v2m_bridge.core import playing as say
from v2m_bridge.core.commands import CUE_STANDS

_AT_NS = st.integers(0, 9_000).map(lambda ms: ms * MS)
_SPEEDS = st.sampled_from((Fraction(1), Fraction(999, 1000), Fraction(1001, 1000), Fraction(9, 10), Fraction(11, 10)))
_TOLERANCE_NS = 25 * MS
_SETTLED_MS = 60
_DRIFT_IS_GONE_MS = 4_500
"""A change of speed by a tenth leaves 46 ms, which take three seconds at the most that the player bends."""


def check_what_sounds(stage: Stage, entered_ns: int) -> None:
    """Compare what the listener hears with what the score says, after playing entered at a place and rolled on."""
    expected = ought(stage.due_programmes(), entered_ns, stage.player.state().at_ns, _TOLERANCE_NS)
    sounding = stage.listener.sounding
    assert expected.must <= sounding, "a note of the score is missing"
    assert sounding <= expected.may, "a note sounds that the score does not have here"
    heard = stage.listener.controllers
    assert {key: heard.get(key) for key in expected.controllers} == expected.controllers


class AnyPlaying(RuleBasedStateMachine):
    """What both transports have in common."""

    stage: Stage

    @rule(shape=st.integers(0, 3), number=st.sampled_from(("1m01", "1m02")))
    def swap(self, shape: int, number: str) -> None:
        self.stage.load(two_cues(shape), number)

    @rule(number=st.sampled_from(("1m01", "1m02", "9m99")))
    def drop(self, number: str) -> None:
        self.stage.drop(number)

    @rule(number=st.sampled_from(("1m01", "1m02")), stand=st.sampled_from(CUE_STANDS))
    def stand(self, number: str, stand: str) -> None:
        self.stage.stand(number, stand)

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

    @precondition(lambda self: self.stage.may_open)
    @rule(dead_ms=st.integers(10, 300))
    def hand_over(self, dead_ms: int) -> None:
        self.stage.hand_over(dead_ms)

    @rule(ms=st.integers(10, 400))
    def stall(self, ms: int) -> None:
        self.stage.stall(ms)

    @rule(ms=st.integers(10, 1_500))
    def run_on(self, ms: int) -> None:
        self.stage.run(ms)
        if not self.stage.player.state().playing and self.stage.may_open:
            self.stage.run(60)
            if not self.stage.player.state().playing:
                assert not self.stage.listener.sounding

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


class AnyLed(AnyPlaying):
    """The panel leads."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.load(two_cues(0))
        self.stage.load(two_cues(0), "1m02")

    @rule()
    def play(self) -> None:
        self.stage.player.follow(say.StartRolling())

    @rule()
    def stop(self) -> None:
        self.stage.player.follow(say.StopRolling())

    @rule(start_ns=_AT_NS, length_ms=st.integers(0, 3_000))
    def loop(self, start_ns: int, length_ms: int) -> None:
        self.stage.player.follow(say.LoopBetween(start_ns, start_ns + length_ms * MS))

    @rule(at_ns=_AT_NS)
    def locate_within_the_loop_or_without(self, at_ns: int) -> None:
        self.stage.player.follow(say.LocateTo(at_ns))

    @rule(at_ns=_AT_NS)
    def locate(self, at_ns: int) -> None:
        self.stage.player.follow(say.LoopBetween(0, 0))
        self.stage.player.follow(say.LocateTo(at_ns))
        self.stage.run(_SETTLED_MS)
        if self.stage.player.state().playing and self.stage.may_open:
            check_what_sounds(self.stage, at_ns)


class AnyChase(AnyPlaying):
    """A DAW leads."""

    stage: ChasingStage

    def __init__(self) -> None:
        super().__init__()
        self.stage = ChasingStage()
        self.stage.load(two_cues(0))
        self.stage.load(two_cues(0), "1m02")
        self.stage.source.jitter_ns = 2 * MS

    @rule(speed=_SPEEDS)
    def roll(self, speed: Fraction) -> None:
        self.stage.tape.roll(speed)

    @rule()
    def stop(self) -> None:
        self.stage.tape.roll(0)

    @rule(speed=st.sampled_from((-1, Fraction(1, 4), 4)))
    def scrub(self, speed: Fraction | int) -> None:
        self.stage.tape.roll(speed)
        self.stage.run(_SETTLED_MS)
        if self.stage.may_open and self._is_heard:
            n_ons = len(self.stage.listener.ons)
            self.stage.run(100)
            assert not self.stage.listener.sounding
            assert len(self.stage.listener.ons) == n_ons

    @rule()
    def lose_or_find_the_sync(self) -> None:
        self.stage.source.mute = not self.stage.source.mute

    @rule()
    def close_the_source(self) -> None:
        self.stage.source.lost = "unplugged"

    @rule(at_ns=_AT_NS)
    def locate(self, at_ns: int) -> None:
        self.stage.tape.locate(at_ns)
        far = abs(self.stage.player.state().at_ns - at_ns) > 200 * MS
        self.stage.run(_SETTLED_MS)
        rolls = self.stage.player.state().playing
        if rolls and far and self.stage.may_open and self._is_heard:
            check_what_sounds(self.stage, at_ns)

    @rule()
    def no_drift_stays(self) -> None:
        self.stage.run(_DRIFT_IS_GONE_MS)
        if self.stage.player.state().playing and self._is_heard:
            assert abs(self.stage.drift_ms()) < 5

    @property
    def _is_heard(self) -> bool:
        return not self.stage.source.mute and not self.stage.source.lost


_QUICK = settings(max_examples=20, stateful_step_count=25)
_LONG = settings(max_examples=400, stateful_step_count=40)


@pytest.mark.parametrize("machine", [AnyLed, AnyChase])
def test_any_order_of_what_can_happen(machine: type[AnyPlaying]) -> None:
    run_state_machine_as_test(machine, settings=_QUICK)


@pytest.mark.long
@pytest.mark.parametrize("machine", [AnyLed, AnyChase])
def test_any_longer_order_of_what_can_happen(machine: type[AnyPlaying]) -> None:
    run_state_machine_as_test(machine, settings=_LONG)

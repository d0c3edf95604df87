"""The player chases a DAW: it starts, stops and jumps with it, and drifts neither away nor audibly back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.player.daw import ChasingStage, FakeSource
from tests.player.stage import MS, score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_ON
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.delay_lock import DelayLock
from v2m_bridge.player.sync.sources.osc_source import OscSource
from v2m_bridge.player.transport import Transport

PAD = (4, 72)


@pytest.fixture
def stage() -> ChasingStage:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.run(50)
    return stage


def _sync(stage: ChasingStage) -> say.SyncState:
    sync = stage.player.state().sync
    assert sync is not None
    return sync


def test_playing_starts_and_stops_with_the_source_and_stays_within_a_millisecond(stage: ChasingStage) -> None:
    stage.tape.roll()
    stage.run(1_000)
    assert stage.player.state().playing
    assert abs(stage.drift_ms()) < 1
    assert stage.listener.sounding
    stage.tape.roll(0)
    stage.run(50)
    assert not stage.player.state().playing
    assert not stage.listener.sounding
    assert stage.drift_ms() == 0
    assert not stage.listener.faults


def test_a_locate_while_stopped_is_silent_and_armed(stage: ChasingStage) -> None:
    stage.tape.locate(3_000 * MS)
    stage.run(300)
    assert not stage.listener.heard
    assert stage.position_ms() == 3_000
    stage.tape.roll()
    stage.run(100)
    assert next(tuple(rest) for _, *rest in stage.listener.ons) in {PAD, (0, 60)}
    first_on = next(i for i, sent in enumerate(stage.listener.heard) if sent.message[0] & 0xF0 == NOTE_ON)
    assert any(sent.message[:2] == b"\xb4\x0b" for sent in stage.listener.heard[:first_on])


def test_a_jump_while_rolling_ends_notes_and_lets_the_pad_alone_sound_again(stage: ChasingStage) -> None:
    stage.tape.roll()
    stage.run(900)
    before = len(stage.listener.ons)
    stage.tape.locate(5_250 * MS)
    stage.run(40)
    assert [tuple(rest) for _, *rest in stage.listener.ons[before:]] == [PAD]
    assert stage.listener.sounding == {PAD}
    assert not stage.listener.faults
    assert abs(stage.drift_ms()) < 1


@pytest.mark.parametrize("speed", [Fraction(1001, 1000), Fraction(999, 1000), Fraction(95, 100), Fraction(105, 100)])
def test_another_speed_is_followed_without_a_jump(stage: ChasingStage, speed: Fraction) -> None:
    stage.tape.roll()
    stage.run(500)
    restarts = stage.listener.controllers.get((0, 123))
    stage.tape.roll(speed)
    worst = 0.0
    for _ in range(500):
        stage.run(10)
        worst = max(worst, abs(stage.drift_ms()))
    assert worst < 60
    assert abs(stage.drift_ms()) < 2
    assert stage.listener.controllers.get((0, 123)) == restarts, "no locate was needed"
    assert _sync(stage).speed == pytest.approx(float(speed), abs=2e-3)


@settings(max_examples=20)
@given(st.integers(1, 8), st.integers(900, 1100), st.integers(5, 100))
def test_jitter_is_averaged_away(jitter_ms: int, permille: int, every_ms: int) -> None:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.source.jitter_ns, stage.source.every_ns = jitter_ms * MS, every_ms * MS
    stage.tape.roll(Fraction(permille, 1000))
    stage.run(3_000)
    for _ in range(100):
        stage.run(20)
        assert abs(stage.drift_ms()) < 1.5 + jitter_ms
    assert not stage.listener.faults


def test_a_source_that_falls_silent_is_carried_on_for_twelve_frames_and_then_stops_cleanly(stage: ChasingStage) -> None:
    stage.tape.roll()
    stage.run(1_000)
    stage.source.mute = True
    stage.run(400)
    assert stage.player.state().playing
    assert _sync(stage).state == "freewheeling"
    assert abs(stage.drift_ms()) < 2
    stage.run(200)
    assert not stage.player.state().playing
    assert _sync(stage).state == "lost"
    assert not stage.listener.sounding
    stage.source.mute = False
    stage.run(50)
    assert stage.player.state().playing
    assert abs(stage.drift_ms()) < 1


@pytest.mark.parametrize("speed", [-1, Fraction(-1, 4), Fraction(1, 4), 8])
def test_scrubbing_is_silent_and_the_position_goes_along(stage: ChasingStage, speed: Fraction | int) -> None:
    stage.tape.locate(4_000 * MS)
    stage.tape.roll(speed)
    for _ in range(40):
        stage.run(10)
        assert not stage.listener.ons
        assert abs(stage.drift_ms()) < 85
    assert _sync(stage).state == "scrubbing"


@pytest.fixture
def says_it_plays(monkeypatch: pytest.MonkeyPatch) -> ChasingStage:
    """A program that says over OSC that it plays, whatever its places do; no other speed than played ones is set."""
    monkeypatch.setattr(FakeSource, "tolerance", OscSource.tolerance)
    set_speed = Transport.set_speed

    def checked(transport: Transport, speed: int, clock_ns: int) -> None:
        assert NS_PER_S // 2 <= speed <= 2 * NS_PER_S
        set_speed(transport, speed, clock_ns)

    monkeypatch.setattr(Transport, "set_speed", checked)
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.run(50)
    stage.source.says, stage.source.every_ns = 1.0, 30 * MS
    return stage


@pytest.mark.parametrize("rolled_ms", [0, 300, 2_000])
def test_a_source_that_says_it_plays_and_stands_falls_silent_and_is_entered_where_it_moves_on(
    says_it_plays: ChasingStage, rolled_ms: int
) -> None:
    stage = says_it_plays
    stage.tape.roll()
    stage.run(rolled_ms)
    stage.tape.roll(0)
    stage.run(900)
    n_ons = len(stage.listener.ons)
    for _ in range(300):
        stage.run(10)
        assert not stage.listener.sounding
        assert _sync(stage).state == "scrubbing"
        assert stage.drift_ms() == 0
    assert len(stage.listener.ons) == n_ons
    stage.tape.roll()
    stage.run(100)
    assert stage.player.state().playing
    assert PAD in stage.listener.sounding
    stage.run(2_000)
    assert abs(stage.drift_ms()) < 5
    assert not stage.listener.faults


@pytest.mark.parametrize("speed", [Fraction(1, 10), Fraction(2, 5), Fraction(-1, 2), -1, 3])
@pytest.mark.parametrize("jitter_ms", [0, 8])
def test_places_that_go_at_no_speed_to_play_are_silent_whatever_the_source_says(
    says_it_plays: ChasingStage, speed: Fraction | int, jitter_ms: int
) -> None:
    stage = says_it_plays
    stage.source.jitter_ns = jitter_ms * MS
    stage.tape.locate(3_000 * MS)
    stage.tape.roll()
    stage.run(500)
    assert stage.player.state().playing
    stage.tape.roll(speed)
    stage.run(1_000)
    n_ons = len(stage.listener.ons)
    for _ in range(100):
        stage.run(10)
        assert not stage.listener.sounding
        assert abs(stage.drift_ms()) < 150
    assert len(stage.listener.ons) == n_ons
    stage.tape.locate(4_100 * MS)
    stage.tape.roll()
    stage.run(600)
    assert stage.player.state().playing
    assert not stage.listener.faults


@settings(max_examples=20)
@given(st.integers(0, 20), st.integers(550, 1_900), st.integers(20, 100))
def test_jitter_is_not_taken_for_scrubbing(jitter_ms: int, permille: int, every_ms: int) -> None:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.source.says, stage.source.jitter_ns, stage.source.every_ns = 1.0, jitter_ms * MS, every_ms * MS
    stage.tape.roll(Fraction(permille, 1000))
    stage.run(120)
    for _ in range(150):
        stage.run(20)
        assert stage.player.state().playing


def test_a_place_before_the_first_frame_is_followed_and_the_first_note_is_not_missed(stage: ChasingStage) -> None:
    stage.tape.locate(-500 * MS)
    stage.tape.roll()
    stage.run(400)
    assert not stage.listener.ons
    stage.run(200)
    due = {tuple(rest): at_ns for at_ns, *rest in stage.listener.ons}
    assert stage.sink is not None
    first_frame_ns = stage.sink.now_ns() - stage.tape.at_ns()
    assert abs(due[PAD] - first_frame_ns) < MS


def test_a_start_is_noticed_late_and_its_first_notes_still_sound(stage: ChasingStage) -> None:
    stage.source.every_ns = 40 * MS
    stage.tape.roll()
    stage.run(100)
    assert (0, 60) in {tuple(rest) for _, *rest in stage.listener.ons}


def test_the_panel_asks_the_source_and_a_source_without_orders_is_named(stage: ChasingStage) -> None:
    stage.player.follow(say.StartRolling())
    assert stage.source.orders == ["play"]
    assert not stage.player.state().playing
    stage.player.follow(say.StopRolling())
    assert stage.player.state().warnings == ("fake leads: stop in the DAW",)


def test_a_source_that_goes_away_is_told_and_opened_again(stage: ChasingStage) -> None:
    stage.source.lost, stage.source.may_open = "unplugged", False
    stage.run(50)
    assert _sync(stage).warning == "unplugged"
    stage.run(1_100)
    assert "not there" in _sync(stage).warning
    stage.source.may_open = True
    stage.tape.roll()
    stage.run(1_100)
    assert _sync(stage).warning == ""
    assert stage.player.state().playing


def test_the_spare_of_a_rolling_player_goes_on_and_finds_the_source_again() -> None:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.tape.locate(1_000 * MS)
    stage.tape.roll()
    stage.source.mute = True
    stage.player.follow(say.TakeOver(True, stage.tape.at_ns(), stage.clock.now_ns, 0, 0))
    stage.run(100)
    assert stage.player.state().playing
    assert abs(stage.drift_ms()) < 2
    stage.source.mute = False
    stage.run(100)
    assert _sync(stage).state == "rolling"
    assert not stage.listener.faults


@given(st.floats(0.9, 1.1), st.lists(st.integers(1 * MS, 200 * MS), min_size=60, max_size=90))
def test_the_loop_finds_the_speed_of_an_exact_source_however_it_reports(speed: float, gaps: list[int]) -> None:
    line = DelayLock(0.5)
    line.begin(0, 0, 1.0)
    clock_ns = 0
    for gap in (gaps * 10)[:600]:
        clock_ns += gap
        line.hear(clock_ns, round(clock_ns * speed), 1.0)
    if clock_ns > 10 * NS_PER_S:
        assert abs(line.error(clock_ns, round(clock_ns * speed))) < MS
        assert line.speed == pytest.approx(speed, abs=1e-3)

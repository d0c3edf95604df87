"""What the player does with programmes, seen from the listener."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from tests.player.stage import MS, Stage, score_with_pad
from tests.scores import make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, programme_of
from v2m_bridge.core.score import Score, ScoredMarker
from v2m_bridge.core.timebase import NS_PER_S

PAD = (4, 72)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def _ons_of(stage: Stage, key: tuple[int, int]) -> list[int]:
    return [at for at, *rest in stage.listener.ons if tuple(rest) == key]


def test_a_whole_programme_is_played_to_the_nanosecond(stage: Stage) -> None:
    programme = stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(8_500)
    planned = [(int(e["at_ns"]), int(e["status"]), int(e["data1"])) for e in programme.events]
    heard = [(sent.due_ns, sent.message[0], sent.message[1]) for sent in stage.listener.heard]
    start = heard[0][0] - planned[0][0]
    assert heard[: len(planned)] == [(at + start, *rest) for at, *rest in planned]
    assert not stage.listener.faults


def test_the_pad_sounds_again_after_a_locate_and_struck_notes_wait_for_their_next_onset(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.LocateTo(1_250 * MS))
    stage.player.follow(say.StartRolling())
    stage.run(100)
    assert [tuple(rest) for _, *rest in stage.listener.ons] == [PAD]
    assert stage.listener.controllers[4, 11] == 20 + 2400 // 200, "the controller's last value came first"
    first_on = next(i for i, sent in enumerate(stage.listener.heard) if sent.message[0] & 0xF0 == NOTE_ON)
    assert any(sent.message[:2] == b"\xb4\x0b" for sent in stage.listener.heard[:first_on])
    stage.run(300)
    assert {tuple(rest) for _, *rest in stage.listener.ons} == {PAD, (0, 60)}


def test_a_locate_while_stopped_is_silent(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.LocateTo(3_000 * MS))
    stage.run(300)
    assert not stage.listener.heard
    assert stage.position_ms() == 3_000


def test_a_locate_while_rolling_ends_what_sounds_and_forgets_what_was_coming(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(1_700)
    assert stage.listener.sounding == {PAD, (0, 60)}
    stage.run(200)
    before = len(stage.listener.ons)
    stage.player.follow(say.LocateTo(5_600 * MS))
    entry_ns = stage.sink.now_ns() + 20 * MS if stage.sink else 0
    stage.run(250)
    assert stage.listener.ons[before:] == [(entry_ns, *PAD)]
    assert stage.listener.sounding == {PAD}
    ends = [sent.due_ns for sent in stage.listener.heard if sent.message[:2] == bytes((NOTE_OFF | 4, 72))]
    assert ends == [entry_ns]
    assert not stage.listener.faults


def test_a_loop_wrap_comes_on_time_and_enters_the_pad(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.LoopBetween(1_000 * MS, 1_700 * MS))
    stage.player.follow(say.LocateTo(1_000 * MS))
    stage.player.follow(say.StartRolling())
    stage.run(3_000)
    ons = _ons_of(stage, PAD)
    assert [b - a for a, b in itertools.pairwise(ons)] == [700 * MS] * (len(ons) - 1)
    assert len(ons) >= 4
    assert not stage.listener.faults


def test_what_a_loop_leaves_behind_ends_on_the_wrap(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.LoopBetween(1_100 * MS, 1_700 * MS))
    stage.player.follow(say.LocateTo(1_100 * MS))
    stage.player.follow(say.StartRolling())
    stage.run(540)
    assert stage.listener.sounding == {PAD, (0, 60)}
    stage.run(110)
    assert stage.listener.sounding == {PAD}, "a struck note does not last into the next round"
    assert not stage.listener.faults


def test_a_programme_that_is_replaced_before_its_entry_leaves_no_note(stage: Stage) -> None:
    stage.player.follow(say.StartRolling())
    stage.run(1_870)
    assert stage.position_ms() == 1_850, "so that the plan ends on the bar line at 2 s"
    stage.load(score_with_pad(0))
    stage.load(score_with_pad(1))
    stage.run(200)
    assert stage.listener.sounding == {(4, 73), (0, 61)}
    assert [pitch for _, channel, pitch in stage.listener.ons if channel == 4] == [73]
    assert not stage.listener.faults


def test_note_ons_more_than_a_tenth_of_a_second_late_are_left_out_and_note_offs_are_not(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(400)
    n_ons = len(stage.listener.ons)
    stage.stall(1_700)
    stage.run(200)
    state = stage.player.state().sinks[0]
    assert state.n_skipped >= 2
    assert len(stage.listener.ons) == n_ons + 1, "what is due just now is played"
    assert not stage.listener.faults
    stage.run(300)
    assert stage.listener.sounding == {PAD, (0, 60)}, "the pad went on through the gap"
    assert state.n_late >= 1
    assert state.worst_late_ns >= 100 * MS


def test_a_panic_silences_and_playing_goes_on_with_the_next_onset(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(1_200)
    stage.player.follow(say.EndAllNotes())
    stage.run(10)
    assert not stage.listener.sounding
    for controller in (64, 123, 120):
        assert stage.listener.controllers[4, controller] == 0
    stage.run(250)
    assert not stage.listener.sounding
    stage.run(100)
    assert (0, 60) in stage.listener.sounding
    assert PAD not in stage.listener.sounding


def test_playing_goes_on_under_another_clock_when_the_first_output_is_lost(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(1_000)
    before = stage.position_ms()
    assert stage.sink is not None
    stage.sink.lost, stage.may_open = "unplugged", False
    stage.run(500)
    assert stage.position_ms() == pytest.approx(before + 500, abs=20)
    assert stage.player.state().sinks[0].error
    stage.may_open = True
    stage.run(1_500)
    assert stage.position_ms() == pytest.approx(before + 2_000, abs=20)
    assert not stage.player.state().sinks[0].error
    assert PAD in stage.listener.sounding, "the pad is entered when the output is back"
    assert not stage.listener.faults


def test_a_spare_goes_on_where_the_dead_player_would_be_now(stage: Stage) -> None:
    stage.load(score_with_pad())
    mono_ns = stage.clock.now_ns
    stage.clock.now_ns += 300 * MS
    stage.player.follow(say.TakeOver(True, 2_000 * MS, mono_ns, 1_000 * MS, 2_100 * MS))
    stage.run(100)
    assert stage.position_ms() == pytest.approx(1_300, abs=15), "300 ms and 100 ms on, round the loop"


def _said_everything(score: Score) -> Counter[str]:
    programme = programme_of(score, score.cues[0], 1)
    return Counter(
        {
            "/v2m/cue": 1,
            "/v2m/scene": len(score.scenes),
            "/v2m/emotion": len(score.scenes),
            "/v2m/marker": len(score.markers),
            "/v2m/chord": sum(bool(slot.chord) for slot in programme.slots),
            "/v2m/velocity": len(programme.slots),
            "/v2m/density": len(programme.slots),
            "/v2m/note": len(programme.notes),
        }
    )


def test_everything_is_said_once_in_order_at_its_time(stage: Stage) -> None:
    score = make_score(n_frames=100, n_scenes=3, markers=(ScoredMarker(0, "in", ""), ScoredMarker(60, "boom!", "Red")))
    stage.load(score)
    stage.player.follow(say.LoadEdit(edit_sheet_of(score)))
    stage.player.follow(say.StartRolling())
    stage.run(4_500)
    sayings = stage.osc.sayings
    assert Counter(said.path for saying in sayings for said in saying.messages) == _said_everything(score)
    assert [saying.at_ns for saying in sayings] == sorted(saying.at_ns for saying in sayings)
    start = sayings[0].at_ns
    times = {
        (said.path, said.args[1]): saying.at_ns - start
        for saying in sayings
        for said in saying.messages
        if said.path in ("/v2m/scene", "/v2m/chord", "/v2m/note")
    }
    assert times
    assert all(at_ns == round(float(at_s) * NS_PER_S) for (_, at_s), at_ns in times.items())


def test_entering_the_middle_says_the_cue_the_scene_and_the_chord_that_last(stage: Stage) -> None:
    score = make_score(n_frames=100, n_scenes=2)
    stage.load(score)
    stage.player.follow(say.LoadEdit(edit_sheet_of(score)))
    stage.player.follow(say.LocateTo(1_300 * MS))
    stage.player.follow(say.StartRolling())
    stage.run(50)
    entered = [
        said for saying in stage.osc.sayings for said in saying.messages if saying.at_ns == stage.osc.sayings[0].at_ns
    ]
    assert [said.path for said in entered] == [
        "/v2m/cue", "/v2m/scene", "/v2m/emotion", "/v2m/chord", "/v2m/velocity", "/v2m/density",
    ]  # fmt: skip
    chord = next(said for said in entered if said.path == "/v2m/chord")
    assert chord.args[1:4] == (1.0, 1.0, "F")


def test_the_transport_is_said_ten_times_a_second_and_on_every_change(stage: Stage) -> None:
    score = make_score(n_frames=100, start="01:00:00:00")
    stage.player.follow(say.LoadEdit(edit_sheet_of(score)))
    stage.player.follow(say.LocateTo(40 * MS))
    stage.run(1_000)
    transports = [said for said in stage.osc.said if said.path == "/v2m/transport"]
    assert 10 <= len(transports) <= 12
    assert transports[-1].args == (0, 0.04, "01:00:00:01", 120.0)
    assert [said.args for said in stage.osc.said if said.path == "/v2m/heartbeat"] == [(1,)]
    stage.player.follow(say.StartRolling())
    stage.player.tick()
    assert stage.osc.said[-1].args[0] == 1


@pytest.mark.parametrize(("before_ms", "n_pads"), [(15, 0), (25, 1)])
def test_a_pad_that_is_almost_over_is_not_struck_where_playing_enters(
    stage: Stage, before_ms: int, n_pads: int
) -> None:
    stage.load(score_with_pad(0))
    stage.player.follow(say.LocateTo(4_000 * MS - before_ms * MS))
    stage.player.follow(say.StartRolling())
    stage.run(1_000)
    begun = stage.listener.ons[0][0]
    pads = [at_ns - begun for at_ns, channel, pitch in stage.listener.ons if (channel, pitch) == (4, 72)]
    assert len(pads) == n_pads + 1, "the next pad begins on its time"
    assert not stage.listener.faults

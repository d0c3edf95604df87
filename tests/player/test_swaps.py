"""How a programme takes the place of another, seen from the listener."""

from __future__ import annotations

import pytest

from tests.player.stage import MS, Stage, score_with_pad, two_cues
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_OFF, programme_of


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_swap_waits_for_the_next_bar_line_and_is_clean(stage: Stage) -> None:
    stage.load(score_with_pad(0))
    stage.player.follow(say.StartRolling())
    stage.run(1_000)
    start = stage.listener.ons[0][0]
    stage.load(score_with_pad(1, pad_pitch=80))
    assert stage.player.state().generations == {"1m01": 1}
    stage.run(2_000)
    assert stage.player.state().generations == {"1m01": 2}
    new = [at - start for at, _, pitch in stage.listener.ons if pitch in (61, 81)]
    old = [at - start for at, _, pitch in stage.listener.ons if pitch in (60, 72)]
    assert min(new) == 2_000 * MS, "the second bar line"
    assert max(old) < 2_000 * MS
    ends = [s.due_ns - start for s in stage.listener.heard if s.message[0] == NOTE_OFF | 4 and s.message[1] == 72]
    assert ends == [2_000 * MS], "the pad that lasts across the line ends on it"
    assert (4, 81) in stage.listener.sounding, "and the new pad, whose note began earlier, is entered"
    assert not stage.listener.faults


def test_a_swap_of_a_cue_that_does_not_sound_is_at_once(stage: Stage) -> None:
    stage.load(two_cues(0), "1m01")
    stage.load(two_cues(0), "1m02")
    stage.load(two_cues(1), "1m02")
    stage.player.follow(say.StartRolling())
    stage.run(500)
    stage.load(two_cues(2), "1m02")
    assert stage.player.state().generations == {"1m01": 1, "1m02": 4}


def test_two_swaps_before_one_bar_line_play_the_later(stage: Stage) -> None:
    stage.load(score_with_pad(0))
    stage.player.follow(say.StartRolling())
    stage.run(500)
    for shape in (1, 2):
        stage.load(score_with_pad(shape))
    stage.run(2_500)
    assert not [pitch for _, _, pitch in stage.listener.ons if pitch == 61]
    assert stage.player.state().generations == {"1m01": 3}


def test_a_swap_that_waits_is_done_when_playing_stops(stage: Stage) -> None:
    stage.load(score_with_pad(0))
    stage.player.follow(say.StartRolling())
    stage.run(500)
    stage.load(score_with_pad(1))
    stage.player.follow(say.StopRolling())
    assert stage.player.state().generations == {"1m01": 2}


def test_an_older_generation_is_not_taken(stage: Stage) -> None:
    score = score_with_pad()
    for generation in (5, 4):
        stage.player.follow(say.LoadCue(programme_of(score, score.cues[0], generation)))
    assert stage.player.state().generations == {"1m01": 5}


def test_a_dropped_cue_ends_on_the_next_bar_line(stage: Stage) -> None:
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(500)
    stage.player.follow(say.DropCue("1m01"))
    stage.run(2_000)
    start = stage.listener.ons[0][0]
    assert max(at for at, *_ in stage.listener.ons) - start == 1_500 * MS
    assert not stage.listener.sounding
    assert stage.player.state().generations == {}

"""How cues stand with the DAW: live, held as they are, or handed over and silent."""

from __future__ import annotations

import pytest

from tests.player.stage import Stage, score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.commands import HANDED_OVER, HELD, LIVE, StandCue
from v2m_bridge.core.osc_check import OscMessage
from v2m_bridge.core.osc_commands import command_of
from v2m_bridge.errors import DirectionError


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(300)
    return stage


def _stand(stage: Stage, stand: str) -> None:
    stage.player.follow(say.SetCueStand("1m01", stand))


def _pads(stage: Stage) -> set[int]:
    return {key for channel, key in stage.listener.sounding if channel == 4}


def test_a_cue_that_is_handed_over_ends_at_its_bar_line_and_plays_again_when_it_is_live(stage: Stage) -> None:
    _stand(stage, HANDED_OVER)
    stage.run(1_000)
    assert _pads(stage) == {72}, "the bar is played to its end"
    stage.run(1_000)
    assert not stage.listener.sounding
    assert stage.player.state().stands == {"1m01": HANDED_OVER}
    assert stage.player.state().generations == {}
    _stand(stage, LIVE)
    stage.run(1_000)
    assert _pads(stage) == {72}
    assert stage.player.state().stands == {}
    assert not stage.listener.faults


def test_a_held_cue_plays_on_as_it_is_and_takes_what_was_applied_when_it_is_live(stage: Stage) -> None:
    _stand(stage, HELD)
    stage.load(score_with_pad(2))
    stage.run(2_000)
    assert _pads(stage) == {72}
    assert stage.player.state().generations == {"1m01": 1}
    _stand(stage, LIVE)
    stage.run(2_000)
    assert _pads(stage) == {74}
    assert stage.player.state().generations == {"1m01": 2}
    assert not stage.listener.faults


def test_a_cue_that_is_handed_over_stays_silent_through_locates_and_new_music(stage: Stage) -> None:
    _stand(stage, HANDED_OVER)
    stage.load(score_with_pad(1))
    stage.player.follow(say.LocateTo(5_000_000_000))
    stage.run(1_500)
    assert not stage.listener.sounding
    _stand(stage, HELD)
    stage.run(200)
    assert _pads(stage) == {73}, "held from now on with the newest music"
    stage.player.follow(say.DropCue("1m01"))
    stage.run(2_500)
    assert not stage.listener.sounding
    assert stage.player.state().stands == {}


def test_the_command_is_read_and_other_words_are_refused() -> None:
    assert command_of(OscMessage("/v2m/do/stand", ("1m01", "held"))) == StandCue("1m01", "held")
    with pytest.raises(DirectionError, match="a cue cannot be 'asleep'"):
        command_of(OscMessage("/v2m/do/stand", ("1m01", "asleep")))

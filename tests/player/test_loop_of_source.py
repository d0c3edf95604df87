"""A DAW that loops: from the second turn on nothing beyond the end of its loop sounds."""

from __future__ import annotations

import pytest

from tests.player.daw import ChasingStage
from tests.player.stage import MS, score_with_pad
from v2m_bridge.core.programme import NOTE_ON, programme_of

STEP_MS = 10
END_MS, LONG_MS = 3_000, 750
"""It begins between two onsets, so that what sounds at a turn belongs to the end."""


@pytest.fixture
def stage() -> ChasingStage:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.run(50)
    stage.tape.roll()
    return stage


def _onsets_ms() -> dict[int, set[tuple[int, int]]]:
    """Channel and key of what begins at each millisecond of the edit, but for the pad."""
    score = score_with_pad()
    found: dict[int, set[tuple[int, int]]] = {}
    for event in programme_of(score, score.cues[0], 1).events:
        if int(event["status"]) & 0xF0 == NOTE_ON and int(event["status"]) & 0x0F != 4:
            key = (int(event["status"]) & 0x0F, int(event["data1"]))
            found.setdefault(round(int(event["at_ns"]) / MS), set()).add(key)
    return found


def _turn(stage: ChasingStage) -> int:
    """Run to the end of the loop and go back to its begin; what is due goes out before the player hears of it.

    Returns the time of the turn on the clock of the output.
    """
    while stage.tape.at_ns() < END_MS * MS:
        stage.run(STEP_MS)
    stage.tape.locate((END_MS - LONG_MS) * MS)
    turned_ns = _now_ns(stage)
    stage.stall(STEP_MS)
    return turned_ns


def _now_ns(stage: ChasingStage) -> int:
    assert stage.sink is not None
    return stage.sink.now_ns()


def _ons_near(stage: ChasingStage, clock_ns: int, within_ms: int) -> list[tuple[int, int]]:
    return [(channel, key) for at_ns, channel, key in stage.listener.ons if 0 <= at_ns - clock_ns <= within_ms * MS]


def test_what_is_due_on_the_end_of_a_loop_sounds_at_the_first_turn_alone(stage: ChasingStage) -> None:
    beyond = _onsets_ms()[END_MS]
    turns = [_turn(stage) for _ in range(4)]
    stage.run(500)
    sounded = [beyond <= set(_ons_near(stage, at_ns, 15)) for at_ns in turns]
    assert beyond
    assert sounded == [True, False, False, False]
    assert not stage.listener.faults


def test_a_source_that_rolls_on_where_it_once_turned_back_plays_every_note_a_little_late(stage: ChasingStage) -> None:
    began_ns = _turn(stage)
    stage.run(LONG_MS + 1_500)
    for at_ms, keys in _onsets_ms().items():
        if END_MS <= at_ms < END_MS + 1_000:
            due_ns = began_ns + (at_ms - END_MS + LONG_MS) * MS
            assert keys <= set(_ons_near(stage, due_ns - MS, 31))
    assert not stage.listener.faults

"""How cues stand with the DAW outlives the engine, and what is handed over says how far it has moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.bench import Bench, louder
from tests.scores import make_cue, make_score
from v2m_bridge.core import commands as do
from v2m_bridge.core import playing
from v2m_bridge.core.programme import NOTE_ON, Programme
from v2m_bridge.core.score import Score
from v2m_bridge.core.snapshot import ShownCue

CUE = "1m01"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def _shown(bench: Bench) -> ShownCue:
    return bench.engine._shown.cues[0]


def _told(bench: Bench) -> list[object]:
    """Loads, as the velocity of the first note of each, and stands, in order."""
    return [
        message.stand if isinstance(message, playing.SetCueStand) else _velocity(message.programme)
        for message in bench.desks.told
        if isinstance(message, playing.SetCueStand | playing.LoadCue)
    ]


def _velocity(programme: Programme) -> int:
    return next(int(event["data2"]) for event in programme.events if int(event["status"]) & 0xF0 == NOTE_ON)


def _again(bench: Bench) -> Bench:
    bench.close()
    again = Bench(bench.session.folder)
    again.ask(do.Apply("no such cue"))
    return again


def _moved(score: Score, frames: int) -> Score:
    cue = replace(score.cues[0], in_frame=score.cues[0].in_frame + frames, out_frame=score.cues[0].out_frame + frames)
    return replace(score, cues=(cue,), n_frames=score.n_frames + frames)


def _one_cue() -> Score:
    return make_score(n_frames=200, cues=(make_cue(out_frame=100),))


def test_a_cue_that_is_handed_over_stays_so_in_the_next_engine_and_live_ends_it(bench: Bench) -> None:
    bench.opened(_one_cue())
    assert bench.ask(do.StandCue(CUE, do.HANDED_OVER)) is None
    assert _shown(bench).stand == do.HANDED_OVER
    again = _again(bench)
    try:
        assert _told(again)[-1] == do.HANDED_OVER
        assert _shown(again).stand == do.HANDED_OVER
        assert again.ask(do.StandCue(CUE, do.LIVE)) is None
        assert _shown(again).stand == do.LIVE
        last = _again(again)
        assert all(isinstance(told, int) for told in _told(last))
        last.close()
    finally:
        again.close()


def test_a_cue_that_is_held_plays_what_it_held_in_the_next_engine_with_what_was_applied_behind_it(bench: Bench) -> None:
    score = _one_cue()
    bench.opened(score)
    held = _told(bench)[-1]
    assert bench.ask(do.StandCue(CUE, do.HELD)) is None
    assert bench.ask(do.SetSeed(CUE, 5)) is None
    bench.composed(louder(score, CUE))
    assert bench.ask(do.Apply()) is None
    assert isinstance(held, int)
    again = _again(bench)
    try:
        assert _told(again) == [held, do.HELD, held + 1]
    finally:
        again.close()


def test_what_is_said_again_is_told_and_kept_once(bench: Bench) -> None:
    bench.opened(_one_cue())
    for _ in range(3):
        assert bench.ask(do.StandCue(CUE, do.HELD)) is None
    assert _told(bench).count(do.HELD) == 1
    assert bench.ask(do.StandCue(CUE, do.LIVE)) is None
    assert _told(bench)[-1] == do.LIVE


@pytest.mark.parametrize(
    ("frames", "words"), [(37, "moved +37 frames"), (1, "moved +1 frame"), (-12, "moved -12 frames"), (0, "")]
)
def test_a_cue_that_is_handed_over_says_how_far_a_re_edit_has_moved_it(bench: Bench, frames: int, words: str) -> None:
    score = _moved(_one_cue(), 25)
    bench.opened(score)
    assert bench.ask(do.StandCue(CUE, do.HANDED_OVER)) is None
    assert bench.ask(do.SetSeed(CUE, 5)) is None
    bench.composed(_moved(score, frames))
    assert _shown(bench).moved_text == words
    assert bench.ask(do.StandCue(CUE, do.HELD)) is None
    assert _shown(bench).moved_text == ""

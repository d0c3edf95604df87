"""A DAW whose bars are not those of the score is told so."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.player.daw import ChasingStage
from tests.player.stage import MS, score_with_pad
from tests.scores import make_cue, make_score
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.timebase import NS_PER_S, Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.player.deck import Deck
from v2m_bridge.player.sync.grid_check import BarClock, Grid, grid_warning

FRAME_NS = 40 * MS
S = NS_PER_S


@pytest.fixture(scope="module")
def deck() -> Deck:
    score = score_with_pad()
    return Deck(programme_of(score, score.cues[0], 1))


def test_bars_that_agree_within_a_frame_are_passed_over(deck: Deck) -> None:
    for off_ms in (-39, 0, 39):
        assert grid_warning(Grid(4 * S + S // 2 + off_ms * MS, 3, 1.0, 120.0), deck, FRAME_NS) == ""
    assert grid_warning(Grid(4 * S + S // 2, 3, 2.0, 240.0, 0.5), deck, FRAME_NS) == "", "eighths are half a quarter"


@pytest.mark.parametrize(("off_ms", "words"), [(120, "0.12 s after bar 3"), (-300, "0.30 s before bar 3")])
def test_a_bar_that_is_off_by_more_than_a_frame_is_named(deck: Deck, off_ms: int, words: str) -> None:
    told = grid_warning(Grid(4 * S + S // 2 + off_ms * MS, 7, 1.0, 120.0), deck, FRAME_NS)
    assert told == f"bar 7 of the DAW begins {words} of cue 1m01: import score.mid with its tempo map"


def test_a_session_without_bar_numbers_is_called_by_its_name(deck: Deck) -> None:
    told = grid_warning(Grid(4 * S + S // 2 + 120 * MS, 0, 1.0, 120.0, who="the Link session"), deck, FRAME_NS)
    assert told.startswith("a bar of the Link session begins 0.12 s after bar 3 of cue 1m01")


def test_another_tempo_is_named_and_silence_has_no_bars(deck: Deck) -> None:
    assert "plays 97.0 bpm where the score has 120.0" in grid_warning(Grid(S, 1, 0.0, 97.0), deck, FRAME_NS)
    assert grid_warning(Grid(20 * S, 9, 0.3, 97.0), deck, FRAME_NS) == ""
    assert grid_warning(Grid(S, 1, 0.0, 97.0), None, FRAME_NS) == ""


def test_the_tempo_of_bars_that_go_on_is_measured_and_agrees_with_the_cue(deck: Deck) -> None:
    clock = BarClock()
    assert clock.hear(S, 1, 2.0, 1.0) is None
    assert clock.hear(S + S // 5, 1, 2.4, 1.0) is None, "less than half a beat"
    grid = clock.hear(S + S // 2, 1, 3.0, 1.0)
    assert grid is not None
    assert grid.beats_per_min == pytest.approx(120)
    assert grid.bar_start_ns == 0
    assert grid_warning(grid, deck, FRAME_NS) == ""


def test_a_jump_back_and_a_new_bar_begin_the_measure_anew() -> None:
    clock = BarClock()
    clock.hear(4 * S, 3, 0.0, 1.0)
    assert clock.hear(5 * S, 3, 2.0, 1.0) is not None
    assert clock.hear(S, 1, 2.0, 1.0) is None
    assert clock.hear(2 * S, 2, 0.0, 1.0) is None
    slower = clock.hear(3 * S, 2, 1.5, 1.0)
    assert slower is not None
    assert slower.beats_per_min == pytest.approx(90)


def test_a_tempo_that_is_measured_across_a_change_of_the_cue_is_not_compared() -> None:
    steps = TempoMap(tempo_changes([(0, 120.0), (3840, 60.0)]), (MeterChange(0, Meter(4, 4)),), 0)
    score = make_score(cues=(make_cue(tempo=steps),))
    changing = Deck(programme_of(score, score.cues[0], 1))
    across = Grid(2 * S + S // 10, 2, 0.1, 110.0, over_ns=S)
    assert "bpm" not in grid_warning(across, changing, FRAME_NS)
    assert "bpm" not in grid_warning(Grid(S, 1, 2.0, 110.0, over_ns=2 * S), changing, FRAME_NS), "before the cue"
    assert "plays 110.0 bpm where the score has 60.0" in grid_warning(across._replace(over_ns=0), changing, FRAME_NS)


def test_a_wrong_bar_is_in_the_state_within_two_seconds_of_playing() -> None:
    stage = ChasingStage()
    stage.load(score_with_pad())
    stage.tape.roll(Fraction(1))
    told_after_ms = None
    for ms in range(0, 2_000, 10):
        stage.source.grid = Grid(stage.tape.at_ns(), 1, (stage.tape.at_ns() / S - 0.25) * 2, 120.0)
        stage.run(10)
        sync = stage.player.state().sync
        if sync is not None and "0.25 s after bar 1" in sync.warning:
            told_after_ms = ms
            break
    assert told_after_ms is not None

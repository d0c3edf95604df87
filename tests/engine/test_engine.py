"""The engine's rules, with its desks replaced by a recorder: what the processes do is shown by the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.bench import TIMELINE, Bench, louder
from tests.scores import make_score
from v2m_bridge.core import commands as do
from v2m_bridge.core import playing
from v2m_bridge.engine.inbox import EditRead
from v2m_bridge.errors import DirectionError, TimelineError


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_the_first_music_plays_at_once_and_later_music_waits_for_apply(bench: Bench) -> None:
    score = make_score()
    numbers = [cue.number for cue in score.cues]
    bench.opened(score)
    assert [cue for cue, _ in bench.desks.loads] == numbers
    assert bench.ask(do.SetSeed(numbers[0], 9)) is None
    bench.composed(louder(score, numbers[0]))
    assert len(bench.desks.loads) == len(numbers)
    assert bench.ask(do.Apply()) is None
    assert [cue for cue, _ in bench.desks.loads[len(numbers) :]] == [numbers[0]]


def test_generations_only_rise(bench: Bench) -> None:
    score = make_score()
    bench.opened(score)
    for turn in range(3):
        bench.ask(do.SetSeed(score.cues[0].number, turn + 1))
        score = louder(score, score.cues[0].number)
        bench.composed(score)
        bench.ask(do.Apply())
    generations = [generation for _, generation in bench.desks.loads]
    assert generations == sorted(set(generations))


def test_a_stale_answer_is_dropped(bench: Bench) -> None:
    score = make_score()
    bench.opened(score)
    bench.ask(do.SetSeed(score.cues[0].number, 1))
    stale = bench.desks.composes[-1][0]
    bench.ask(do.SetSeed(score.cues[0].number, 2))
    before = bench.session.history.now
    bench.composed(louder(score, score.cues[0].number), token=stale)
    assert bench.session.history.now == before


def test_undo_restores_direction_and_music_without_composing_again(bench: Bench) -> None:
    score = replace(make_score(), revision=TIMELINE.revision)
    number = score.cues[0].number
    bench.opened(score)
    first = bench.session.history.now
    bench.ask(do.SetPrimer(number, "Am F"))
    bench.composed(louder(score, number))
    n_composes = len(bench.desks.composes)
    assert bench.ask(do.Undo()) is None
    assert bench.session.history.now == first
    assert len(bench.desks.composes) == n_composes
    assert bench.ask(do.Redo()) is None
    primer = bench.session.history.now.direction.cues[number].primer
    assert primer is not None
    assert [chord.text() for chord in primer] == ["Am", "F"]
    assert isinstance(bench.ask(do.Redo()), DirectionError)


def test_an_edit_that_cannot_be_read_leaves_the_last_good_one(bench: Bench) -> None:
    score = make_score()
    bench.opened(score)
    live = bench.session.history.live
    bench.post(EditRead(bench.desks.reads[-1], None, TimelineError("the file is cut short")))
    assert bench.session.history.live == live
    bench.ask(do.Apply("no such cue"))
    assert bench.engine._shown.errors[-1].startswith("the file is cut short")
    assert bench.engine._shown.cues


def test_follow_applies_by_itself_but_not_while_holding(bench: Bench) -> None:
    score = make_score()
    bench.opened(score)
    number = score.cues[0].number
    bench.ask(do.Follow(True))
    bench.ask(do.Hold(True))
    bench.ask(do.SetSeed(number, 3))
    bench.composed(louder(score, number))
    assert len(bench.desks.loads) == len(score.cues)
    bench.ask(do.Hold(False))
    assert len(bench.desks.loads) == len(score.cues) + 1


def test_a_wish_for_a_cue_that_does_not_exist_is_refused_and_changes_nothing(bench: Bench) -> None:
    bench.opened(make_score())
    before = bench.session.history
    error = bench.ask(do.SetEmotion("9m99", "tense"))
    assert isinstance(error, DirectionError)
    assert bench.session.history == before


def test_a_restarted_engine_loads_what_played(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    score = make_score()
    first.opened(score)
    first.ask(do.SetSeed(score.cues[0].number, 4))
    history = first.session.history
    first.close()
    again = Bench(tmp_path)
    again.ask(do.Apply("no such cue"))
    assert [cue for cue, _ in again.desks.loads] == [cue.number for cue in score.cues]
    assert again.session.history == history
    assert again.engine._shown.can_undo
    again.close()


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (do.Play(), playing.StartRolling()),
        (do.Stop(), playing.StopRolling()),
        (do.Locate(1.5), playing.LocateTo(1_500_000_000)),
        (do.Loop(1.0, 2.0), playing.LoopBetween(1_000_000_000, 2_000_000_000)),
        (do.Panic(), playing.EndAllNotes()),
    ],
)
def test_transport_commands_reach_the_player(bench: Bench, command: do.Command, told: playing.ToPlayer) -> None:
    assert bench.ask(command) is None
    assert bench.desks.told[-1] == told


def test_how_a_cue_stands_reaches_the_player_and_a_cue_that_does_not_play_is_refused(bench: Bench) -> None:
    refused = bench.ask(do.StandCue("9m99", "held"))
    assert refused is not None
    assert "no cue '9m99' plays" in str(refused)


def test_a_take_is_saved_in_the_session_folder(bench: Bench) -> None:
    assert bench.ask(do.SaveTake()) is None
    told = bench.desks.told[-1]
    assert isinstance(told, playing.WriteTake)
    assert told.path == str(bench.session.folder / "takes" / "take-001.mid")

"""The engine's rules where things go wrong or cross each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.bench import EDIT, TIMELINE, Bench, louder
from tests.scores import make_score
from v2m_bridge.core import commands as do
from v2m_bridge.core import playing
from v2m_bridge.engine.inbox import EditRead, FileChanged
from v2m_bridge.errors import DirectionError, OutputError, TimelineError


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_music_of_the_edit_before_never_reaches_the_one_that_was_opened_after(bench: Bench, tmp_path: Path) -> None:
    bench.opened(make_score())
    bench.ask(do.SetSeed("1m01", 8))
    stale = bench.desks.composes[-1][0]
    other = tmp_path / "other.otio"
    other.touch()
    assert bench.ask(do.OpenTimeline(str(other))) is None
    bench.post(EditRead(bench.desks.reads[-1], TIMELINE))
    bench.composed(louder(make_score(), "1m01"), token=stale)
    assert bench.session.history.source == str(other)
    assert bench.session.history.now.music == {}
    assert {m.cue for m in bench.desks.told if isinstance(m, playing.DropCue)} == {
        cue.number for cue in make_score().cues
    }


def test_an_edit_that_cannot_be_opened_costs_nothing_of_the_one_that_is_open(bench: Bench, tmp_path: Path) -> None:
    bench.opened(make_score())
    before = bench.session.history
    assert isinstance(bench.ask(do.OpenTimeline(str(tmp_path / "typo.otio"))), TimelineError)
    assert bench.session.history == before
    broken = tmp_path / "broken.otio"
    broken.touch()
    assert bench.ask(do.OpenTimeline(str(broken))) is None
    bench.post(EditRead(bench.desks.reads[-1], None, TimelineError("the file is cut short")))
    assert bench.session.history == before
    assert bench.engine._shown.cues
    bench.post(FileChanged())
    bench.post(EditRead(bench.desks.reads[-1], TIMELINE))
    assert bench.session.history.source == str(broken)


def test_the_edit_that_is_open_is_read_again_with_its_wishes_kept(bench: Bench) -> None:
    bench.opened(make_score())
    bench.ask(do.SetSeed("1m01", 8))
    before = bench.session.history
    assert bench.ask(do.OpenTimeline(str(EDIT))) is None
    bench.post(EditRead(bench.desks.reads[-1], TIMELINE))
    assert bench.session.history == before
    assert bench.desks.composes[-1][1].direction == before.now.direction


def test_follow_may_be_asked_for_before_there_is_music(bench: Bench) -> None:
    assert bench.ask(do.Follow(True)) is None
    assert bench.engine._shown.follow


def test_undo_to_a_wish_whose_music_was_never_composed_composes_it(bench: Bench) -> None:
    score = replace(make_score(), revision=TIMELINE.revision)
    bench.opened(score)
    bench.ask(do.SetSeed("1m01", 1))
    bench.ask(do.SetSeed("1m01", 2))
    bench.composed(louder(score, "1m01"))
    n_composes = len(bench.desks.composes)
    bench.ask(do.Undo())
    assert len(bench.desks.composes) == n_composes + 1
    assert bench.desks.composes[-1][1].direction == bench.session.history.now.direction
    assert bench.session.history.now.direction.cues["1m01"].seed == 1


def test_undo_while_a_new_cut_is_composed_does_not_lose_the_cut(bench: Bench) -> None:
    score = replace(make_score(), revision=TIMELINE.revision)
    bench.opened(score)
    bench.ask(do.SetSeed("1m01", 1))
    bench.composed(score)
    recut = replace(TIMELINE, name="recut")
    bench.post(FileChanged())
    bench.post(EditRead(bench.desks.reads[-1], recut))
    n_composes = len(bench.desks.composes)
    bench.ask(do.Undo())
    assert len(bench.desks.composes) == n_composes + 1
    assert bench.desks.composes[-1][1].timeline == recut


@pytest.mark.parametrize(
    "command",
    [
        do.SetIntensity("s1", float("nan")),
        do.SetSeed("1m01", -1),
        do.SetTempo("1m01", "9000"),
        do.SetStyle("1m01", "?"),
    ],
)
def test_a_number_that_no_wish_can_hold_is_refused_and_the_engine_goes_on(bench: Bench, command: do.Command) -> None:
    score = make_score()
    bench.opened(score)
    scene = bench.engine._shown.scenes[0].id
    if isinstance(command, do.SetIntensity):
        command = do.SetIntensity(scene, command.intensity)
    assert isinstance(bench.ask(command), DirectionError)
    assert bench.ask(do.SetSeed("1m01", 5)) is None


def test_a_full_disk_is_reported_and_the_engine_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.opened(make_score())

    def full(_: object) -> None:
        raise OutputError("cannot write to the session: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(bench.session, "record", full)
        assert isinstance(bench.ask(do.SetSeed("1m01", 5)), OutputError)
        bench.composed(louder(make_score(), "1m01"))
        assert "No space left" in bench.engine._shown.errors[-1]
    assert bench.ask(do.SetSeed("1m01", 5)) is None


def test_who_has_an_answer_has_been_sent_what_the_command_did(bench: Bench) -> None:
    bench.opened(make_score())
    for seed in range(1, 6):
        assert bench.ask(do.SetSeed("1m01", seed)) is None
        assert bench.pushed[-1].busy is not None
        assert bench.pushed[-1].version == bench.engine._shown.version
        bench.composed(make_score())


def test_an_edit_that_cannot_be_read_does_not_hide_that_music_is_being_composed(bench: Bench) -> None:
    bench.opened(make_score())
    bench.ask(do.SetSeed("1m01", 5))
    bench.post(FileChanged())
    bench.post(EditRead(bench.desks.reads[-1], None, TimelineError("the file is cut short")))
    busy = bench.engine._shown.busy
    assert busy is not None
    assert busy.label == "Composing"


def test_music_whose_files_are_gone_plays_again_once_it_is_composed(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.opened(make_score())
    first.close()
    for path in (tmp_path / "music").iterdir():
        path.unlink()
    again = Bench(tmp_path)
    again.ask(do.Apply("no such cue"))
    again.post(EditRead(again.desks.reads[-1], TIMELINE))
    again.composed(make_score())
    assert [cue for cue, _ in again.desks.loads] == [cue.number for cue in make_score().cues]
    again.close()


def test_a_session_whose_edit_has_vanished_plays_its_last_music(tmp_path: Path) -> None:
    first = Bench(tmp_path)
    first.opened(make_score())
    first.close()
    again = Bench(tmp_path)
    again.ask(do.Apply("no such cue"))
    again.post(EditRead(again.desks.reads[-1], None, TimelineError("there is no cut.otio")))
    assert [cue for cue, _ in again.desks.loads] == [cue.number for cue in make_score().cues]
    assert again.ask(do.Play()) is None
    assert again.engine._shown.cues
    again.close()

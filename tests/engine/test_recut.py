"""A re-edit in a session: wishes follow, undo goes on, a broken file costs nothing."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.engine.bench import EDIT, Bench
from tests.scores import make_score
from v2m_bridge.core import commands as do
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import Direction, SceneDirection
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, Scene, Timeline, name_scenes
from v2m_bridge.core.work import Composed
from v2m_bridge.engine.inbox import EditRead, FileChanged, Message, WorkDone
from v2m_bridge.engine.reading_desk import ReadingDesk
from v2m_bridge.engine.session import Edited, Opened, Redone, Session, Undone
from v2m_bridge.errors import TimelineError

RATE = Fraction(25)


def cut(*letters: str) -> Timeline:
    """Return an edit of shots of 100 frames, each of a medium named by a letter."""
    scenes = tuple(
        Scene("", letter, FrameTime(100 * k, RATE), FrameTime(100 * (k + 1), RATE), Media(f"{letter}.mov"))
        for k, letter in enumerate(letters)
    )
    return Timeline("cut", RATE, name_scenes(scenes), FrameTime(90_000, RATE), source_path=str(EDIT))


def wishes(edit: Timeline, frame: int) -> Direction:
    scene = edit.scene_at(Fraction(frame, 25))
    hit = Hit(edit.frame(frame), HitKind.ACCENT, Need.MUST)
    cues = (Cue("1m01", edit.frame(0), edit.frame(100)), Cue("1m02", edit.frame(100), edit.end))
    return Direction(scenes={scene.id: SceneDirection(emotion=Emotion.SAD, hits=(hit,))}, spotted=cues)


def marks(direction: Direction) -> list[int]:
    return [hit.at.frame for wish in direction.scenes.values() for hit in wish.hits]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(tmp_path)
    made.record(Opened("cut.otio"))
    yield made
    made.close()


def test_wishes_of_every_revision_follow_a_re_edit_and_undo_goes_on(session: Session, tmp_path: Path) -> None:
    first = cut("a", "b", "c")
    session.recut(first)
    assert session.edit == first
    session.record(Edited(wishes(first, 110)))
    session.record(Edited(wishes(first, 220)))
    timeline, said = session.recut(conform(first, cut("n", "a", "b", "c")))
    assert said == ()
    assert session.edit == timeline
    assert [scene.id for scene in timeline.scenes][1:] == [scene.id for scene in first.scenes]
    assert marks(session.history.now.direction) == [320]
    session.record(Undone())
    assert marks(session.history.now.direction) == [210]
    session.record(Redone())
    assert marks(session.history.now.direction) == [320]
    again = Session(tmp_path)
    assert again.history == session.history
    assert again.edit == timeline
    again.close()
    assert len(list((tmp_path / "edit").iterdir())) == 1


def test_reading_the_same_edit_again_writes_nothing(session: Session, tmp_path: Path) -> None:
    edit = cut("a", "b")
    session.recut(edit)
    session.record(Edited(wishes(edit, 110)))
    before = (tmp_path / "journal").read_bytes()
    assert session.recut(conform(edit, cut("a", "b"))) == (edit, ())
    assert (tmp_path / "journal").read_bytes() == before


def test_a_wish_whose_scene_was_cut_out_comes_back_with_it(session: Session) -> None:
    first = cut("a", "b", "c")
    session.recut(first)
    session.record(Edited(wishes(first, 110)))
    without, said = session.recut(conform(first, cut("a", "c")))
    assert any("out of play" in sentence for sentence in said)
    assert marks(session.history.now.direction) == []
    session.recut(conform(without, cut("a", "c", "b")))
    assert marks(session.history.now.direction) == [210]
    assert session.history.now.direction.scenes[first.scenes[1].id].emotion is Emotion.SAD


def test_a_session_whose_edit_file_is_gone_reads_on_without_it(session: Session, tmp_path: Path) -> None:
    session.recut(cut("a"))
    for path in (tmp_path / "edit").iterdir():
        path.write_bytes(b"not an edit")
    assert session.edit is None
    for path in (tmp_path / "edit").iterdir():
        path.unlink()
    assert session.edit is None
    assert session.recut(cut("a", "b"))[0] == session.edit


def _composed(bench: Bench, timeline: Timeline) -> None:
    score = replace(make_score(n_frames=timeline.end.frame), revision=timeline.revision)
    answer = Composed(score=score, timeline=timeline, warnings=("a.mov is offline",), paths=(), styles=())
    bench.post(WorkDone(bench.desks.composes[-1][0], answer))


def _read(bench: Bench, edit: Timeline | Conformed) -> None:
    bench.post(FileChanged())
    bench.post(EditRead(bench.desks.reads[-1], edit))


def test_the_engine_reads_a_re_edit_against_the_last_good_one_even_after_a_broken_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = cut("a", "b", "c")
    assert bench.ask(do.OpenTimeline(str(EDIT))) is None
    bench.post(EditRead(bench.desks.reads[-1], first))
    _composed(bench, first)
    bench.session.record(Edited(wishes(first, 110)))
    bench.post(FileChanged())
    assert bench.desks.previous == first
    bench.post(EditRead(bench.desks.reads[-1], None, TimelineError("the file is cut short")))
    bench.post(FileChanged())
    assert bench.desks.previous == first
    _read(bench, conform(first, cut("c", "a")))
    assert bench.desks.composes[-1][1].timeline == bench.session.edit
    assert bench.desks.composes[-1][1].direction == bench.session.history.now.direction
    _composed(bench, cut("c", "a"))
    warnings = bench.engine._shown.warnings
    assert "out of play" in warnings[0]
    assert warnings[-1] == "a.mov is offline"
    bench.close()
    again = Bench(tmp_path)
    again.ask(do.Apply("no such cue"))
    assert again.desks.previous == bench.session.edit
    again.close()


def test_another_edit_is_read_afresh(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.ask(do.OpenTimeline(str(EDIT)))
    bench.post(EditRead(bench.desks.reads[-1], cut("a")))
    other = tmp_path / "other.otio"
    other.touch()
    assert bench.ask(do.OpenTimeline(str(other))) is None
    assert bench.desks.previous is None
    bench.close()


def test_a_later_revision_is_read_and_conformed_in_the_reader(tmp_path: Path) -> None:
    from tests.timeline.edits import clip, edit, track

    path = tmp_path / "cut.otio"
    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()
    desk = ReadingDesk(posted.put)
    path.write_text(edit(track(clip("a", 0, 50), clip("b", 0, 50))).to_json_string(), encoding="utf-8")
    desk.read(1, path)
    first = posted.get(timeout=30)
    assert isinstance(first, EditRead)
    assert isinstance(first.edit, Timeline)
    path.write_text(edit(track(clip("b", 10, 40), clip("a", 0, 50))).to_json_string(), encoding="utf-8")
    desk.read(2, path, first.edit)
    second = posted.get(timeout=30)
    desk.close()
    assert desk._readers._spare is None
    assert isinstance(second, EditRead)
    assert isinstance(second.edit, Conformed)
    assert [change.kind.value for change in second.edit.changes] == ["trimmed", "moved"]
    assert [scene.id for scene in second.edit.timeline.scenes] == [scene.id for scene in reversed(first.edit.scenes)]

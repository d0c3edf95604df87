from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.scores import make_score
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.engine.journal import Journal
from v2m_bridge.engine.session import MAX_UNDO, Applied, Edited, History, MusicComposed, Opened, Redone, Session, Undone


def _seeded(seed: int) -> Direction:
    return Direction(defaults=CueDirection(seed=seed))


@given(st.lists(st.one_of(st.integers(1, 99), st.sampled_from(["undo", "redo"])), max_size=40))
def test_undo_and_redo_walk_the_edits_like_a_list_with_a_cursor(steps: list[int | str]) -> None:
    history = History().after(Opened("cut.otio"))
    seeds: list[int] = [0]
    at = 0
    for step in steps:
        if step == "undo":
            history, at = history.after(Undone()), max(0, at - 1)
        elif step == "redo":
            history, at = history.after(Redone()), min(len(seeds) - 1, at + 1)
        else:
            assert isinstance(step, int)
            history = history.after(Edited(_seeded(step)))
            seeds = [*seeds[: at + 1], step]
            at += 1
        assert (history.now.direction.defaults.seed or 0) == seeds[at]
        assert history.at == at


def test_undo_reaches_back_a_bounded_number_of_edits() -> None:
    history = History()
    for seed in range(1, MAX_UNDO + 50):
        history = history.after(Edited(_seeded(seed)))
    assert len(history.revisions) <= MAX_UNDO + 1
    assert history.now.direction.defaults.seed == MAX_UNDO + 49


def test_a_session_opened_again_holds_the_last_edit_its_undo_and_its_music(tmp_path: Path) -> None:
    score = make_score()
    session = Session(tmp_path)
    session.record(Opened("cut.otio"))
    session.record(session.keep(score))
    session.record(Applied(session.history.now.head, session.history.now.music))
    session.record(Edited(_seeded(5)))
    # no close: what a kill -9 leaves
    again = Session(tmp_path)
    assert again.history == session.history
    assert again.history.now.direction == _seeded(5)
    again.record(Undone())
    now = again.history.now
    assert now.direction == Direction()
    assert again.score(now.head, now.music) == replace(
        score, cues=tuple(sorted(score.cues, key=lambda cue: cue.in_frame))
    )
    session.close()
    again.close()


def test_the_same_music_is_stored_once(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.keep(make_score())
    before = sorted(path.name for path in (tmp_path / "music").iterdir())
    session.keep(make_score())
    assert sorted(path.name for path in (tmp_path / "music").iterdir()) == before
    session.close()


def test_music_whose_file_is_gone_is_none_and_not_a_crash(tmp_path: Path) -> None:
    session = Session(tmp_path)
    record = session.keep(make_score())
    (tmp_path / "music" / record.head).unlink()
    assert session.score(record.head, record.music) is None
    assert session.score("", {}) is None
    session.close()


def test_a_record_of_another_version_costs_nothing_that_is_written_after_it(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.record(Opened("cut.otio"))
    session.record(Edited(_seeded(5)))
    session.close()
    with Journal(tmp_path / "journal") as journal:
        journal.append(b"from a later version")
    before = (tmp_path / "journal").read_bytes()
    for seed in (6, 7):
        again = Session(tmp_path)
        again.record(Edited(_seeded(seed)))
        again.close()
    last = Session(tmp_path)
    assert [r.direction.defaults.seed for r in last.history.revisions] == [None, 5, 6, 7]
    last.close()
    assert (tmp_path / "journal.unread").read_bytes() == before


def test_a_revision_says_whether_its_music_is_its_own() -> None:
    history = History().after(Opened("cut.otio")).after(MusicComposed("head", {"1m01": "a"}))
    assert history.now.is_composed
    history = history.after(Edited(_seeded(1)))
    assert not history.now.is_composed
    assert history.now.music == {"1m01": "a"}

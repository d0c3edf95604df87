"""Versions in a session: the music and the wishes of an earlier one are staged, and undo takes that back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.bench import TIMELINE, Bench, louder
from tests.scores import make_score
from v2m_bridge.core import commands as do
from v2m_bridge.core.codec import encode
from v2m_bridge.core.score import Score
from v2m_bridge.errors import OutputError
from v2m_bridge.version_store import FOLDER, keep_versions, numbered

CUE = "1m01"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def composed(bench: Bench, score: Score) -> Score:
    """Answer a composition as the worker does: the music is numbered and its versions are kept."""
    folder = bench.session.folder / "score" / FOLDER
    score = numbered(score, folder)
    bench.composed(score)
    keep_versions(score, bench.session.history.now.direction, folder)
    return score


def staged(bench: Bench) -> Score:
    now = bench.session.history.now
    score = bench.session.score(now.head, now.music)
    assert score is not None
    return score


def is_staged(bench: Bench) -> bool:
    return bench.engine._shown.cues[0].is_staged


def test_an_earlier_version_is_staged_with_its_wishes_and_nothing_is_composed(bench: Bench) -> None:
    first = numbered(replace(make_score(), revision=TIMELINE.revision), bench.session.folder / "none")
    bench.opened(first)
    first = composed(bench, first)
    score = first
    for seed in (4, 5, 6):
        assert bench.ask(do.SetSeed(CUE, seed)) is None
        score = composed(bench, louder(score, CUE))
    assert score.cues[0].version == 4
    n_composes = len(bench.desks.composes)
    assert bench.ask(do.RestoreVersion(CUE, 1)) is None
    assert encode(staged(bench).cues[0]) == encode(first.cues[0])
    assert bench.session.history.now.direction.for_cue(CUE).seed == 0
    assert len(bench.desks.composes) == n_composes
    assert not is_staged(bench), "the first music still plays"
    assert bench.ask(do.RestoreVersion(CUE, 3)) is None
    assert bench.session.history.now.direction.for_cue(CUE).seed == 5
    assert is_staged(bench)
    assert bench.ask(do.Undo()) is None
    assert staged(bench).cues[0].version == 1


def test_a_version_that_is_not_there_changes_nothing(bench: Bench) -> None:
    bench.opened(make_score())
    before = bench.session.history
    assert isinstance(bench.ask(do.RestoreVersion(CUE, 9)), OutputError)
    assert bench.session.history == before

"""Drives that have gone, folders that may not be searched, and names that no disk takes cost nothing that is open."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bench import EDIT, Bench
from v2m_bridge.core import commands as do
from v2m_bridge.engine import watcher
from v2m_bridge.engine.watcher import Watcher, is_folder_of_exports, is_there


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a path on a drive that answers with an error, as a share does whose server has gone."""
    place, real = tmp_path / "gone", Path.stat

    def stat(path: Path, **how: bool) -> object:
        if path.is_relative_to(place):
            raise OSError(errno.ESTALE, "Stale file handle", str(path))
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    return place / "cut.otio"


def test_a_name_that_no_disk_takes_is_refused_and_the_engine_goes_on(bench: Bench) -> None:
    error = bench.ask(do.OpenTimeline("/" + "x" * 300))
    assert error is not None
    assert "there is no" in str(error)
    assert bench.ask(do.OpenTimeline(str(EDIT))) is None


def test_a_disk_that_fails_in_the_middle_of_a_command_is_one_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/media/film/cut.otio")

    monkeypatch.setattr(bench.desks, "watch", fail)
    error = bench.ask(do.OpenTimeline(str(EDIT)))
    assert error is not None
    assert error.sentence().startswith("the disk does not answer at /media/film/cut.otio: Input/output error; check")
    assert bench.ask(do.Play()) is None


def test_an_edit_on_a_drive_that_has_gone_is_watched_until_it_is_back(stale: Path) -> None:
    assert not is_there(stale)
    assert not is_folder_of_exports(stale)
    changed = threading.Event()
    watching = Watcher(stale, changed.set)
    watching.start()
    watching.close()
    assert not changed.is_set()


def test_a_drive_that_does_not_answer_does_not_hold_up_whoever_stops_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked, answers = threading.Event(), threading.Event()
    watching = Watcher(tmp_path / "cut.otio", lambda: None)

    def hang(_: Path) -> None:
        blocked.set()
        answers.wait(30)

    monkeypatch.setattr(watcher, "signature", hang)
    watching.start()
    assert blocked.wait(10)
    began_s = time.monotonic()
    watching.close()
    assert time.monotonic() - began_s < 3
    answers.set()
    watching._thread.join(5)
    assert not watching._thread.is_alive()
    watching._events.close()

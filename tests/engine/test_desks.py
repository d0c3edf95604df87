"""The desks' threads, with children that die or never come: nothing is left running and nothing is lost."""

from __future__ import annotations

import errno
import os
import queue
import threading
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.videos import write_pictures
from v2m_bridge import jobs
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, Scene, Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, LeftOut, Means, Thumbnails, ThumbnailsRequest
from v2m_bridge.engine import reading_desk, work_desk
from v2m_bridge.engine.inbox import EditRead, Message, WorkDone
from v2m_bridge.engine.reading_desk import ReadingDesk
from v2m_bridge.engine.work_desk import WorkDesk
from v2m_bridge.errors import MediaError

REQUEST = ComposeRequest(means=Means(cache_dir=""))
RATE = Fraction(25)
EDL = """TITLE: CUT
001  AX       V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00
* FROM CLIP NAME: day.mp4
"""


class Scripted:
    """A worker that answers what it is told to; an exception is raised."""

    pid = 1

    def __init__(self, desk_log: list[str], answers: list[Any]) -> None:
        self.log, self.answers, self.is_alive = desk_log, answers, True

    def request(self, message: object, **_: object) -> object:
        self.log.append(type(message).__name__)
        answer = self.answers.pop(0) if self.answers else Thumbnails(n_written=1)
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            self.is_alive = not isinstance(answer, jobs.ChildError)
            raise answer
        return answer

    def close(self) -> None:
        self.log.append("close")
        self.is_alive = False


def _desk(answers: list[Any], log: list[str]) -> tuple[WorkDesk, queue.SimpleQueue[Message]]:
    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def start() -> Any:
        log.append("start")
        return Scripted(log, answers)

    return WorkDesk(posted.put, start), posted


def _died() -> jobs.ChildError:
    return jobs.ChildError("worker", jobs.Why.DIED)


def test_closing_ends_a_back_off_at_once_and_starts_no_worker_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_desk, "BACK_OFF_S", (60.0,))
    log: list[str] = []
    died = threading.Event()

    def die() -> Exception:
        died.set()
        return _died()

    desk, _ = _desk([die], log)
    desk.start()
    desk.compose(1, REQUEST)
    assert died.wait(5)
    began = time.monotonic()
    desk.close()
    desk.close()
    assert time.monotonic() - began < 2
    assert not desk._thread.is_alive()
    assert log.count("start") == 1


def test_a_newer_request_ends_the_back_off_of_the_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_desk, "BACK_OFF_S", (60.0,))

    def die() -> Exception:
        threading.Timer(0.05, desk.compose, (2, REQUEST)).start()
        return _died()

    desk, posted = _desk([die, MediaError("nothing can be seen")], [])
    desk.start()
    desk.compose(1, REQUEST)
    answer = posted.get(timeout=5)
    desk.close()
    assert isinstance(answer, WorkDone)
    assert answer.token == 2


def test_a_worker_that_died_is_closed_before_the_next_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_desk, "BACK_OFF_S", (0.0,))
    log: list[str] = []
    desk, posted = _desk([_died(), MediaError("nothing can be seen")], log)
    desk.start()
    desk.compose(1, REQUEST)
    posted.get(timeout=5)
    desk.close()
    assert log == ["start", "ComposeRequest", "close", "start", "ComposeRequest", "close"]


@pytest.mark.parametrize("fault", [UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogate"), OSError("pipe")])
def test_a_request_that_cannot_be_sent_is_one_sentence_and_the_desk_serves_on(fault: Exception) -> None:
    desk, posted = _desk([fault, MediaError("later")], [])
    desk.start()
    desk.compose(1, REQUEST)
    first = posted.get(timeout=5)
    desk.compose(2, REQUEST)
    second = posted.get(timeout=5)
    desk.close()
    assert isinstance(first, WorkDone)
    assert isinstance(second, WorkDone)
    assert "could not be composed" in str(first.error)
    assert str(second.error) == "later"


def test_a_worker_that_cannot_be_started_fails_the_request_and_not_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_desk, "BACK_OFF_S", ())
    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def start() -> jobs.Child:
        raise jobs.ChildError("worker", jobs.Why.START, "no memory")

    desk = WorkDesk(posted.put, start)
    desk.start()
    desk.compose(1, REQUEST)
    answer = posted.get(timeout=5)
    assert isinstance(answer, WorkDone)
    assert "no memory" in str(answer.error)
    desk.close()


def test_a_medium_on_which_the_worker_hangs_is_left_out_of_this_request_and_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"x")
    media = Media("a.mov", str(tmp_path / "a.mov"))
    scene = Scene("s", "Shot", FrameTime(0, RATE), FrameTime(1, RATE), media)
    edit = Timeline(name="t", rate=RATE, scenes=(scene,), start=FrameTime(0, RATE))
    asked: list[tuple[LeftOut, ...]] = []

    class Hanging(Scripted):
        def request(self, message: object, *, on_progress: Any = None, **_: object) -> object:
            assert isinstance(message, ComposeRequest)
            asked.append(message.means.left_out)
            if not message.means.left_out:
                on_progress("Looking at a.mov", 0, 0)
                self.is_alive = False
                raise jobs.ChildError("worker", jobs.Why.TIMED_OUT, "took too long")
            raise MediaError("nothing can be seen")

    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()
    desk = WorkDesk(posted.put, lambda: Hanging([], []))  # type: ignore[arg-type, return-value]
    desk.start()
    for token in (1, 2):
        desk.compose(token, replace(REQUEST, timeline=edit))
        while not isinstance(answer := posted.get(timeout=5), WorkDone):
            pass
        assert str(answer.error) == "nothing can be seen"
    desk.close()
    left_out = (LeftOut("a.mov", "took too long"),)
    assert asked == [(), left_out, left_out]


def test_small_pictures_wait_while_there_is_something_to_compose() -> None:
    log: list[str] = []
    scenes = tuple(Scene(f"s{n}", "Shot", FrameTime(n, RATE), FrameTime(n + 1, RATE)) for n in range(3))

    def first_picture() -> Thumbnails:
        desk.compose(1, REQUEST)
        return Thumbnails(n_written=0)

    desk, posted = _desk([first_picture, MediaError("composed")], log)
    desk.start()
    desk.thumbnails(ThumbnailsRequest(scenes=scenes, folder=""))
    assert isinstance(posted.get(timeout=5), WorkDone)
    assert log[:3] == ["start", "ThumbnailsRequest", "ComposeRequest"]
    posted.get(timeout=5)
    posted.get(timeout=5)
    desk.close()
    assert log.count("ThumbnailsRequest") == len(scenes)


def test_the_worker_gives_way_to_what_plays() -> None:
    started = jobs.worker(niceness=7)
    try:
        started.wait_until_ready()
        assert os.getpriority(os.PRIO_PROCESS, started.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 7
    finally:
        started.close()


def test_a_folder_that_cannot_be_looked_into_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> Path:
        raise OSError(errno.EIO, "the drive is gone")

    monkeypatch.setattr(reading_desk, "newest_edit", refuse)
    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()
    desk = ReadingDesk(posted.put)
    desk.read(3, tmp_path)
    answer = posted.get(timeout=5)
    assert isinstance(answer, EditRead)
    assert answer.token == 3
    assert "the drive is gone" in str(answer.error)
    desk.close()


@pytest.mark.long
def test_every_read_takes_the_rate_and_looks_in_the_folders_that_the_user_gave(tmp_path: Path) -> None:
    (tmp_path / "footage").mkdir()
    gray = np.full((36, 64, 3), 90, np.uint8)
    film = [(Fraction(frame, 24), gray) for frame in range(48)]
    write_pictures(tmp_path / "footage" / "day.mp4", film, rate=Fraction(24))
    path = tmp_path / "cut.edl"
    path.write_text(EDL)
    posted: queue.SimpleQueue[Message] = queue.SimpleQueue()
    desk = ReadingDesk(posted.put, [str(tmp_path / "footage")], RATE)
    previous = None
    for token in (1, 2):
        desk.read(token, path, previous)
        read = posted.get(timeout=30)
        assert isinstance(read, EditRead)
        edit = read.edit.timeline if isinstance(read.edit, Conformed) else read.edit
        assert isinstance(edit, Timeline), read.error
        assert edit.rate == RATE
        medium = edit.scenes[0].media
        assert medium is not None
        assert medium.path == str(tmp_path / "footage" / "day.mp4")
        previous = edit
    desk.close()


def test_closing_ends_the_wait_for_a_file_that_may_be_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_desk, "READ_RETRY_S", (60.0,))
    path = tmp_path / "cut.otio"
    path.write_text("{ half")
    tried = threading.Event()

    def fail(_: Path, **_how: object) -> None:
        tried.set()
        raise MediaError("half")

    monkeypatch.setattr(jobs, "read_timeline", fail)
    desk = ReadingDesk(lambda _: None)
    desk.read(1, path)
    assert tried.wait(5)
    began = time.monotonic()
    desk.close()
    assert time.monotonic() - began < 2
    assert not any(thread.is_alive() for thread in desk._threads)


def test_composed_music_is_posted_with_its_token() -> None:
    composed = object.__new__(Composed)
    desk, posted = _desk([composed], [])
    desk.start()
    desk.compose(9, REQUEST)
    answer = posted.get(timeout=5)
    desk.close()
    assert isinstance(answer, WorkDone)
    assert (answer.token, answer.composed) == (9, composed)

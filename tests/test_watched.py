"""A scene on which the worker hangs, crashes or eats memory costs that scene alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.videos import write_video
from v2m_bridge import jobs, watched
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, PlainVideo, Scene, Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, LeftOut, Means, looked_at, looking_at
from v2m_bridge.errors import MediaError
from v2m_bridge.watched import LeftOutMedia, Lookout, Patience, Worker

PATIENCE = Patience(quiet_s=10, medium_s=60, per_second=2, memory_bytes=1000)
RATE = Fraction(25)


class Now:
    """A clock, and a process whose memory is what it is set to."""

    def __init__(self) -> None:
        self.s, self.bytes = 100.0, 5000
        self.lookout = Lookout(1, PATIENCE, now_s=lambda: self.s, memory=lambda _pid: self.bytes)


def _edit(*paths: Path) -> Timeline:
    scenes = tuple(
        Scene(f"s{n}", path.name, FrameTime(25 * n, RATE), FrameTime(25 * n + 25, RATE), Media(path.name, str(path)))
        for n, path in enumerate(paths)
    )
    return Timeline(name="edit", rate=RATE, scenes=scenes, start=FrameTime(0, RATE))


def test_silence_counts_while_a_medium_is_looked_at_and_never_otherwise() -> None:
    now = Now()
    now.s += 1000
    assert now.lookout.complaint() == ""
    now.lookout.hear("Composing", 0, 3)
    now.s += 1000
    assert (now.lookout.medium, now.lookout.complaint()) == ("", "")
    now.lookout.hear("Looking at A001.MOV", 0, 0)
    now.s += 10
    assert (now.lookout.medium, now.lookout.complaint()) == ("a001.mov", "")
    now.s += 0.1
    assert now.lookout.complaint() == "took too long"
    now.lookout.hear("Looking at A001.MOV", 1, 9)
    assert now.lookout.complaint() == ""


def test_a_medium_that_never_ends_is_given_up_the_later_the_longer_it_is() -> None:
    now = Now()
    for second in range(0, 75, 5):
        now.lookout.hear("Looking at a.mov", 1, 6)
        assert now.lookout.complaint() == "", second
        now.s += 5
    assert now.lookout.complaint() == "took too long"
    now.lookout.hear("Looking at a.mov", 1, 60)
    assert now.lookout.complaint() == ""


def test_memory_counts_from_when_the_medium_began() -> None:
    now = Now()
    now.lookout.hear("Looking at a.mov", 0, 0)
    now.bytes += 1000
    assert now.lookout.complaint() == ""
    now.bytes += 1
    assert now.lookout.complaint() == "took too much memory"
    now.lookout.hear("Looking at b.mov", 0, 0)
    assert now.lookout.complaint() == ""


def test_a_file_that_changes_gets_another_chance(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"first")
    request = ComposeRequest(means=Means(cache_dir=""), timeline=_edit(tmp_path / "a.mov"))
    left_out = LeftOutMedia()
    slow = jobs.ChildError("worker", jobs.Why.TIMED_OUT, "took too long")
    assert not left_out.blame(request, "b.mov", slow)
    assert left_out.blame(request, "a.mov", slow)
    assert left_out.of(request) == (LeftOut("a.mov", "took too long"),)
    assert not left_out.blame(request, "a.mov", slow)
    (tmp_path / "a.mov").write_bytes(b"exported again")
    assert left_out.of(request) == ()


def test_one_crash_is_forgiven_and_the_second_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(b"x")
    request = ComposeRequest(means=Means(cache_dir=""), video=PlainVideo(Media("a.mov", str(path)), str(path)))
    left_out, crash = LeftOutMedia(), jobs.ChildError("worker", jobs.Why.DIED, "SIGSEGV")
    assert left_out.blame(request, "a.mov", crash)
    assert left_out.of(request) == ()
    assert left_out.blame(request, "a.mov", crash)
    assert left_out.of(request) == (LeftOut("a.mov", "made the decoder crash"),)


def test_a_medium_that_opens_is_looked_at_scene_by_scene_before_it_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"x")
    request = ComposeRequest(means=Means(cache_dir=""), timeline=_edit(tmp_path / "a.mov"))
    left_out, slow = LeftOutMedia(), jobs.ChildError("worker", jobs.Why.TIMED_OUT, "took too long")
    assert left_out.blame(request, "a.mov", slow, is_open=True)
    assert (left_out.of(request), left_out.apart(request)) == ((), ("a.mov",))
    for number in range(3):
        assert left_out.blame(request, "a.mov", slow, part=f"{number}-{number + 1} s", is_open=True)
    assert not left_out.blame(request, "a.mov", slow, part="0-1 s", is_open=True)
    assert [left.part for left in left_out.of(request)] == ["0-1 s", "1-2 s", "2-3 s"]
    assert left_out.blame(request, "a.mov", slow, part="8-9 s", is_open=True)
    assert "" in {left.part for left in left_out.of(request)}
    assert not left_out.blame(request, "a.mov", slow, part="9-9 s", is_open=True)
    (tmp_path / "a.mov").write_bytes(b"exported again")
    assert (left_out.of(request), left_out.apart(request)) == ((), ())


@given(st.text("ab (0-4s).mov", min_size=1, max_size=12), st.integers(0, 9999), st.integers(0, 99))
def test_a_label_says_which_medium_is_looked_at_and_what_of_it(name: str, first: int, length: int) -> None:
    part = f"{first}-{first + length} s"
    assert looked_at(looking_at(name, part)) == (name, part)
    if not name.endswith(" s)"):
        assert looked_at(looking_at(name)) == (name, "")
    assert looked_at(f"Composing {name}") == ("", "")


@pytest.fixture
def films(tmp_path: Path) -> tuple[Path, Path, Path]:
    good = [write_video(tmp_path / f"good {n}.mp4", [(2, look)]) for n, look in enumerate(("bars", "checker"))]
    return good[0], write_video(tmp_path / "bad.mp4", [(40, "noise")], size=(320, 240)), good[1]


def _composed(
    films: tuple[Path, Path, Path], cache_dir: Path, deed: Callable[[int], None], patience: Patience
) -> Composed:
    """Compose while something happens to the worker whenever it begins to look at the bad film."""
    request = ComposeRequest(means=Means(cache_dir=str(cache_dir), vision="compact"), timeline=_edit(*films))
    with Worker(patience) as worker:

        def on_progress(label: str, done: int, total: int) -> None:
            if label == "Looking at bad.mp4" and total == 0:
                deed(worker.pid)

        return worker.request(request, expect=Composed, on_progress=on_progress)


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="stops and kills processes with signals")
@pytest.mark.parametrize(("deed", "words"), [(_stop, "took too long"), (_kill, "made the decoder crash")])
def test_a_hung_or_killed_decode_costs_its_medium_alone(
    films: tuple[Path, Path, Path], tmp_path: Path, deed: Callable[[int], None], words: str
) -> None:
    done = _composed(films, tmp_path / "cache", deed, Patience(quiet_s=8))
    assert done.warnings == (f"bad.mp4 {words} and was left out; its scenes are interpolated from their neighbours",)
    assert done.score.cues
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 2


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="stops a process with a signal")
def test_a_hung_decode_in_the_middle_costs_the_scene_that_shows_it_alone(tmp_path: Path) -> None:
    path = write_video(tmp_path / "rush.mp4", [(90, "moving")], size=(96, 64))
    timeline = _edit(path, path, path)
    starts_s = (Fraction(4), Fraction(40), Fraction(80))
    scenes = tuple(replace(scene, source_in_s=s) for scene, s in zip(timeline.scenes, starts_s, strict=True))
    request = ComposeRequest(
        means=Means(cache_dir=str(tmp_path / "cache"), vision="compact"), timeline=replace(timeline, scenes=scenes)
    )
    with Worker(Patience(quiet_s=8)) as worker:

        def on_progress(label: str, done: int, total: int) -> None:
            if total and label in ("Looking at rush.mp4", "Looking at rush.mp4 (40-41 s)"):
                _stop(worker.pid)

        done = worker.request(request, expect=Composed, on_progress=on_progress)
    assert done.warnings == (
        "40-41 s of rush.mp4 took too long and was left out; its scenes are interpolated from their neighbours",
    )
    assert done.score.cues


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="kills a process with a signal")
def test_a_worker_that_another_program_kills_once_costs_nothing(films: tuple[Path, Path, Path], tmp_path: Path) -> None:
    deeds = [_kill]
    done = _composed(films, tmp_path / "cache", lambda pid: deeds.pop()(pid) if deeds else None, Patience())
    assert done.warnings == ()
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 3


@pytest.mark.long
@pytest.mark.skipif(watched.memory_bytes(os.getpid()) == 0, reason="the system does not tell the memory of a process")
def test_a_scene_of_huge_pictures_is_left_out_before_it_fills_the_memory(tmp_path: Path) -> None:
    good = write_video(tmp_path / "good.mp4", [(2, "bars")])
    huge = write_video(tmp_path / "huge.mp4", [(3, "bars")], size=(8192, 4320), rate=Fraction(5))
    request = ComposeRequest(
        means=Means(cache_dir=str(tmp_path / "cache"), vision="compact"), timeline=_edit(good, huge)
    )
    with Worker(Patience(memory_bytes=100 << 20)) as worker:
        done = worker.request(request, expect=Composed)
    assert done.warnings == (
        "0-1 s of huge.mp4 took too much memory and was left out; its scenes are interpolated from their neighbours",
    )
    with Worker() as worker:
        assert worker.request(request, expect=Composed).warnings == ()


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="stops a process with a signal")
def test_a_plain_video_that_hangs_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write_video(tmp_path / "bad.mp4", [(40, "noise")], size=(320, 240))
    request = ComposeRequest(
        means=Means(cache_dir=str(tmp_path / "cache"), vision="compact"),
        video=PlainVideo(Media(path.name, str(path)), str(path)),
    )
    with Worker(Patience(quiet_s=8)) as worker, pytest.raises(MediaError, match=r"bad\.mp4 took too long") as caught:
        worker.request(request, expect=Composed, on_progress=lambda *_: _stop(worker.pid))
    assert caught.value.hint

"""Parents and children: every way in which a child can fail costs one sentence and a bounded time."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge import jobs
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.messages import (
    Envelope,
    Failure,
    MessageError,
    ProgressReport,
    ReadRequest,
    error_of,
    failure_of,
    opened,
    pack,
    unpack,
)
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, PlainVideo, Scene, Timeline
from v2m_bridge.core.work import ComposeRequest, Means
from v2m_bridge.errors import DirectionError, OutputError, TimelineError, V2MError
from v2m_bridge.jobs import Child, ChildError, Why

CHILDREN = "tests.timeline.children"
ROOT = Path(__file__).resolve().parent.parent


def ends_within(pid: int, limit_s: float) -> bool:
    """Whether a process that is not ours to wait for ends in time."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        if status.rsplit(")", 1)[1].split()[0] == "Z":
            return True
        os.sched_yield()
    return False


@pytest.fixture(scope="module")
def obliging() -> Iterator[Child]:
    with Child(f"{CHILDREN}.obliging") as child:
        yield child


def ask(child: Child, deed: str, timeout_s: float = 20) -> PlainVideo:
    return child.request(ReadRequest(deed), expect=PlainVideo, timeout_s=timeout_s)


def test_a_child_answers_one_request_after_another(obliging: Child) -> None:
    assert [ask(obliging, name).media.name for name in ("one", "two", "three")] == ["one", "two", "three"]
    assert ask(obliging, "four").source_path == str(obliging.pid)


def test_progress_arrives_before_the_answer_and_in_order(obliging: Child) -> None:
    told: list[tuple[str, int, int]] = []
    obliging.request(ReadRequest("count"), expect=PlainVideo, on_progress=lambda *step: told.append(step), timeout_s=20)
    assert told == [(f"Step {done}", done, 4) for done in range(4)]


def test_an_error_of_a_child_comes_back_as_itself_and_the_child_serves_on(obliging: Child) -> None:
    with pytest.raises(DirectionError, match="Hm is no chord") as caught:
        ask(obliging, "misspell")
    assert (caught.value.column, caught.value.hint) == (7, "Write Bm.")
    with pytest.raises(OutputError, match="9124") as taken:
        ask(obliging, "take_port")
    assert type(taken.value) is OutputError
    assert ask(obliging, "after").media.name == "after"


def test_a_mistake_of_ours_is_named_by_its_last_line_and_prints_nothing(
    obliging: Child, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ChildError, match="KeyError: 'no such thing'") as caught:
        ask(obliging, "stumble")
    assert caught.value.why is Why.INTERNAL
    assert "\n" not in caught.value.sentence()
    assert capfd.readouterr() == ("", "")
    assert ask(obliging, "after").media.name == "after"


def test_the_answer_to_a_superseded_request_is_dropped(obliging: Child) -> None:
    first, second = obliging.send(ReadRequest("count")), obliging.send(ReadRequest("newer"))
    told: list[str] = []
    answer = obliging.wait(
        second, expect=PlainVideo, on_progress=lambda label, _done, _total: told.append(label), timeout_s=20
    )
    assert first != second
    assert answer.media.name == "newer"
    assert told == []


def test_waiting_that_is_broken_off_leaves_the_child_usable(obliging: Child) -> None:
    def enough(_label: str, _done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        obliging.request(ReadRequest("count"), expect=PlainVideo, on_progress=enough, timeout_s=20)
    assert ask(obliging, "after").media.name == "after"


@pytest.mark.parametrize(
    ("deed", "why", "words"),
    [("crash", Why.DIED, "SIGSEGV"), ("leave", Why.DIED, "Gone fishing"), ("eat", Why.INTERNAL, "MemoryError")],
)
def test_a_child_that_goes_down_costs_one_sentence(deed: str, why: Why, words: str) -> None:
    with Child(f"{CHILDREN}.obliging") as child, pytest.raises(ChildError, match=words) as caught:
        ask(child, deed)
    assert caught.value.why is why


def test_a_child_that_hangs_is_killed_when_its_time_is_up() -> None:
    with Child(f"{CHILDREN}.obliging") as child:
        child.wait_until_ready()
        before_s = time.monotonic()
        with pytest.raises(ChildError) as caught:
            ask(child, "hang", timeout_s=0.2)
        assert time.monotonic() - before_s < 5
        assert caught.value.why is Why.TIMED_OUT
        assert not child.is_alive
        with pytest.raises(ChildError):
            ask(child, "anything")


@pytest.mark.parametrize("garble", ["kind", "bytes"])
def test_a_child_that_talks_nonsense_is_ended(garble: str) -> None:
    with Child(f"{CHILDREN}.garbler", env={"GARBLE": garble}) as child, pytest.raises(ChildError) as caught:
        ask(child, "anything")
    assert caught.value.why is Why.GARBLED
    assert not child.is_alive


def test_a_child_that_never_connects_is_given_up() -> None:
    with Child(f"{CHILDREN}.absent", start_limit_s=0.3) as child, pytest.raises(ChildError, match="too long") as caught:
        ask(child, "anything")
    assert caught.value.why is Why.START
    assert not child.is_alive


def test_a_child_that_cannot_be_imported_says_why() -> None:
    with Child(f"{CHILDREN}.faulty") as child, pytest.raises(ChildError, match="libnothing") as caught:
        ask(child, "anything")
    assert caught.value.why is Why.START


def test_closing_ends_the_child_and_may_be_repeated() -> None:
    child = Child(f"{CHILDREN}.obliging")
    child.wait_until_ready()
    child.close()
    child.close()
    assert not child.is_alive


def test_closing_from_another_thread_ends_the_waiting() -> None:
    child = Child(f"{CHILDREN}.obliging")
    failures: list[ChildError] = []

    def wait() -> None:
        try:
            ask(child, "hang")
        except ChildError as exc:
            failures.append(exc)

    child.wait_until_ready()
    thread = threading.Thread(target=wait)
    thread.start()
    child.close()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert [failure.why for failure in failures] == [Why.DIED]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks a process up in /proc")
@pytest.mark.parametrize("deed", ["idle", "hang"])
def test_a_child_ends_by_itself_when_its_parent_dies_idle_or_at_work(deed: str) -> None:
    parent = subprocess.run(
        [sys.executable, "-m", f"{CHILDREN}.orphan_maker", deed],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=30,
    )
    assert ends_within(int(parent.stdout), 10)


def test_a_module_in_the_working_folder_is_not_taken_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    with Child(f"{CHILDREN}.obliging") as child:
        assert ask(child, "fine").media.name == "fine"


def test_the_key_of_the_pipe_is_not_in_the_list_of_processes(obliging: Child) -> None:
    command = Path(f"/proc/{obliging.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    assert command[1:] == [b"-P", b"-m", f"{CHILDREN}.obliging".encode()]


def test_the_reader_started_by_hand_ends_with_a_sentence() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "v2m_bridge.reader"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=30
    )
    assert run.returncode == 1
    assert run.stderr.decode().count("\n") == 1


@pytest.mark.parametrize(("deed", "words"), [("crash", "SIGSEGV"), ("hang", "longer than"), ("eat", "MemoryError")])
def test_a_reader_that_goes_down_is_a_timeline_error(deed: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "READER", f"{CHILDREN}.obliging")
    monkeypatch.setattr(jobs, "READ_LIMIT_S", 0.5 if deed == "hang" else 20)
    with pytest.raises(TimelineError, match=words) as caught:
        jobs.read_timeline(deed)
    assert "\n" not in caught.value.sentence()
    assert caught.value.hint


def test_a_plain_video_is_named_and_not_opened(tmp_path: Path) -> None:
    film = tmp_path / "Reel 1.MOV"
    film.write_bytes(b"not a film at all")
    assert jobs.read_timeline(film) == PlainVideo(Media("Reel 1.MOV", str(film)), str(film))


def test_a_request_is_about_one_edit() -> None:
    rate = Fraction(25)
    scene = Scene(id="s", name="a", record_in=FrameTime(0, rate), record_out=FrameTime(9, rate))
    timeline = Timeline(name="t", rate=rate, scenes=(scene,), start=FrameTime(0, rate))
    video = PlainVideo(Media("a.mov"), "a.mov")
    request = ComposeRequest(means=Means(cache_dir=""), wishes=CueDirection())
    about_timeline = jobs.with_edit(request, timeline)
    assert (about_timeline.timeline, about_timeline.video) == (timeline, None)
    about_video = jobs.with_edit(about_timeline, video)
    assert (about_video.timeline, about_video.video) == (None, video)


@given(st.binary(max_size=200))
def test_bytes_are_a_message_or_a_message_error(data: bytes) -> None:
    try:
        envelope = unpack(data)
    except MessageError:
        return
    assert isinstance(envelope, Envelope)


@given(
    st.integers(0, 2**40),
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.fractions(min_value=1, max_value=1000),
)
def test_messages_survive_the_pipe(request_id: int, path: str, rate: Fraction) -> None:
    request = ReadRequest(path, (path,), rate)
    envelope = unpack(pack(request_id, request))
    assert envelope.request_id == request_id
    assert opened(envelope, (ProgressReport, ReadRequest)) == request
    with pytest.raises(MessageError):
        opened(envelope, (ProgressReport,))


@given(st.sampled_from([V2MError, TimelineError, OutputError]), st.text(max_size=60), st.text(max_size=60))
def test_errors_survive_the_pipe(kind: type[V2MError], message: str, hint: str) -> None:
    back = error_of(failure_of(kind(message, hint=hint)))
    assert (type(back), str(back), back and back.hint) == (kind, message, hint)


def test_a_failure_without_a_name_is_no_error_of_the_user() -> None:
    assert error_of(Failure(error="", message="KeyError: 3")) is None

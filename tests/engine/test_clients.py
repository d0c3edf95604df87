"""Clients' door, the lease of a session folder, and the engine's process: what stands when it starts and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from tests.end_to_end.daemon import until
from v2m_bridge.bridge import Bridge, endpoint_of
from v2m_bridge.core import codec
from v2m_bridge.core.commands import Play
from v2m_bridge.core.conversation import AnyFromEngine, Ask, Endpoint, Followed, Pushed
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.engine.clients import ClientDoor
from v2m_bridge.engine.inbox import Asked, Message
from v2m_bridge.engine.lease import SessionHeldError, SessionLease
from v2m_bridge.errors import SettingsError

PORTS = ["--osc-in", "127.0.0.1:0", "--osc-out", "127.0.0.1:9"]


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of temporary files of our own, for this process and those that it starts."""
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp" if os.name == "posix" else None))  # noqa: S108 socket paths are short
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_door_that_closes_leaves_no_folder_and_does_not_wait_for_a_client_that_says_nothing(temp: Path) -> None:
    door = ClientDoor(lambda _: None)
    door.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.connect(door.address)
        began = time.monotonic()
        door.close()
        door.close()
        assert time.monotonic() - began < 4
    assert list(temp.iterdir()) == []


def test_a_client_is_sent_the_snapshot_before_the_answer() -> None:
    asked: list[Asked] = []
    arrived = threading.Event()

    def post(message: Message) -> None:
        if isinstance(message, Asked):
            asked.append(message)
            arrived.set()

    door = ClientDoor(post)
    door.start()
    with Client(door.address, authkey=door.authkey) as pipe:
        first = codec.decode_union(pipe.recv_bytes(), AnyFromEngine)
        assert isinstance(first, Pushed)
        for turn in range(1, 30):
            arrived.clear()
            pipe.send_bytes(codec.encode(Ask(turn, Play())))
            assert arrived.wait(5)
            door.push(Snapshot(version=turn))
            asked[-1].answer(None)
            said = [codec.decode_union(pipe.recv_bytes(), AnyFromEngine) for _ in range(2)]
            assert said == [Pushed(Snapshot(version=turn)), Followed(turn)]
    door.close()


def test_a_lease_sweeps_up_after_an_engine_that_was_killed(temp: Path, tmp_path: Path) -> None:
    left = Path(tempfile.mkdtemp(prefix="v2m-"))
    (left / "engine").touch()
    with SessionLeaseOf(tmp_path) as lease:
        lease.publish(Endpoint(str(left / "engine"), "00", 1, "", (), ()))
        lease._file.close()  # what a kill leaves
    assert endpoint_of(tmp_path) is not None
    with SessionLeaseOf(tmp_path):
        assert endpoint_of(tmp_path) is None
        assert list(temp.iterdir()) == []
        with pytest.raises(SessionHeldError, match="already runs"):
            SessionLease(tmp_path)


class SessionLeaseOf:
    """A lease for a ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self._lease = SessionLease(folder)

    def __enter__(self) -> SessionLease:
        return self._lease

    def __exit__(self, *_: object) -> None:
        self._lease.close()


def test_a_session_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot use the session folder"):
        SessionLease(tmp_path / "file" / "session")
    with pytest.raises(SettingsError, match="cannot use the session folder"):
        Bridge(tmp_path / "file" / "session", PORTS)


def test_why_an_engine_did_not_start_is_its_own_sentence_with_one_hint(tmp_path: Path) -> None:
    (tmp_path / "engine.log").write_text("words of an earlier run\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            Bridge(tmp_path, ["--osc-in", f"127.0.0.1:{port}"])
    assert str(caught.value) == f"cannot listen for OSC on 127.0.0.1:{port}"
    assert caught.value.hint == "Choose another port with --osc-in."
    with pytest.raises(SettingsError, match="is not a port"):
        Bridge(tmp_path, ["--osc-in", "127.0.0.1:0", "--osc-out", "nowhere"])


def test_an_engine_ends_without_leaving_anything_behind(temp: Path, tmp_path: Path) -> None:
    shared = set(Path("/dev/shm").glob("psm_*")) if sys.platform == "linux" else set()  # noqa: S108
    with Bridge(tmp_path, PORTS) as bridge:
        assert bridge.owns_engine
        with Bridge(tmp_path) as second:
            assert not second.owns_engine
            second.do(Play())
        assert not bridge.lost
    assert endpoint_of(tmp_path) is None
    assert [path.name for path in temp.iterdir() if path.name.startswith("v2m-")] == []
    if sys.platform == "linux":
        assert set(Path("/dev/shm").glob("psm_*")) == shared  # noqa: S108


def test_two_clients_that_start_at_once_share_one_engine(tmp_path: Path) -> None:
    made: list[Bridge] = []

    def attach() -> None:
        made.append(Bridge(tmp_path, PORTS))

    threads = [threading.Thread(target=attach) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    try:
        assert len(made) == 2
        assert sorted(bridge.owns_engine for bridge in made) == [False, True]
        for bridge in made:
            bridge.do(Play())
    finally:
        for bridge in sorted(made, key=lambda bridge: bridge.owns_engine):
            bridge.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_v2m_run_ends_with_its_children_and_exit_code_0(temp: Path, tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "v2m_bridge",
        "run",
        "--headless",
        "--follow",
        "--session",
        str(tmp_path / "s"),
        *PORTS,
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"session")
    os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert b"Traceback" not in out + errors
    until(lambda: _living(process.pid) == [], 5, "the end of every child")
    assert [path.name for path in temp.iterdir() if path.name.startswith("v2m-")] == []


def _living(group: int) -> list[str]:
    """Commands of the processes of a group that run; what has ended and waits to be taken note of does not count."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, process_group = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
            if process_group == str(group) and state != "Z":
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found

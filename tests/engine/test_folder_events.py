"""Changes in folders, as the system tells them."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from v2m_bridge.engine.folder_events import FolderEvents, on_a_network

LONG_S = 60.0


def _took_s(events: FolderEvents, timeout_s: float) -> float:
    before_s = time.monotonic()
    events.wait(timeout_s)
    return time.monotonic() - before_s


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_a_wait_ends_with_each_change_and_not_without_one(tmp_path: Path) -> None:
    file = tmp_path / "cut.otio"
    changes = (
        lambda: file.write_text("a"),
        lambda: file.write_text("ab"),
        lambda: file.replace(tmp_path / "other.otio"),
        lambda: (tmp_path / "other.otio").unlink(),
    )
    events = FolderEvents([tmp_path, tmp_path / "missing"])
    assert events.is_native
    for change in changes:
        assert _took_s(events, 0.05) >= 0.05
        change()
        assert _took_s(events, LONG_S) < LONG_S / 2
    events.close()


def test_a_wait_can_be_ended_from_elsewhere(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        events = FolderEvents([folder])
        threading.Timer(0.1, events.wake).start()
        assert _took_s(events, LONG_S) < LONG_S / 2
        assert _took_s(events, LONG_S) < LONG_S / 2
        events.close()


def test_a_folder_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    events = FolderEvents([tmp_path / "missing"])
    assert not events.is_native
    events.close()


@pytest.mark.parametrize(
    ("kind", "is_far"),
    [("ext4", False), ("overlay", False), ("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("9p", True)],
)
def test_the_drive_that_holds_a_folder_says_whether_others_write_there(kind: str, is_far: bool, tmp_path: Path) -> None:
    folder = tmp_path / "a job" / "cuts"
    folder.mkdir(parents=True)
    mounts = tmp_path / "mounts"
    place = str(tmp_path / "a job").replace(" ", "\\040")
    mounts.write_text(f"proc /proc proc rw 0 0\n/dev/a / ext4 rw 0 0\nserver:/x {place} {kind} rw 0 0\nodd\n")
    assert on_a_network(folder, mounts) is is_far
    assert not on_a_network(tmp_path, mounts)
    assert not on_a_network(folder, tmp_path / "no mounts")

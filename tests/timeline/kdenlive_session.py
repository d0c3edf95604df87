"""Runs beside a real Kdenlive: opens a project in it, edits it as a user would, and saves it.

Started by test_kdenlive_real.py as ``python kdenlive_session.py PROJECT`` on a virtual screen with a message bus.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 90
SECOND, FRAME = "monitor_seek_forward-one-second", "monitor_seek_forward-one-frame"
EDIT = (
    *("seek_start", SECOND, FRAME, FRAME, FRAME, "cut_timeline_all_clips"),  # a cut at frame 28, sound and picture
    *(SECOND, "add_marker_guide_quickly"),  # a guide at frame 53
    *(SECOND, SECOND, "cut_timeline_clip"),  # the shot over frame 103 loses what follows
    *(FRAME, "select_timeline_clip", "delete_timeline_clip"),
    *("seek_start", SECOND, SECOND, *[FRAME] * 10, "select_timeline_clip", "mix_clip"),  # a dissolve at frame 60
)
"""Names of Kdenlive's own actions, as its menus and keys call them."""


def said(*command: str) -> str:
    """Return what a command prints, nothing where it fails."""
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return run.stdout if run.returncode == 0 else ""


def address() -> str:
    """Return the name of Kdenlive on the message bus, empty until it is there."""
    names = said(
        "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"
    )
    match = re.search(r"org\.kde\.kdenlive-\d+", names)
    return match[0] if match else ""


def wait_for_window(title: str) -> None:
    """Wait until a window shows the project."""
    until_s = time.monotonic() + PATIENCE_S
    while not (address() and said("xdotool", "search", "--name", f"^{re.escape(title)} / ")):
        if time.monotonic() > until_s:
            raise SystemExit("Kdenlive did not open the project")
        time.sleep(0.5)
    time.sleep(6)


def do(action: str) -> None:
    """Let Kdenlive do one of its actions."""
    said(
        *("dbus-send", "--session", "--print-reply", f"--dest={address()}", "/kdenlive/MainWindow_1"),
        *("org.kde.KMainWindow.activateAction", f"string:{action}"),
    )
    time.sleep(0.4)


def main(project: Path) -> None:
    """Open, edit and save."""
    with project.with_suffix(".log").open("wb") as log:
        program = subprocess.Popen(["kdenlive", str(project)], stdout=log, stderr=log)
    try:
        wait_for_window(project.stem)
        for action in EDIT:
            do(action)
        before = project.stat().st_mtime_ns
        do("file_save")
        until_s = time.monotonic() + PATIENCE_S / 3
        while project.stat().st_mtime_ns == before and time.monotonic() < until_s:
            time.sleep(0.2)
        time.sleep(1)
    finally:
        program.kill()
        program.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

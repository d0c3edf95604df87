"""Runs plugins/reaper under Lua against a recording stand-in for REAPER, and reads what it recorded."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from tests.footage import ROOT
from v2m_bridge.core.score import Score

FOLDER: Final = ROOT / "plugins" / "reaper"
HERE: Final = Path(__file__).resolve().parent
PPQ: Final = 960
_PACKAGES: Final = {"lua5.4": "lua5.4", "luac5.4": "lua5.4", "luacheck": "lua-check"}


def program(name: str) -> str:
    """Return the path of a Lua program; the test fails where it is absent."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: make setup installs it, or apt-get install {_PACKAGES[name]}")
    return path


def lua(*arguments: str | Path, text: str = "") -> str:
    """Run Lua and return what it prints."""
    run = subprocess.run(
        [program("lua5.4"), *map(str, arguments)], input=text, check=False, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@dataclass(frozen=True)
class Project:
    """What the stand-in holds."""

    recorded: dict[str, Any]

    @property
    def tracks(self) -> dict[str, dict[str, Any]]:
        """Tracks by name."""
        return {track["text"]["P_NAME"]: track for track in self.recorded["tracks"]}

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """Tempo points by time."""
        return sorted(self.recorded["points"], key=lambda point: float(point["time"]))

    def items(self, part: str) -> dict[str, dict[str, Any]]:
        """Items of a part by cue."""
        return {item["text"]["P_EXT:v2m_cue"]: item for item in self.tracks[part]["items"]}

    def marked(self, *, regions: bool) -> list[tuple[float, str]]:
        """Markers, or regions, by time."""
        return sorted((m["time"], m["name"]) for m in self.recorded["markers"] if m["is_region"] == regions)

    def quarters(self, at_s: float) -> float:
        """Quarters from the start of the project to a time."""
        quarters, before_s, bpm = 0.0, 0.0, 120.0
        for point in self.points:
            if point["time"] >= at_s:
                break
            quarters += (point["time"] - before_s) * bpm / 60
            before_s, bpm = point["time"], point["bpm"]
        return quarters + (at_s - before_s) * bpm / 60

    def seconds(self, quarters: float) -> float:
        """Return the time of a position in quarters."""
        at, at_s, bpm = 0.0, 0.0, 120.0
        for point in self.points:
            here = at + (point["time"] - at_s) * bpm / 60
            if here >= quarters:
                break
            at, at_s, bpm = here, point["time"], point["bpm"]
        return at_s + (quarters - at) * 60 / bpm

    def quarters_after_bar_line(self, at_s: float) -> float:
        """Distance from the nearest bar line, where each meter begins a bar of its own."""
        first, bar = 0.0, 4.0
        for point in self.points:
            if point["time"] > at_s + 1e-9:
                break
            if point["beats"]:
                first, bar = self.quarters(point["time"]), 4 * point["beats"] / point["unit"]
        bars = (self.quarters(at_s) - first) / bar
        return abs(bars - round(bars)) * bar

    def note_times(self, item: dict[str, Any]) -> list[tuple[float, float, int, int]]:
        """Start, end, pitch and velocity of the notes of an item."""
        start = self.quarters(item["start"])
        return [
            (self.seconds(start + on / PPQ), self.seconds(start + off / PPQ), pitch, velocity)
            for on, off, _, pitch, velocity in item["take"]["notes"]
        ]


def session(text: str) -> list[Project]:
    """Play a session, and return the project each time that it is shown."""
    shown = lua(HERE / "reaper_session.lua", FOLDER / "v2m_import.lua", text=text)
    return [Project(json.loads(line)) for line in shown.splitlines()]


def importing(score: Score, path: Path, before: str = "") -> Project:
    """Import a score into an empty project, or after what a session does `before`."""
    path.write_bytes(score.to_json())
    (project,) = session(f"{before}\n{choose(path)} run() show()")
    return project


def choose(path: Path) -> str:
    """Return what makes the user choose a file the next time that one is asked for."""
    return f"table.insert(state.files, {json.dumps(str(path))})"

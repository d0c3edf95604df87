"""`v2m doctor --fetch-sound`: what it would run, and what it says where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from v2m_bridge.core import sound_fonts
from v2m_bridge.doctor import findings
from v2m_bridge.errors import SettingsError
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.fetch_sound import fetch_sound

FONT = sound_fonts.LARGE_SOUND_FONTS[0]


class Apt:
    """An apt that knows some packages, and installs a file."""

    def __init__(self, path: Path, *, knows: bool = True, works: bool = True) -> None:
        self.path, self.knows, self.works = path, knows, works
        self.ran: list[list[str]] = []

    def __call__(self, command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        if command[0] == "apt-cache":
            candidate = "3.1-5.3" if self.knows else "(none)"
            return subprocess.CompletedProcess(command, 0, f"{command[-1]}:\n  Candidate: {candidate}\n")
        self.ran.append(command)
        if self.works:
            self.path.write_bytes(b"RIFF\4\0\0\0sfbk")
        return subprocess.CompletedProcess(command, 0 if self.works else 100)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the large SoundFont would be, on a machine with apt and root."""
    path = tmp_path / "large.sf2"
    monkeypatch.setattr(sound_fonts, "LARGE_SOUND_FONTS", (replace(FONT, path=str(path)),))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    return path


def test_it_says_what_it_runs_before_it_runs_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt, said = Apt(place), list[str]()
    monkeypatch.setattr(subprocess, "run", apt)

    def say(line: str) -> None:
        assert not apt.ran
        said.append(line)

    assert fetch_sound(say).title == FONT.title
    assert apt.ran == [["apt-get", "install", "--yes", "--no-install-recommends", "fluid-soundfont-gm"]]
    assert " ".join(apt.ran[0]) in said[0]
    assert "148 MB" in said[0]
    assert find_sound_font(None) == place
    assert any(finding.what == "SoundFont" and finding.state == FONT.title for finding in findings())


def test_what_is_there_already_is_not_fetched_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt, said = Apt(place), list[str]()
    monkeypatch.setattr(subprocess, "run", apt)
    place.write_bytes(b"RIFF\4\0\0\0sfbk")
    fetch_sound(said.append)
    assert apt.ran == []
    assert "already" in said[0]


def without_apt(monkeypatch: pytest.MonkeyPatch, _apt: Apt) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)


def without_package(_monkeypatch: pytest.MonkeyPatch, apt: Apt) -> None:
    apt.knows = False


def without_root(monkeypatch: pytest.MonkeyPatch, _apt: Apt) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)


def with_failure(_monkeypatch: pytest.MonkeyPatch, apt: Apt) -> None:
    apt.works = False


@pytest.mark.parametrize(
    ("lack", "sentence", "hint"),
    [
        (without_apt, "does not have", "--soundfont"),
        (without_package, "apt knows no package fluid-soundfont-gm", "apt-get update"),
        (without_root, "needs root", "sudo apt-get install --yes"),
        (with_failure, "could not install", "--soundfont"),
    ],
)
def test_where_it_cannot_it_says_what_to_do(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    lack: Callable[[pytest.MonkeyPatch, Apt], None],
    sentence: str,
    hint: str,
) -> None:
    apt = Apt(place)
    monkeypatch.setattr(subprocess, "run", apt)
    lack(monkeypatch, apt)
    with pytest.raises(SettingsError, match=sentence) as caught:
        fetch_sound(lambda _line: None)
    assert hint in caught.value.hint
    assert not place.exists()


def test_without_a_large_one_the_small_one_plays_and_doctor_offers_the_larger(place: Path) -> None:
    assert find_sound_font(None).name == "TimGM6mb.sf2"
    offered = next(finding for finding in findings() if finding.what == "SoundFont")
    assert offered.remedy == "v2m doctor --fetch-sound"
    assert offered.is_fine

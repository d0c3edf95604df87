"""`v2m analyse` puts the features of many media into the cache, here and on a Ray cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.footage import ROOT
from tests.videos import write_video
from v2m_bridge.cli_analyse import media_in
from v2m_bridge.errors import MediaError

pytestmark = pytest.mark.long

RAY_VENV = ROOT / "build" / "ray-venv"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Return a folder of two films, one of them deeper, an empty one and a file that is none."""
    shelf = tmp_path / "shelf"
    (shelf / "day 2").mkdir(parents=True)
    write_video(shelf / "a.mp4", [(2, "bars"), (1, "checker")])
    write_video(shelf / "day 2" / "b.MOV", [(3, "moving")])
    (shelf / "empty.mov").write_bytes(b"")
    (shelf / "notes.txt").write_text("not a film")
    return shelf


def _analyse(cache: Path, *arguments: str | Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"V2M_CACHE": str(cache), "V2M_SETTINGS": str(cache / "none.toml"), "COLUMNS": "100"}
    command = [python, "-m", "v2m_bridge", "analyse", "--vision", "compact", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def _entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("*.npz"))


def test_folders_are_searched_and_each_film_is_named_once(shelf: Path) -> None:
    films = [shelf / "a.mp4", shelf / "day 2" / "b.MOV", shelf / "empty.mov"]
    assert media_in([shelf]) == tuple(films)
    assert media_in([shelf / "notes.txt", shelf / "a.mp4", shelf]) == (shelf / "notes.txt", *films)
    with pytest.raises(MediaError, match="no file or folder"):
        media_in([shelf / "absent"])


def test_films_are_seen_what_cannot_be_is_named_and_nothing_is_seen_twice(shelf: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = _analyse(cache, shelf)
    assert first.returncode == 0, first.stderr
    assert [name in first.stdout for name in ("a.mp4", "b.MOV", "empty.mov")] == [True, True, False]
    assert "Warning: empty.mov is empty" in first.stderr
    entries = _entries(cache)
    stamps = [(cache / name).stat().st_ino for name in entries]
    assert len(entries) == 2
    assert _analyse(cache, shelf).returncode == 0
    assert [(cache / name).stat().st_ino for name in _entries(cache)] == stamps


def test_where_nothing_can_be_seen_one_sentence_says_so(shelf: Path, tmp_path: Path) -> None:
    done = _analyse(tmp_path / "cache", shelf / "empty.mov", shelf / "notes.txt")
    assert done.returncode == 2
    assert "nothing could be looked at" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_ray_its_engine_says_how_to_get_it(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ray'] = None")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "V2M_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "v2m_bridge", "analyse", "--engine", "ray", str(shelf / "a.mp4")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "v2m_bridge[ray]" in done.stderr


@pytest.fixture(scope="module")
def python_with_ray() -> str:
    """Return an interpreter that has Ray besides all that this one has; made once, in build/ray-venv."""
    python = RAY_VENV / "bin" / "python"
    if not (RAY_VENV / "made").is_file():
        _run([sys.executable, "-m", "venv", "--clear", str(RAY_VENV)])
        for paths in RAY_VENV.glob("lib/python3*/site-packages"):
            (paths / "ours.pth").write_text(sysconfig.get_path("purelib"))
        made = subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "ray>=2.9"],
            capture_output=True,
            text=True,
            timeout=600,
        )
        if made.returncode:
            pytest.skip("Ray cannot be installed here; its wheel is fetched with pip")
        (RAY_VENV / "made").write_text("")
    return str(python)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=600)


@pytest.mark.skipif(os.name != "posix", reason="the environment with Ray is laid out as on Linux and macOS")
def test_a_ray_cluster_fills_the_cache_with_the_same_features(
    shelf: Path, tmp_path: Path, python_with_ray: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert _analyse(here, shelf).returncode == 0
    done = _analyse(there, shelf, "--engine", "ray", python=python_with_ray)
    assert done.returncode == 0, done.stderr
    assert "Warning: empty.mov is empty" in done.stderr
    assert _entries(there) == _entries(here)
    for name in _entries(here):
        assert (here / name).read_bytes() == (there / name).read_bytes()

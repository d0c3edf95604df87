"""The files of the project: what git tracks, and what it would."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from tests.footage import ROOT


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that belongs to the project, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*folders: str) -> tuple[Path, ...]:
    """Return the Python files below some folders of the project."""
    tops = [ROOT / folder for folder in folders]
    return tuple(p for p in project_files() if p.suffix == ".py" and any(p.is_relative_to(top) for top in tops))


def place(path: Path) -> str:
    """Return a path as it is written in the project, with forward slashes."""
    return path.relative_to(ROOT).as_posix()

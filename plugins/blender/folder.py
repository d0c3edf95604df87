# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in the watched folder: whole or not there, and never over a file that is not ours."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from .otio_json import MARK

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


class NotOurs(Exception):  # noqa: N818  it says what the file is
    """A file of somebody else stands where the edit would go."""


def edit_name(project: str, scene: str) -> str:
    """Return the name for the edit of a scene; `scene` is empty where the project has one edit."""
    name = f"{project}-{scene}" if scene else project
    return _UNSAFE.sub("_", name).strip(" .") or "edit"


def write(path: Path, text: str) -> bool:
    """Write a file under a temporary name and move it into place; say whether anything changed.

    Raises
    ------
    NotOurs
        When the file was not written by this extension.
    OSError
        When the place cannot be written.
    """
    if path.exists():
        before = path.read_text(encoding="utf-8", errors="replace")
        if before == text:
            return False
        if f'"{MARK}"' not in before:
            raise NotOurs(f"{path} is there already and this extension did not write it")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".v2m-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True

"""The user's themes: one TOML file each in the folder ``themes`` of the configuration folder."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from v2m_bridge.core.theme import Theme, check_theme_name
from v2m_bridge.core.theme_text import parse_theme, theme_text
from v2m_bridge.errors import DirectionError, OutputError
from v2m_bridge.settings import settings_path

_SUFFIX: Final = ".toml"
_LARGEST_BYTES: Final = 131_072


def themes_folder() -> Path:
    """Return where themes are kept: $V2M_THEMES, else ``themes`` beside the settings."""
    given = os.environ.get("V2M_THEMES")
    return Path(given) if given else settings_path().with_name("themes")


def theme_names() -> tuple[str, ...]:
    """Return the names of the themes that there are, in alphabetical order."""
    with suppress(OSError):
        return tuple(sorted(path.stem for path in themes_folder().glob(f"*{_SUFFIX}") if path.is_file()))
    return ()


def load_theme(name: str) -> Theme:
    """Return the theme of this name.

    Raises
    ------
    DirectionError
        When there is none, with those there are, or when its file is wrong, with the line or the note.
    """
    path = themes_folder() / f"{name}{_SUFFIX}"
    try:
        check_theme_name(name)
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as exc:
        there = ", ".join(theme_names())
        hint = f"Choose one of {there}, or add it" if there else "Add it"
        raise DirectionError(
            f"there is no theme {name[:40]!r}", hint=f"{hint} with v2m theme add NAME FILE.mid."
        ) from exc
    if len(data) > _LARGEST_BYTES:
        raise DirectionError(f"the theme {name} is larger than {_LARGEST_BYTES // 1024} kB", hint="Add it again.")
    try:
        return parse_theme(data.decode("utf-8"), f"the theme {name}")
    except UnicodeDecodeError as exc:
        raise DirectionError(f"the theme {name} is not UTF-8 text", hint=f"Correct {path}.") from exc


def keep_theme(theme: Theme, *, replace: bool = False) -> Path:
    """Write a theme, whole or not at all, and return its file.

    Raises
    ------
    OutputError
        When a theme of that name is there and is not to be replaced, or the folder cannot be written.
    """
    path = themes_folder() / f"{theme.name}{_SUFFIX}"
    if path.exists() and not replace:
        raise OutputError(f"there is a theme {theme.name!r} already", hint="Give --replace, or choose another name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, passing = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(theme_text(theme).encode())
                file.flush()
                os.fsync(file.fileno())
            Path(passing).replace(path)
        finally:
            Path(passing).unlink(missing_ok=True)
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}", hint="Make its folder writable.") from exc
    return path

"""Finding and reading styles: those of the program, and those that a user wrote.

`style_of` is pure: of a style that is not the program's the wishes hold the text, which `read_style_text` has read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import msgspec

from v2m_bridge.arrange.style_data import Style
from v2m_bridge.core.direction import DEFAULT_STYLE, CueDirection
from v2m_bridge.errors import DirectionError

USER_FOLDER: Final = "styles"
"""Folder, in the one that the program runs in, whose files are styles by their names."""
_SUFFIX: Final = ".toml"
_LARGEST_BYTES: Final = 65_536
_DOCS: Final = "docs/music.md lists what a style holds."


def style_names() -> tuple[str, ...]:
    """Return the names of the styles there are, in alphabetical order: the program's and those of ``styles/``."""
    return tuple(sorted({*_own_names(), *_user_names()}))


def style_of(wishes: CueDirection) -> Style:
    """Return the style that wishes name: one of the program, or the one whose text they hold.  Pure.

    Raises
    ------
    DirectionError
        When there is no style of that name, or its text is wrong, with the line or key.
    """
    name = wishes.style or DEFAULT_STYLE
    if wishes.style_text is not None and name not in _own_names():
        return _style_of(wishes.style_text, Path(name).name)
    if name in _own_names():
        return _own_style(name)
    raise DirectionError(f"there is no style {name[:40]!r}", hint=_choose(_own_names()))


def load_style(name: str) -> Style:
    """Return the style of this name, or the one in the file that it names; see `read_style_text`."""
    return style_of(CueDirection(style=name, style_text=read_style_text(name)))


def read_style_text(name: str) -> str | None:
    """Return what the file of a user's style holds, None for a style of the program.

    Parameters
    ----------
    name : str
        A name of `style_names`, or a path that ends with ``.toml``.

    Raises
    ------
    DirectionError
        When there is none, with those there are, or it cannot be read or is no text.
    """
    if name in _own_names():
        return None
    path = Path(name) if name.endswith(_SUFFIX) else Path(USER_FOLDER) / f"{name}{_SUFFIX}"
    if not name.endswith(_SUFFIX) and name not in _user_names():
        raise DirectionError(f"there is no style {name[:40]!r}", hint=_choose(style_names()))
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as exc:
        hint = f"Give the path of a {_SUFFIX} file, or one of {', '.join(style_names())}."
        raise DirectionError(f"cannot read the style {name[-200:]!r}: {exc}", hint=hint) from exc
    if len(data) > _LARGEST_BYTES:
        raise DirectionError(f"the style {path.name} is larger than {_LARGEST_BYTES // 1024} kB", hint=_DOCS)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise DirectionError(f"the style {path.name} is not UTF-8 text: {exc}", hint=f"Save it so; {_DOCS}") from exc


def _choose(names: Iterable[str]) -> str:
    return f"Choose one of {', '.join(sorted(names))}, or give the path of a {_SUFFIX} file."


@lru_cache(maxsize=1)
def _own_names() -> frozenset[str]:
    folder = files("v2m_bridge.arrange") / "styles"
    return frozenset(each.name.removesuffix(_SUFFIX) for each in folder.iterdir() if each.name.endswith(_SUFFIX))


def _user_names() -> list[str]:
    with suppress(OSError):
        return [path.stem for path in Path(USER_FOLDER).glob(f"*{_SUFFIX}") if path.is_file()]
    return []


@lru_cache(maxsize=32)
def _own_style(name: str) -> Style:
    text = (files("v2m_bridge.arrange") / "styles" / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    return _style_of(text, f"{name}{_SUFFIX}")


@lru_cache(maxsize=32)
def _style_of(text: str, file_name: str) -> Style:
    """Read the text of a style."""
    where = f"the style {file_name}"
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise DirectionError(f"{where} is not TOML: {exc}", hint=f"Correct that place; {_DOCS}") from exc
    if stranger := next(_unknown(table, Style, ""), None):
        raise DirectionError(f"{where} has an unknown key {stranger[:80]!r}", hint=f"Remove or rename it; {_DOCS}")
    try:
        return msgspec.convert(table, Style)
    except (msgspec.ValidationError, ValueError, ArithmeticError, DirectionError) as exc:
        said = str(exc).replace(" - at `$.", " at `").replace("`$.", "`").removesuffix(" - at `$`")
        raise DirectionError(f"{where} cannot be followed: {said}", hint=f"Correct that key; {_DOCS}") from exc


def _unknown(table: Any, kind: Any, place: str) -> Iterator[str]:
    """Yield the keys of a table that its kind does not have, with their place."""
    if not is_dataclass(kind) or not isinstance(table, dict):
        return
    known = {each.name: get_type_hints(kind)[each.name] for each in fields(kind) if each.init}
    for key, value in table.items():
        if key not in known:
            yield f"{place}{key}"
            continue
        inner = get_args(known[key])[:1] or (known[key],)
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            yield from _unknown(row, inner[0], f"{place}{key}.")

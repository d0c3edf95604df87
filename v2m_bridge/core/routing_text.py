"""parts.toml: where each part goes, as text.

::

    [bass]                  # name of a part
    port = "Kontakt"        # a MIDI port of its own
    channel = 2             # 1 to 16
    transpose = -12         # semitones
    range = [28, 55]        # lowest and highest MIDI key; notes are moved by octaves into it
    keyswitch = 24          # MIDI key that is struck before the first note
    controller = 11         # that dynamics are sent on, or "none"
    delay_ms = -60          # -300 to 300; negative is earlier
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from v2m_bridge.core.routing import NO_CONTROLLER, PartRoute, Routing
from v2m_bridge.errors import SettingsError

_KEYS: Final = ("port", "channel", "transpose", "range", "keyswitch", "controller", "delay_ms")
_LARGEST_BYTES: Final = 65_536
_DOCS: Final = "docs/routing.md lists what a parts file can say."
_MOST_PORTS: Final = 6
"""The player has eight outputs, of which one is MIDI for every part and one is OSC."""


def load_routing(path: Path, *, must_exist: bool = True) -> Routing:
    """Read a parts file.

    Parameters
    ----------
    path : Path
    must_exist : bool
        Without it a file that is absent routes nothing.

    Raises
    ------
    SettingsError
        When it cannot be read or followed, with the line and the next step.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as exc:
        if not must_exist:
            return Routing()
        raise SettingsError(
            f"there is no parts file {path}", hint="Name a file with --parts, or leave it out."
        ) from exc
    except OSError as exc:
        raise SettingsError(f"cannot read {path}: {exc.strerror or exc}", hint="Make it readable.") from exc
    if len(data) > _LARGEST_BYTES:
        raise SettingsError(f"{path.name} is larger than {_LARGEST_BYTES // 1024} kB", hint=_DOCS)
    try:
        return parse_routing(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path.name} is not UTF-8 text", hint="Save it as UTF-8.") from exc


def parse_routing(text: str, where: str = "parts.toml") -> Routing:
    """Read the text of a parts file; `where` is what to call it in an error.

    Raises
    ------
    SettingsError
        When it is not TOML, or says what cannot be followed; with the line and the next step.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise SettingsError(f"{where} is not TOML: {exc}", hint=f"Correct that place; {_DOCS}") from exc
    routes = tuple(_route(part, said, text, where) for part, said in table.items())
    try:
        routing = Routing(routes)
    except ValueError as exc:
        second = routes[-1].part
        for index in range(len(routes)):
            try:
                Routing(routes[: index + 1])
            except ValueError:
                second = routes[index].part
                break
        line = _line(text, second, "channel")
        raise SettingsError(f"{where} line {line}: {exc}", hint="Give one of them another channel or port.") from exc
    if len(routing.ports) > _MOST_PORTS:
        raise SettingsError(f"{where} names {len(routing.ports)} ports", hint=f"Use {_MOST_PORTS} at most.")
    return routing


def _route(part: str, said: Any, text: str, where: str) -> PartRoute:
    def wrong(key: str, why: str) -> SettingsError:
        return SettingsError(f"{where} line {_line(text, part, key)}: {why}", hint=f"Correct it; {_DOCS}")

    if not isinstance(said, dict):
        raise SettingsError(
            f"{where} line {_line(text, '', part)}: {part[:40]!r} stands in no part", hint="Put it under [bass] or so."
        )
    for key in said:
        if key not in _KEYS:
            raise wrong(key, f"[{part[:40]}] has an unknown key {key[:40]!r}; the keys are {', '.join(_KEYS)}")
    values: dict[str, Any] = {}
    for key, value in said.items():
        try:
            told = _value(key, value)
            PartRoute(part, **told)
            values |= told
        except ValueError as exc:
            raise wrong(key, f"[{part[:40]}] {exc}") from exc
    try:
        return PartRoute(part, **values)
    except ValueError as exc:
        raise wrong("keyswitch", f"[{part[:40]}] {exc}") from exc


def _value(key: str, value: Any) -> dict[str, Any]:
    """Return the fields of a route that a key stands for."""
    if key == "port":
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 100:
            raise ValueError("port is no name of a MIDI port")
        return {"port": value.strip()}
    if key == "range":
        if not isinstance(value, list) or len(value) != 2 or not all(map(_is_whole, value)):
            raise ValueError("range is not two MIDI keys such as [28, 55]")
        return {"low": value[0], "high": value[1]}
    if key == "controller" and value == "none":
        return {"controller": NO_CONTROLLER}
    if key == "controller" and (not _is_whole(value) or value < 0):
        raise ValueError('controller is neither a number from 0 to 119 nor "none"')
    if key == "delay_ms" and isinstance(value, float):
        return {key: value}
    if not _is_whole(value):
        raise ValueError(f"{key} is not a whole number")
    return {key: value}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _line(text: str, part: str, key: str) -> int:
    """Return the line on which a key of a part stands, else that of the part, else 1."""
    inside, head = not part, 1
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[\s*[\"']?([^\"'\]]*?)[\"']?\s*\]", line):
            inside = match[1] == part
            head = number if inside else head
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
        elif (match := re.match(rf"\s*[\"']?{re.escape(part)}[\"']?\s*[.=]", line)) and part:
            head = number
    return head

"""Which SoundFont a score is played with."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from v2m_bridge.core.sound_fonts import installed_sound_font
from v2m_bridge.errors import OutputError

_SHIPPED: Final = ("pretty_midi", "TimGM6mb.sf2")
_HINT: Final = "Name a .sf2 or .sf3 file with --soundfont."


def find_sound_font(choice: Path | None) -> Path:
    """Return the SoundFont that was chosen, else the best of the large ones that is here, else pretty_midi's.

    Raises
    ------
    OutputError
        When there is no such file, or it is not a SoundFont.
    """
    path = choice or _large() or _shipped()
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as exc:
        raise OutputError(f"cannot read the SoundFont {path}", hint=_HINT) from exc
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise OutputError(f"{path} is not a SoundFont", hint=_HINT)
    return path


def _large() -> Path | None:
    installed = installed_sound_font()
    return Path(installed.path) if installed else None


def _shipped() -> Path:
    package, name = _SHIPPED
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise OutputError(f"the package {package} that brings a SoundFont is not complete", hint=_HINT)

"""A theme as text: TOML that people can read and correct.

::

    name = "hero"
    key = "D minor"
    meter = "4/4"
    notes = [           # beat from the start, length in beats, MIDI key
      "0 1 62",
      "1 1/2 65",
    ]
"""

from __future__ import annotations

import hashlib
import tomllib
from fractions import Fraction
from typing import Final

from v2m_bridge.core.direction_text import parse_meter
from v2m_bridge.core.harmony import parse_key
from v2m_bridge.core.theme import Theme, ThemeNote
from v2m_bridge.errors import DirectionError

_KEYS: Final = ("name", "key", "meter", "notes")
_MOST_NOTES: Final = 2000
_HINT: Final = "Correct the file, or add the theme again from its MIDI file: v2m theme add NAME FILE.mid --replace."


def theme_text(theme: Theme) -> str:
    """Write a theme; `parse_theme` reads it again."""
    notes = "".join(f'  "{note.beat} {note.length_beats} {note.pitch}",\n' for note in theme.notes)
    meter = f"{theme.meter.beats}/{theme.meter.unit}"
    return (
        f'name = "{theme.name}"\nkey = "{theme.key.text()}"\nmeter = "{meter}"\n'
        f"notes = [  # beat from the start, length in beats, MIDI key\n{notes}]\n"
    )


def theme_digest(theme: Theme) -> str:
    """Return 16 hexadecimal digits of all that a theme holds."""
    return hashlib.blake2b(theme_text(theme).encode(), digest_size=8).hexdigest()


def parse_theme(text: str, where: str) -> Theme:
    """Read a theme.

    Parameters
    ----------
    text : str
    where : str
        What to call it in an error, such as ``the theme hero``.

    Raises
    ------
    DirectionError
        When the text is not TOML, lacks a key or says what no theme can be; with the line, the key or the note.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise DirectionError(f"{where} is not TOML: {exc}", hint=_HINT) from exc
    if stranger := sorted(set(table) ^ set(_KEYS)):
        raise DirectionError(f"{where} holds {', '.join(_KEYS)}; look at {stranger[0][:40]!r}", hint=_HINT)
    name, key, meter, notes = (table[each] for each in _KEYS)
    if not (isinstance(name, str) and isinstance(key, str) and isinstance(meter, str) and isinstance(notes, list)):
        raise DirectionError(f"{where}: name, key and meter are texts, notes are a list", hint=_HINT)
    if len(notes) > _MOST_NOTES:
        raise DirectionError(f"{where} has more than {_MOST_NOTES} notes", hint=_HINT)
    try:
        return Theme(name, parse_key(key), parse_meter(meter), tuple(map(_note, notes)))
    except (ValueError, ArithmeticError, DirectionError) as exc:
        raise DirectionError(f"{where} cannot be followed: {exc}", hint=_HINT) from exc


def _note(text: object) -> ThemeNote:
    words = str(text)[:80].split()
    try:
        beat, length, pitch = words
        return ThemeNote(Fraction(beat), Fraction(length), int(pitch))
    except (ValueError, ArithmeticError) as exc:
        raise ValueError(f"{str(text)[:40]!r} is no note: write beat, length and MIDI key, such as 1 1/2 65") from exc

"""What a sound is for, from the words that editors write: dialogue, effects or music.

A user whose tracks are named otherwise writes ``roles.toml``::

    dialogue = ["PROD", "BOOM"]
    music = ["SONG"]
    none = ["SCORE"]        # says nothing after all

Its words are added to the table below, and on the names of tracks they win over everything that the edit says.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import SettingsError

ROLES: Final = ("dialogue", "effects", "music")
ROLE_OF_WORD: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("DX", "DIA", "DIAL", "DLG", "DIALOG", "DIALOGUE", "VO", "ADR", "VOICE", "VOICEOVER"), "dialogue")
    | dict.fromkeys(("FX", "SFX", "EFFECT", "EFFECTS", "AMB", "AMBIENCE", "ATMOS", "FOLEY"), "effects")
    | dict.fromkeys(("MX", "MUS", "MUSIC", "SCORE"), "music")
)
"""Words of track names and roles, digits aside: ``DX 1``, ``A3-MX``."""

_MAYBE_MUSIC: Final = "TEMP"
_NO_ROLE: Final = "none"
_ROLE_KEYS: Final = frozenset({"role", "audiorole", "audio_role", "roles"})


def role_of(text: str) -> str:
    """Return the role that a name speaks of, empty where it does not.

    ``TEMP`` alone is temp music; ``TEMP FX`` and ``TEMP DX`` are what they say.
    """
    words = _words(text)
    named = [ROLE_OF_WORD[word] for word in words if word in ROLE_OF_WORD]
    if named:
        return named[0]
    return "music" if _MAYBE_MUSIC in words else ""


def role_in(metadata: object, depth: int = 4) -> str:
    """Return the role that metadata give under a key ``role`` (or alike), searched in the order of the file."""
    if depth == 0 or not hasattr(metadata, "items"):
        return ""
    for key, value in metadata.items():
        if isinstance(value, str) and str(key).lower().replace(" ", "") in _ROLE_KEYS and (role := role_of(value)):
            return role
    return next((role for value in metadata.values() if (role := role_in(value, depth - 1))), "")  # type: ignore[attr-defined]


def read_roles(path: Path) -> Mapping[str, str]:
    """Read the user's words and their roles, empty for none; without a file there are none.

    Raises
    ------
    SettingsError
        When the file cannot be read, or names a role that there is not.
    """
    hint = f"Correct {path}: lists of words under {', '.join(ROLES)} or {_NO_ROLE}."
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"cannot read the roles of sounds: {exc}", hint=hint) from exc
    roles: dict[str, str] = {}
    for role, words in table.items():
        if role not in (*ROLES, _NO_ROLE):
            raise SettingsError(f"there is no role {role[:40]!r} of sounds", hint=hint)
        if not isinstance(words, list) or not all(
            isinstance(word, str) and _words(word) == [word.upper()] for word in words
        ):
            raise SettingsError(f"the role {role} is not a list of single words without digits", hint=hint)
        roles |= dict.fromkeys((word.upper() for word in words), "" if role == _NO_ROLE else role)
    return roles


def with_roles(timeline: Timeline, roles: Mapping[str, str]) -> Timeline:
    """Give the clips of tracks in whose names a word of `roles` stands the role of that word."""
    if not roles:
        return timeline
    audio = tuple(
        clip if (word := _first(_words(clip.track), roles)) is None else replace(clip, role=roles[word])
        for clip in timeline.audio
    )
    return replace(timeline, audio=audio)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z]+", text.upper()) if word]


def _first(words: Iterable[str], roles: Mapping[str, str]) -> str | None:
    return next((word for word in words if word in roles), None)

"""What a sound is for, from the words that editors write: dialogue, effects or music."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ROLE_OF_WORD: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("DX", "DIA", "DIAL", "DLG", "DIALOG", "DIALOGUE", "VO", "ADR", "VOICE", "VOICEOVER"), "dialogue")
    | dict.fromkeys(("FX", "SFX", "EFFECT", "EFFECTS", "AMB", "AMBIENCE", "ATMOS", "FOLEY"), "effects")
    | dict.fromkeys(("MX", "MUS", "MUSIC", "SCORE"), "music")
)
"""Words of track names and roles, digits aside: ``DX 1``, ``A3-MX``."""

_MAYBE_MUSIC: Final = "TEMP"
_ROLE_KEYS: Final = frozenset({"role", "audiorole", "audio_role", "roles"})


def role_of(text: str) -> str:
    """Return the role that a name speaks of, empty where it does not.

    ``TEMP`` alone is temp music; ``TEMP FX`` and ``TEMP DX`` are what they say.
    """
    words = [word for word in re.split(r"[^A-Za-z]+", text.upper()) if word]
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

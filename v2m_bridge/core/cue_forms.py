"""Wishes of a cue that are one word or two: how it begins and ends, its harmonic rhythm, and its theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.direction_text import parse_theme_words
from v2m_bridge.core.harmonic_rhythm import parse_rhythm
from v2m_bridge.errors import DirectionError


def _theme(text: str) -> dict[str, Any]:
    name, form = parse_theme_words(text) if text else (None, None)
    return {"theme": name, "theme_form": form}


_FORMS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = MappingProxyType(
    {
        "entry": lambda text: {"entry": text or None},
        "ending": lambda text: {"ending": text or None},
        "rhythm": lambda text: {"rhythm": parse_rhythm(text) if text else None},
        "theme": _theme,
    }
)


def form_wishes(what: str, text: str) -> dict[str, Any]:
    """Return the fields of `CueDirection` that a text sets.

    Parameters
    ----------
    what : str
        ``entry``, ``ending``, ``rhythm`` or ``theme``.
    text : str
        As in the direction file; empty takes the wish back.

    Raises
    ------
    DirectionError
        When the text names none.
    """
    wishes = _FORMS[what](text.strip())
    try:
        CueDirection(**wishes)
    except ValueError as exc:
        raise DirectionError(str(exc), hint="docs/direction.md lists what a cue can be asked for.") from exc
    return wishes

"""Which part of a style states a theme; a style that has none for it is given one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from v2m_bridge.arrange.style_checks import PERCUSSION_CHANNEL
from v2m_bridge.arrange.style_data import PartStyle, Style
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.errors import DirectionError

_BASS_FORM: Final = "bass"
_REST: Final = "-"
_SINGS: Final = "0:0"
_CHANNELS: Final = {"melody": 4, "bass": 2}
_ENTERS_AT: Final = {"melody": 0.5, "bass": 1.0}


def states_theme(part: PartStyle, wishes: CueDirection) -> bool:
    """Whether a part is of the kind that states the theme of a cue: a melody, or the bass."""
    return wishes.tune is not None and part.tones == _kind(wishes)


def with_theme_part(style: Style, wishes: CueDirection) -> Style:
    """Return a style with a part that can state the theme of a cue, the instrument of its first part.

    Raises
    ------
    DirectionError
        When the style has no room for one.
    """
    if wishes.tune is None or any(states_theme(part, wishes) for part in style.parts):
        return style
    kind, low, high = _kind(wishes), style.bass.low, style.bass.high
    up = 12 if kind == "melody" and style.voicing.high <= 96 else 0
    if kind == "melody":
        low, high = style.voicing.low + up, style.voicing.high + up
    names = {part.name for part in style.parts}
    part = PartStyle(
        name=kind if kind not in names else "theme",
        channel=_CHANNELS[kind],
        program=next((part.program for part in style.parts if part.channel != PERCUSSION_CHANNEL), 0),
        tones="bass" if kind == "bass" else "melody",
        low=low,
        high=high,
        transpose=up,
        enters_at=_ENTERS_AT[kind],
        speech="rest",
        levels=(_REST, *((_REST if kind == "bass" else _SINGS,) * (style.n_levels - 1))),
    )
    try:
        return replace(style, parts=(*style.parts, part))
    except ValueError as exc:
        raise DirectionError(
            f"the style {style.name} has no room for a theme: {exc}", hint="Choose another style for this cue."
        ) from exc


def _kind(wishes: CueDirection) -> str:
    return "bass" if wishes.theme_form == _BASS_FORM else "melody"

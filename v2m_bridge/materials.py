"""What wishes name and files hold: the text of a user's styles, and themes, read once and laid into the direction."""

from __future__ import annotations

from dataclasses import replace

from v2m_bridge.arrange.styles import read_style_text, style_of
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.theme import NO_THEME
from v2m_bridge.theme_store import load_theme


def with_materials(direction: Direction, known: Direction | None = None) -> Direction:
    """Return a direction with the text of the styles and the themes that its wishes name.

    Parameters
    ----------
    direction : Direction
        What it holds already is not read again.
    known : Direction, optional
        Another one of the same request, whose styles and themes have been read.

    Raises
    ------
    DirectionError
        When there is no such style or theme, or its file is wrong, with the line or key.
    """
    styles = {**(known.styles if known else {}), **direction.styles}
    themes = {**(known.themes if known else {}), **direction.themes}
    for wishes in (direction.defaults, *direction.cues.values()):
        if wishes.style is not None and wishes.style not in styles:
            text = read_style_text(wishes.style)
            style_of(CueDirection(style=wishes.style, style_text=text))
            if text is not None:
                styles[wishes.style] = text
        if wishes.theme not in (None, NO_THEME, *themes):
            themes[str(wishes.theme)] = load_theme(str(wishes.theme))
    return replace(direction, styles=styles, themes=themes)

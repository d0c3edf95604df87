"""The colours can be read."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QColor

from ui import palette
from v2m_bridge.core.affect import EMOTIONS

ON_DARK = (
    palette.TEXT,
    palette.QUIET,
    palette.STAGED,
    palette.ALERT,
    palette.ACCENT,
    *palette.EMOTION_COLOURS.values(),
)
FILLED = (palette.ACCENT, palette.STAGED, *palette.EMOTION_COLOURS.values())


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21.  Source: WCAG 2.1, relative luminance."""

    def luminance(name: str) -> float:
        colour = QColor(name)
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ink", ON_DARK)
@pytest.mark.parametrize("ground", [palette.WINDOW, palette.SURFACE, palette.RAISED])
def test_text_stands_out_from_every_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("ground", FILLED)
def test_text_on_a_filled_colour_stands_out(ground: str) -> None:
    assert contrast(palette.ON_COLOUR, ground) >= 4.5


def test_every_emotion_has_a_colour_of_its_own() -> None:
    assert len({palette.emotion_colour(word).name() for word in EMOTIONS}) == len(EMOTIONS)
    assert palette.emotion_colour("0.4,-0.2").name() == palette.ACCENT

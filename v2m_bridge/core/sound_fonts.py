"""The General MIDI SoundFonts that are looked for, best first, and the packages that bring them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class FreeSoundFont:
    """A SoundFont that a Debian package installs."""

    title: str
    package: str
    """Of Debian and Ubuntu."""
    path: str
    """Where the package puts it."""
    megabytes: int
    """Of the file."""


LARGE_SOUND_FONTS: Final = (
    FreeSoundFont("FluidR3 GM", "fluid-soundfont-gm", "/usr/share/sounds/sf2/FluidR3_GM.sf2", 148),
)
"""Larger and better than the one of 6 MB that comes with pretty_midi; FluidR3 is under the MIT licence."""


def installed_sound_font() -> FreeSoundFont | None:
    """Return the best of the large SoundFonts that is there, or None."""
    return next((font for font in LARGE_SOUND_FONTS if Path(font.path).is_file()), None)

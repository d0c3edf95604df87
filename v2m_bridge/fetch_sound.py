"""`v2m doctor --fetch-sound`: a larger free SoundFont from the system's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from v2m_bridge.core import sound_fonts
from v2m_bridge.core.sound_fonts import FreeSoundFont, installed_sound_font
from v2m_bridge.errors import SettingsError

_APT: Final = "apt-get"
_POLICY: Final = "apt-cache"
_ROOT: Final = 0
_BY_HAND: Final = "Download a General MIDI SoundFont (.sf2) and name it with --soundfont."


def fetch_sound(say: Callable[[str], None]) -> FreeSoundFont:
    """Install the best large SoundFont that the system has a package of, or return the one that is there already.

    Parameters
    ----------
    say : callable
        Receives a line before anything is run: the command as it is.

    Raises
    ------
    SettingsError
        When there is no apt, no such package, or no right to install one, or when apt fails.
    """
    there = installed_sound_font()
    if there is not None:
        say(f"{there.title} is there already: {there.path}")
        return there
    if shutil.which(_APT) is None or shutil.which(_POLICY) is None:
        raise SettingsError("SoundFonts are installed with apt, which this system does not have", hint=_BY_HAND)
    font = next((font for font in sound_fonts.LARGE_SOUND_FONTS if _is_offered(font)), None)
    if font is None:
        names = ", ".join(font.package for font in sound_fonts.LARGE_SOUND_FONTS)
        raise SettingsError(f"apt knows no package {names}", hint=f"Run apt-get update, or: {_BY_HAND}")
    command = [_APT, "install", "--yes", "--no-install-recommends", font.package]
    if os.geteuid() != _ROOT:
        raise SettingsError(f"installing {font.package} needs root", hint=f"Run: sudo {' '.join(command)}")
    say(f"Running: {' '.join(command)} ({font.title}, {font.megabytes} MB on disk)")
    if subprocess.run(command, check=False).returncode or installed_sound_font() is None:  # noqa: S603 names of ours
        raise SettingsError(f"apt could not install {font.package}", hint=f"Look at what it says above, or: {_BY_HAND}")
    return font


def _is_offered(font: FreeSoundFont) -> bool:
    """Whether apt can install the package."""
    command = [_POLICY, "policy", font.package]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})  # noqa: S603 names of ours
    candidates = (line.strip() for line in done.stdout.splitlines())
    return any(line.startswith("Candidate:") and not line.endswith("(none)") for line in candidates)

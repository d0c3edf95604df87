"""Themes: short melodies that a user brings, and the forms in which a cue lets one appear."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from v2m_bridge.core.harmony import Key, Mode
from v2m_bridge.core.timebase import Meter

FORMS: Final = ("plain", "minor", "major", "half-speed", "fragment", "bass")
"""How a theme appears: in the mode of the cue, in minor, in major, twice as slow, its head alone, or as the bass."""
NO_THEME: Final = "none"
"""Named in place of a theme, lets a cue go without the one that is named for every cue."""
MOST_BARS: Final = 16
FEWEST_BARS: Final = 2
FEWEST_NOTES: Final = 4
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")


class ThemeNote(NamedTuple):
    """A note of a theme; beats are those of its meter, from the start of its first bar."""

    beat: Fraction
    length_beats: Fraction
    pitch: int
    """MIDI key 0..127"""


@dataclass(frozen=True, slots=True)
class Theme:
    """A melody of 2 to 16 bars, one note at a time."""

    name: str
    key: Key
    meter: Meter
    notes: tuple[ThemeNote, ...]

    def __post_init__(self) -> None:
        check_theme_name(self.name)
        if len(self.notes) < FEWEST_NOTES:
            raise ValueError(f"the theme has {len(self.notes)} notes, a theme has {FEWEST_NOTES} at least")
        if not FEWEST_BARS <= self.n_bars <= MOST_BARS:
            raise ValueError(f"the theme has {self.n_bars} bars, a theme has {FEWEST_BARS} to {MOST_BARS}")
        for note in self.notes:
            if note.beat < 0 or note.length_beats <= 0 or not 0 <= note.pitch <= 127:
                raise ValueError(f"the theme has a note that cannot be: {_said(note)}")
        for first, second in pairwise(self.notes):
            if first.beat + first.length_beats > second.beat:
                raise ValueError(f"two notes of the theme overlap: {_said(first)} and {_said(second)}")

    @property
    def n_bars(self) -> int:
        """Bars that the notes reach into, from the first beat on."""
        last = self.notes[-1]
        return -int(-(last.beat + last.length_beats) // self.meter.beats)


def check_theme_name(name: str) -> None:
    """Refuse what no theme can be called.

    Raises
    ------
    ValueError
        When the name is empty, longer than 40 characters, or holds more than letters, digits, spaces, - and _.
    """
    if _NAME.fullmatch(name) is None or name == NO_THEME:
        raise ValueError(f"{name[:40]!r} is no name for a theme: use up to 40 letters, digits, spaces, - and _")


def degree_mapped(pitch: int, home: Key, away: Key) -> int:
    """Return a pitch of one key as the same degree of another.

    A tone of the scale becomes the tone of its degree.  Any other stays where it is above the tonic if the new scale
    has it there (the raised sixth and seventh of minor), else it lies as far above its degree as before.

    Parameters
    ----------
    pitch : int
        In semitones, any octave.
    home, away : Key

    Returns
    -------
    int
        Semitones; in the octave above the tonic of `away` (0..11) where `pitch` is in the one above that of `home`.
    """
    octave, above = divmod(pitch - home.tonic, 12)
    return away.tonic + 12 * octave + _above_tonic(above, home.mode, away.mode)


def key_in_mode(key: Key, mode: Mode) -> Key:
    """Return a key, or its relative one where that has the mode: the same notes, so that the harmony around it fits."""
    if key.mode == mode:
        return key
    return Key((key.tonic + (9 if mode == "minor" else 3)) % 12, mode)


def _above_tonic(above: int, home: Mode, away: Mode) -> int:
    old, new = Key(0, home).scale, Key(0, away).scale
    if home == away or (above not in old and above in new):
        return above
    degree = max(index for index, tone in enumerate(old) if tone <= above)
    return new[degree] + above - old[degree]


def _said(note: ThemeNote) -> str:
    return f"beat {note.beat}, {note.length_beats} beats, key {note.pitch}"

"""Rolling Stone 200 in humdrum: spines of chords, one row per step of the time base.

Source: de Clercq and Temperley 2011; humdrum translation of the CoCoPops project.  ``*tb8`` sets the step to an eighth,
``*M4/4`` the meter, ``*A:`` the key, ``=`` is a bar line, ``.`` holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from v2m_bridge.core.harmony import Chord, Mode
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import Meter
from v2m_bridge.training.harte import parse_harte, parse_pitch
from v2m_bridge.training.song import SlotChord, Song, song_of

CORPUS: Final = "rs200-cocopops"
_STEP: Final = re.compile(r"\*tb(\d+)(\.?)(?:%(\d+))?")
_METER: Final = re.compile(r"\*M(\d+)/(\d+)")
_KEY: Final = re.compile(r"\*([A-Ga-g][#-]*):.*")
_ABOUT: Final = re.compile(r"!!!(COC|OTL):\s*(.*)")


def read_folder(folder: Path) -> Iterator[Song]:
    """Read every song below `folder`, in the order of the file names."""
    for path in sorted(folder.rglob("*.hum")):
        song = read_song(path.read_text(encoding="utf-8", errors="replace"))
        if song is not None:
            yield song


@dataclass(slots=True)
class _Reader:
    """What holds at the current row."""

    meter: Meter = field(default_factory=lambda: Meter(4, 4))
    step: Fraction = Fraction(1, 4)
    tonic: int | None = None
    mode: Mode | None = None
    held: Chord = field(default_factory=lambda: Chord(None))
    at: Fraction = Fraction(0)
    n_bars: int = 0
    chords: list[tuple[Fraction, Chord]] = field(default_factory=list)
    slots: list[SlotChord] = field(default_factory=list)

    def interpret(self, token: str) -> None:
        """Take in what a word that begins with an asterisk changes."""
        if match := _STEP.fullmatch(token):
            self.step = Fraction(int(match[3] or 1), int(match[1])) * (Fraction(3, 2) if match[2] else 1)
        elif match := _METER.fullmatch(token):
            self.meter = Meter(int(match[1]), int(match[2]))
        elif match := _KEY.fullmatch(token):
            self.tonic = parse_pitch(match[1])
            self.mode = "minor" if match[1][0].islower() else None

    def row(self, word: str) -> None:
        """Take in one row of data."""
        chord = None if word == "." else parse_harte(word)
        self.held = self.held if chord is None else chord
        self.chords.append((self.at, self.held))
        self.at += self.step

    def bar_line(self) -> None:
        """Close the bar: each slot has the chord that sounds where it begins."""
        if self.chords and self.tonic is not None:
            onsets = [at for at, _ in self.chords]
            lengths = beats_per_slot(self.meter)
            at = Fraction(0)
            for index, length in enumerate(lengths):
                chord = self.chords[max(0, bisect_right(onsets, at) - 1)][1]
                self.slots.append(SlotChord(chord, self.tonic, self.mode, self.n_bars, index, len(lengths)))
                at += Fraction(length, self.meter.unit)
            self.n_bars += 1
        self.chords, self.at = [], Fraction(0)


def read_song(text: str) -> Song | None:
    """Read one file; None where it holds no chord."""
    about = {match[1]: match[2].strip() for line in text.splitlines() if (match := _ABOUT.match(line))}
    reader, column = _Reader(), 0
    for line in text.splitlines():
        if not line or line.startswith("!"):
            continue
        words = line.split("\t")
        if words[0].startswith("**"):
            column = words.index("**harte") if "**harte" in words else 0
        elif words[0].startswith("*"):
            reader.interpret(words[min(column, len(words) - 1)])
        elif words[0].startswith("="):
            reader.bar_line()
        else:
            reader.row(words[min(column, len(words) - 1)])
    reader.bar_line()
    return song_of(CORPUS, f"{about.get('COC', '')}|{about.get('OTL', '')}".lower(), reader.slots)

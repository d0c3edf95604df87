"""Chord labels of the corpora (Harte et al. 2005, ``C:min7/b3``) as chords of the model's vocabulary."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from v2m_bridge.core.harmony import Chord

_LABEL: Final = re.compile(r"([A-G])([b#-]*)(?::([a-z0-9]*)(?:\(([^)]*)\))?)?(?:/.*)?")
_LETTER_PITCH: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# Shorthands outside the vocabulary become the quality with the same third, fifth and seventh.
QUALITY_OF_SHORTHAND: Final = {
    "": "maj", "maj": "maj", "min": "min", "dim": "dim", "aug": "aug",
    "7": "7", "maj7": "maj7", "min7": "min7", "minmaj7": "min", "dim7": "dim7", "hdim7": "hdim7",
    "maj6": "maj6", "6": "maj6", "min6": "min6", "sus4": "sus4", "sus2": "sus2", "sus": "sus4",
    "9": "7", "maj9": "maj7", "min9": "min7", "11": "7", "maj11": "maj7", "min11": "min7",
    "13": "7", "maj13": "maj7", "min13": "min7", "5": "maj", "1": "maj",
}  # fmt: skip


@cache
def parse_harte(label: str) -> Chord | None:
    """Read one label; the bass is dropped, and None means that the label is not a chord name."""
    if label == "N":
        return Chord(None)
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    letter, accidentals, shorthand, degrees = match.groups()
    quality = QUALITY_OF_SHORTHAND.get(shorthand or "")
    if quality is None:
        return None
    if shorthand in ("1", "5"):
        quality = _quality_of_degrees(set((degrees or "").split(",")))
    return Chord((_LETTER_PITCH[letter] + _sharps(accidentals)) % 12, quality)


def parse_pitch(name: str) -> int | None:
    """Read a note name such as ``Bb``, ``E-`` or ``f#`` as a pitch class; None when it is not one."""
    match = re.fullmatch(r"([A-Ga-g])([b#-]*)", name)
    if match is None:
        return None
    return (_LETTER_PITCH[match[1].upper()] + _sharps(match[2])) % 12


def _sharps(accidentals: str) -> int:
    """Count accidentals: ``#`` up, ``b`` (or ``-``, as humdrum writes it) down."""
    return accidentals.count("#") - accidentals.count("b") - accidentals.count("-")


def _quality_of_degrees(degrees: set[str]) -> str:
    if "b3" in degrees:
        return "min7" if "b7" in degrees else "min"
    return "7" if "b7" in degrees else "maj"

"""Chords and keys: the published vocabulary of 157 symbols, and chord text in and out.

The identity of a symbol is ``(root - 1) * 13 + attribute`` with roots C = 1 .. B = 12 and the attribute order
of `QUALITIES`; 0 is N (no chord), 157 ends a song and 158 pads a batch.  Source: Kang et al. 2024 and the
published files chord.json and chord_attr.json.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from v2m_bridge.errors import DirectionError

N_SYMBOLS: Final = 157
NO_CHORD: Final = 0
END: Final = 157
PAD: Final = 158
VOCABULARY_SIZE: Final = 159
N_QUALITIES: Final = 13


@dataclass(frozen=True, slots=True)
class Quality:
    """A chord quality: its id in the vocabulary, how it is written, and its tones in semitones above the root."""

    attribute: int
    name: str
    suffix: str
    intervals: tuple[int, ...]
    tone_steps: tuple[int, ...]
    """Scale steps above the root (0 = root, 2 = third, 4 = fifth ...): what spelling needs."""


QUALITIES: Final = (
    Quality(1, "maj", "", (0, 4, 7), (0, 2, 4)),
    Quality(2, "dim", "dim", (0, 3, 6), (0, 2, 4)),
    Quality(3, "sus4", "sus4", (0, 5, 7), (0, 3, 4)),
    Quality(4, "min7", "m7", (0, 3, 7, 10), (0, 2, 4, 6)),
    Quality(5, "min", "m", (0, 3, 7), (0, 2, 4)),
    Quality(6, "sus2", "sus2", (0, 2, 7), (0, 1, 4)),
    Quality(7, "aug", "aug", (0, 4, 8), (0, 2, 4)),
    Quality(8, "dim7", "dim7", (0, 3, 6, 9), (0, 2, 4, 6)),
    Quality(9, "maj6", "6", (0, 4, 7, 9), (0, 2, 4, 5)),
    Quality(10, "hdim7", "m7b5", (0, 3, 6, 10), (0, 2, 4, 6)),
    Quality(11, "7", "7", (0, 4, 7, 10), (0, 2, 4, 6)),
    Quality(12, "min6", "m6", (0, 3, 7, 9), (0, 2, 4, 5)),
    Quality(13, "maj7", "maj7", (0, 4, 7, 11), (0, 2, 4, 6)),
)
QUALITY_BY_NAME: Final = {quality.name: quality for quality in QUALITIES}
QUALITY_BY_ATTRIBUTE: Final = {quality.attribute: quality for quality in QUALITIES}

# How people write the thirteen qualities, beside the published names.
_SUFFIXES: Final = {
    "": "maj", "maj": "maj", "M": "maj", "major": "maj",
    "m": "min", "min": "min", "-": "min", "minor": "min",
    "dim": "dim", "o": "dim", "°": "dim",
    "aug": "aug", "+": "aug",
    "sus4": "sus4", "sus": "sus4", "sus2": "sus2",
    "7": "7", "dom7": "7",
    "maj7": "maj7", "M7": "maj7", "Δ": "maj7", "Δ7": "maj7", "j7": "maj7",
    "m7": "min7", "min7": "min7", "-7": "min7",
    "6": "maj6", "maj6": "maj6", "M6": "maj6", "m6": "min6", "min6": "min6", "-6": "min6",
    "dim7": "dim7", "o7": "dim7", "°7": "dim7",
    "m7b5": "hdim7", "min7b5": "hdim7", "-7b5": "hdim7", "hdim7": "hdim7", "ø": "hdim7", "ø7": "hdim7",
}  # fmt: skip

_LETTERS: Final = "CDEFGAB"
_LETTER_PITCH: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "x": 2, "bb": -2, "♭♭": -2, "♯♯": 2}
_NOTE: Final = re.compile(r"([A-G])(##|♯♯|bb|♭♭|x|#|♯|b|♭)?")
_SHARP_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLAT_NAMES: Final = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_MAJOR_TONICS: Final = frozenset({5, 10, 3, 8, 1})  # F Bb Eb Ab Db
Mode = Literal["major", "minor"]


def pitch_class_name(pitch_class: int, *, flats: bool = False) -> str:
    """Name a pitch class 0..11, with sharps unless `flats`."""
    return (_FLAT_NAMES if flats else _SHARP_NAMES)[pitch_class % 12]


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol: root pitch class, quality name and an optional bass; root None is N, no chord."""

    root: int | None
    quality: str = "maj"
    bass: int | None = None

    def __post_init__(self) -> None:
        if self.root is None:
            if self.bass is not None or self.quality != "maj":
                raise ValueError("N has neither quality nor bass")
        elif not 0 <= self.root < 12 or self.quality not in QUALITY_BY_NAME:
            raise ValueError(f"no such chord: root {self.root}, quality {self.quality!r}")
        if self.bass is not None and not 0 <= self.bass < 12:
            raise ValueError(f"bass pitch class {self.bass} is not 0..11")

    @property
    def symbol_id(self) -> int:
        """Identity in the published vocabulary, 0..156; the bass is not part of it."""
        if self.root is None:
            return NO_CHORD
        return self.root * N_QUALITIES + QUALITY_BY_NAME[self.quality].attribute

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Chord tones 0..11 from the root upwards; empty for N.  The bass is not added."""
        if self.root is None:
            return ()
        return tuple((self.root + interval) % 12 for interval in QUALITY_BY_NAME[self.quality].intervals)

    @property
    def bass_pitch_class(self) -> int | None:
        """The pitch class that sounds lowest; None for N."""
        return self.root if self.bass is None else self.bass

    def transposed(self, semitones: int) -> Chord:
        """Return the chord moved by `semitones`."""
        if self.root is None:
            return self
        bass = None if self.bass is None else (self.bass + semitones) % 12
        return replace(self, root=(self.root + semitones) % 12, bass=bass)

    def text(self, *, flats: bool = False) -> str:
        """Write the chord as musicians do: ``C``, ``F#m7b5``, ``Bbmaj7/D``."""
        if self.root is None:
            return "N"
        name = pitch_class_name(self.root, flats=flats) + QUALITY_BY_NAME[self.quality].suffix
        return name if self.bass is None else f"{name}/{pitch_class_name(self.bass, flats=flats)}"


def chord_of_id(symbol_id: int) -> Chord:
    """Return the chord of a vocabulary id 0..156.

    Raises
    ------
    ValueError
        For END, PAD and anything outside the vocabulary.
    """
    if not 0 <= symbol_id < N_SYMBOLS:
        raise ValueError(f"{symbol_id} is not a chord symbol")
    return _chord_of_id(int(symbol_id))


@cache
def _chord_of_id(symbol_id: int) -> Chord:
    if symbol_id == NO_CHORD:
        return Chord(None)
    root, attribute = divmod(symbol_id - 1, N_QUALITIES)
    return Chord(root, QUALITY_BY_ATTRIBUTE[attribute + 1].name)


def parse_chord(text: str, *, column: int = 1) -> Chord:
    """Read one chord symbol such as ``Am``, ``F#m7b5``, ``Bbmaj7/D`` or ``N``.

    Parameters
    ----------
    text : str
        The symbol, without white space around it.
    column : int
        1-based place of the symbol in the line that the user typed, for the error.

    Raises
    ------
    DirectionError
        Names the column of the first character that cannot be read.
    """
    if text in {"N", "NC", "N.C."}:
        return Chord(None)
    root = _NOTE.match(text)
    if root is None:
        raise _bad_chord(text, column, "a chord begins with a note name from A to G")
    rest, slash, bass_text = text[root.end() :].partition("/")
    quality = _SUFFIXES.get(rest)
    if quality is None:
        raise _bad_chord(text, column + root.end(), f"{rest!r} is not a chord quality that the model knows")
    bass: int | None = None
    if slash:
        match = _NOTE.fullmatch(bass_text)
        if match is None:
            raise _bad_chord(text, column + root.end() + len(rest) + 1, "after the slash comes a bass note")
        bass = _pitch_class(match)
    pitch_class = _pitch_class(root)
    return Chord(pitch_class, quality, None if bass == pitch_class else bass)


def parse_progression(text: str) -> tuple[Chord, ...]:
    """Read chord symbols separated by white space, commas or bar lines: ``C Am F G``."""
    found = tuple(parse_chord(m.group(), column=m.start() + 1) for m in re.finditer(r"[^\s,|]+", text))
    if not found:
        raise DirectionError("the primer holds no chord", column=1, hint='Write chords with spaces, as in "C Am F G".')
    return found


def progression_text(chords: tuple[Chord, ...], *, flats: bool = False) -> str:
    """Write chords the way `parse_progression` reads them."""
    return " ".join(chord.text(flats=flats) for chord in chords)


def _pitch_class(match: re.Match[str]) -> int:
    return (_LETTER_PITCH[match[1]] + _ACCIDENTALS[match[2] or ""]) % 12


def _bad_chord(text: str, column: int, why: str) -> DirectionError:
    return DirectionError(
        f"cannot read the chord {text[:40]!r} at column {column}: {why}",
        column=column,
        hint='Write chords like "C Am F#m7b5 Bbmaj7/D".',
    )


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic pitch class and a mode."""

    tonic: int
    mode: Mode

    def __post_init__(self) -> None:
        if not 0 <= self.tonic < 12 or self.mode not in ("major", "minor"):
            raise ValueError(f"no such key: {self.tonic} {self.mode}")

    @property
    def uses_flats(self) -> bool:
        """Whether the key signature has flats."""
        return (self.tonic if self.mode == "major" else (self.tonic + 3) % 12) in _FLAT_MAJOR_TONICS

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the major or natural minor scale, from the tonic."""
        steps = (0, 2, 4, 5, 7, 9, 11) if self.mode == "major" else (0, 2, 3, 5, 7, 8, 10)
        return tuple((self.tonic + step) % 12 for step in steps)

    @property
    def semitones_from_model(self) -> int:
        """Upward distance 0..11 from the model's key (C major or A minor) to this one."""
        return (self.tonic - (0 if self.mode == "major" else 9)) % 12

    def text(self) -> str:
        """Write the key as ``A minor`` or ``Eb major``."""
        return f"{pitch_class_name(self.tonic, flats=self.uses_flats)} {self.mode}"


# How well each scale step fits a key, from the tonic up.  Source: Krumhansl and Kessler 1982.
KEY_PROFILES: Final[dict[Mode, tuple[float, ...]]] = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
MODEL_KEYS: Final[dict[Mode, Key]] = {"major": Key(0, "major"), "minor": Key(9, "minor")}


def parse_key(text: str) -> Key:
    """Read a key: ``A minor``, ``Am``, ``Eb``, ``F# major``.

    Raises
    ------
    DirectionError
        When the text is not a major or minor key; names the column of what cannot be read.
    """
    start = len(text) - len(text.lstrip())
    match = _NOTE.match(text, start)
    after = text[match.end() :].lstrip() if match else text[start:]
    mode_text = after.rstrip()
    modes: dict[str, Mode] = {"": "major", "M": "major", "maj": "major", "major": "major",
                              "m": "minor", "min": "minor", "minor": "minor"}  # fmt: skip
    mode = modes.get(mode_text) or modes.get(mode_text.lower())
    if match is None or mode is None:
        raise DirectionError(
            f"cannot read the key {text[:40]!r}",
            column=len(text) - len(after) + 1,
            hint='Write a key like "A minor" or "Eb major".',
        )
    return Key(_pitch_class(match), mode)


# Valence index of each quality in [-1, 1].  Source: third-party re-implementation's evaluation table,
# compared with Lahdelma & Eerola 2016 for the single chords.
QUALITY_VALENCE: Final = {
    "maj": 1.0, "maj6": 1.0, "maj7": 1.0, "aug": 0.5, "7": 0.3, "sus2": 0.0, "sus4": 0.0,
    "min7": -0.5, "min6": -0.5, "hdim7": -0.7, "min": -1.0, "dim": -1.0, "dim7": -1.0,
}  # fmt: skip

"""McGill Billboard: the SALAMI chord texts, one line per phrase with its bars.

Source: Burgoyne, Wild and Fujinaga 2011.  ``| A:min | C:maj . G:7 . | x2`` are bars; ``.`` holds the chord for a beat,
``(2/4)`` changes the meter of one bar, ``xN`` repeats the phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import Meter
from v2m_bridge.training.harte import parse_harte, parse_pitch
from v2m_bridge.training.song import SlotChord, Song, song_of

CORPUS: Final = "mcgill-billboard"
_HEADER: Final = re.compile(r"#\s*(\w+):\s*(.*)")
_METER: Final = re.compile(r"\(?(\d+)/(\d+)\)?")
_REPEAT: Final = re.compile(r"\bx(\d+)\b")
_HOLD: Final = frozenset({".", "&pause", "*", "->"})


def read_folder(folder: Path) -> Iterator[Song]:
    """Read every song below `folder`, in the order of the file names."""
    for path in sorted(folder.rglob("*.txt")):
        song = read_song(path.read_text(encoding="utf-8", errors="replace"))
        if song is not None:
            yield song


def read_song(text: str) -> Song | None:
    """Read one annotation; None where it holds no chord."""
    about: dict[str, str] = {}
    slots: list[SlotChord] = []
    held, n_bars = Chord(None), 0
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header:
            about[header[1]] = header[2].strip()
            continue
        meter, tonic = _meter(about.get("metre", "4/4")), parse_pitch(about.get("tonic", ""))
        if tonic is None or meter is None or "|" not in line:
            continue
        for bar in _bars(line):
            bar_slots, held = _slots_of_bar(bar, meter, held, n_bars, tonic)
            slots += bar_slots
            n_bars += 1
    return song_of(CORPUS, f"{about.get('artist', '')}|{about.get('title', '')}".lower(), slots)


def _bars(line: str) -> list[list[str]]:
    """Split a phrase into bars of words, repeated as the line says."""
    first, last = line.index("|"), line.rindex("|")
    bars = [bar.split() for bar in line[first + 1 : last].split("|")]
    repeat = _REPEAT.search(line[last:])
    return [bar for bar in bars if bar] * (int(repeat[1]) if repeat else 1)


def _slots_of_bar(words: list[str], meter: Meter, held: Chord, bar: int, tonic: int) -> tuple[list[SlotChord], Chord]:
    """Spread the chords of a bar evenly over its beats and take the one that sounds where each slot begins."""
    own = _METER.fullmatch(words[0])
    if own:
        meter, words = _meter(words[0]) or meter, words[1:]
    chords: list[Chord] = []
    for word in words:
        chord = None if word in _HOLD else parse_harte(word)
        held = held if chord is None else chord
        chords.append(held)
    chords = chords or [held]
    lengths = beats_per_slot(meter)
    slots, beat = [], 0
    for index, length in enumerate(lengths):
        chord_here = chords[beat * len(chords) // meter.beats]
        slots.append(SlotChord(chord_here, tonic, None, bar, index, len(lengths)))
        beat += length
    return slots, held


def _meter(text: str) -> Meter | None:
    match = _METER.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return Meter(int(match[1]), int(match[2]))
    except ValueError:
        return None

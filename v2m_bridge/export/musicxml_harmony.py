"""Chord symbols in MusicXML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.harmony import QUALITY_BY_NAME, parse_chord
from v2m_bridge.export.xml_text import add

_KINDS: Final[Mapping[str, str]] = {
    "maj": "major",
    "min": "minor",
    "dim": "diminished",
    "aug": "augmented",
    "sus2": "suspended-second",
    "sus4": "suspended-fourth",
    "7": "dominant",
    "maj7": "major-seventh",
    "min7": "minor-seventh",
    "maj6": "major-sixth",
    "min6": "minor-sixth",
    "dim7": "diminished-seventh",
    "hdim7": "half-diminished",
}


def add_harmony(measure: Element, symbol: str, offset: int) -> None:
    """Append a chord symbol as it is written, `offset` divisions after what follows begins."""
    harmony, chord = add(measure, "harmony"), parse_chord(symbol)
    if chord.root is None:
        root = add(harmony, "root")
        add(root, "root-step", "C", text="")
        add(harmony, "kind", "none", text="N.C.")
    else:
        name, _, bass = symbol.partition("/")
        _add_name(add(harmony, "root"), "root", name)
        add(harmony, "kind", _KINDS[chord.quality], text=QUALITY_BY_NAME[chord.quality].suffix)
        if bass:
            _add_name(add(harmony, "bass"), "bass", bass)
    if offset:
        add(harmony, "offset", offset)


def _add_name(parent: Element, kind: str, name: str) -> None:
    """Append the note name that a text begins with."""
    add(parent, f"{kind}-step", name[0])
    alter = 0
    for letter in name[1:]:
        if letter not in "#b♯♭x":
            break
        alter += {"#": 1, "♯": 1, "x": 2}.get(letter, -1)
    if alter:
        add(parent, f"{kind}-alter", alter)

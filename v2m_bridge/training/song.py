"""One song of any corpus: a chord per slot in the model's key, on its bars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

import numpy as np

from v2m_bridge.core.arrays import F32, I64, freeze
from v2m_bridge.core.harmony import MODEL_KEYS, Chord, Mode

VALIDATION_SHARE: Final = 10
"""One song in ten is validation."""
_MINOR_THIRD: Final = frozenset({"min", "min7", "min6", "dim", "dim7", "hdim7"})


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """A song as the model sees it; row t is slot t."""

    corpus: str
    name: str
    """``artist|title`` in lower case, or ``pop909|NNN``: what the split counts by."""
    mode: Mode
    symbol_ids: I64
    """(T,) 0..156 in C major or A minor"""
    bar: I64
    """(T,) bar of each slot, from 0"""
    slot_in_bar: I64
    """(T,) from 0"""
    slots_per_bar: I64
    """(T,)"""
    density_notes_per_s: F32 | None = None
    """(T,) notes that sound in the slot, per second"""
    loudness: F32 | None = None
    """(T,) any monotone measure of loudness, comparable inside one corpus"""
    validation: bool = False

    def __post_init__(self) -> None:
        freeze(
            rows=len(self.symbol_ids),
            symbol_ids=self.symbol_ids,
            bar=self.bar,
            slot_in_bar=self.slot_in_bar,
            slots_per_bar=self.slots_per_bar,
            density_notes_per_s=self.density_notes_per_s,
            loudness=self.loudness,
        )

    def __len__(self) -> int:
        return len(self.symbol_ids)


@dataclass(frozen=True, slots=True)
class SlotChord:
    """A slot while a file is read: its chord as it sounds, the key in force, and its place in the bar."""

    chord: Chord
    tonic: int
    mode: Mode | None
    """None where the corpus names the tonic only."""
    bar: int
    slot_in_bar: int
    slots_per_bar: int


def song_of(corpus: str, name: str, slots: Sequence[SlotChord]) -> Song | None:
    """Move every section of a song to C major or A minor; None for a song without a chord."""
    if not any(slot.chord.root is not None for slot in slots):
        return None
    modes = {tonic: mode_on(tonic, (s.chord for s in slots if s.tonic == tonic)) for tonic in {s.tonic for s in slots}}
    symbols, votes = [], {"major": 0, "minor": 0}
    for slot in slots:
        mode = slot.mode or modes[slot.tonic]
        votes[mode] += 1
        symbols.append(slot.chord.transposed(MODEL_KEYS[mode].tonic - slot.tonic).symbol_id)
    return Song(
        corpus=corpus,
        name=name,
        mode="minor" if votes["minor"] > votes["major"] else "major",
        symbol_ids=np.array(symbols, np.int64),
        bar=np.array([slot.bar for slot in slots], np.int64),
        slot_in_bar=np.array([slot.slot_in_bar for slot in slots], np.int64),
        slots_per_bar=np.array([slot.slots_per_bar for slot in slots], np.int64),
    )


def mode_on(tonic: int, chords: Iterable[Chord]) -> Mode:
    """Tell the mode of a section from the chords on its tonic: minor where most of them have a minor third."""
    thirds = [chord.quality in _MINOR_THIRD for chord in chords if chord.root == tonic]
    return "minor" if 2 * sum(thirds) > len(thirds) else "major"


def is_validation(name: str) -> bool:
    """Whether a song is held out by its own name: crc32 of the name in lower case is a multiple of ten."""
    return crc32(name.lower().encode()) % VALIDATION_SHARE == 0


def split(songs: Iterable[Song]) -> tuple[Song, ...]:
    """Drop repeated songs inside a corpus and mark the validation songs.

    A song that is spelled in two ways, or stands in two corpora, is held out everywhere as soon as one of its names
    is.
    """
    songs = tuple(songs)
    held_out = {_spelling(song.name) for song in songs if is_validation(song.name)}
    seen: set[tuple[str, str]] = set()
    kept = []
    for song in songs:
        identity = (song.corpus, _spelling(song.name))
        if identity not in seen:
            seen.add(identity)
            kept.append(replace(song, validation=identity[1] in held_out))
    return tuple(kept)


def _spelling(name: str) -> str:
    """Reduce a name to letters and digits, without a leading article of artist or title."""
    parts = (re.sub(r"^(the|a)\s+", "", part.strip()) for part in name.lower().split("|"))
    return "|".join(re.sub(r"[^0-9a-z]", "", part) for part in parts)

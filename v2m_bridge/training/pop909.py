"""POP909: chords, beats and keys as text, and the MIDI of the arrangement for density and loudness.

Source: Wang et al. 2020.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import mido
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import Chord, Mode
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import Meter
from v2m_bridge.training.harte import parse_harte, parse_pitch
from v2m_bridge.training.song import SlotChord, Song, song_of

CORPUS: Final = "pop909"


@dataclass(frozen=True, slots=True)
class SoundedNote:
    """A note of a performance."""

    start_s: float
    end_s: float
    velocity: int


def read_folder(folder: Path) -> Iterator[Song]:
    """Read every song below `folder`, in the order of the folder names."""
    for path in sorted(folder.rglob("beat_midi.txt")):
        song = read_song(path.parent)
        if song is not None:
            yield song


def read_song(folder: Path) -> Song | None:
    """Read one song's folder; None where it holds no chord."""
    beats = [tuple(map(float, row)) for row in _table(folder / "beat_midi.txt")]
    bars = _bars([(row[0], row[1] > 0, row[2] > 0) for row in beats])
    chords = [(float(start), parse_harte(label)) for start, _, label in _table(folder / "chord_midi.txt")]
    keys = _keys(folder / "key_audio.txt")
    chord_starts, key_starts = [at for at, _ in chords], [at for at, _, _ in keys]
    slots, edges = [], []
    for bar, times in enumerate(bars):
        lengths = beats_per_slot(Meter(len(times) - 1, 4))
        beat = 0
        for index, length in enumerate(lengths):
            at = times[beat] + 0.05
            chord = chords[max(0, bisect_right(chord_starts, at) - 1)][1] or Chord(None)
            _, tonic, mode = keys[max(0, bisect_right(key_starts, at) - 1)]
            slots.append(SlotChord(chord, tonic, mode, bar, index, len(lengths)))
            edges.append((times[beat], times[beat + length]))
            beat += length
    song = song_of(CORPUS, f"pop909|{folder.name}", slots)
    midi = folder / f"{folder.name}.mid"
    if song is None or not midi.is_file():
        return song
    density, loudness = measure(edges, read_notes(midi))
    return replace(song, density_notes_per_s=density, loudness=loudness)


def read_notes(path: Path) -> list[SoundedNote]:
    """Read the notes of a MIDI file, with their times in seconds."""
    notes: list[SoundedNote] = []
    open_notes: dict[tuple[int, int], tuple[float, int]] = {}
    at_s = 0.0
    for message in mido.MidiFile(path):
        at_s += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if key in open_notes:
            start_s, velocity = open_notes.pop(key)
            notes.append(SoundedNote(start_s, at_s, velocity))
        if message.type == "note_on" and message.velocity:
            open_notes[key] = (at_s, message.velocity)
    return notes


def measure(edges: Sequence[tuple[float, float]], notes: Sequence[SoundedNote]) -> tuple[F32, F32]:
    """Measure density (notes that begin in a slot, per second) and loudness (root of the summed squared velocities).

    Returns
    -------
    (T,) and (T,) float32
        Loudness weighs each note by the share of the slot that it fills; velocity 127 throughout is 1.
    """
    density, power = np.zeros(len(edges)), np.zeros(len(edges))
    starts = [start for start, _ in edges]
    for note in notes:
        slot = bisect_right(starts, note.start_s) - 1
        if 0 <= slot < len(edges) and note.start_s < edges[slot][1]:
            density[slot] += 1 / (edges[slot][1] - edges[slot][0])
        for index in range(max(0, slot), len(edges)):
            start, end = edges[index]
            if start >= note.end_s:
                break
            share = (min(end, note.end_s) - max(start, note.start_s)) / (end - start)
            power[index] += max(0.0, share) * (note.velocity / 127) ** 2
    return density.astype(np.float32), np.sqrt(power).astype(np.float32)


def _bars(beats: Sequence[tuple[float, bool, bool]]) -> list[list[float]]:
    """Beat times of every whole bar, each list closed by the next downbeat.

    The third column marks downbeats; where it marks every sixth beat the song is in triple time and the second column
    does.
    """
    strong = [index for index, beat in enumerate(beats) if beat[2]]
    if len(strong) > 1 and float(np.median(np.diff(strong))) >= 6:
        strong = [index for index, beat in enumerate(beats) if beat[1]]
    times = [beat[0] for beat in beats]
    pairs = itertools.pairwise(strong)
    return [times[first : last + 1] for first, last in pairs if 1 < last - first <= 8]


def _keys(path: Path) -> list[tuple[float, int, Mode]]:
    keys: list[tuple[float, int, Mode]] = []
    for start, _, label in _table(path):
        name, _, mode = label.partition(":")
        tonic = parse_pitch(name)
        if tonic is not None:
            keys.append((float(start), tonic, "minor" if mode == "min" else "major"))
    return keys or [(0.0, 0, "major")]


def _table(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

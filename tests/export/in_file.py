"""Where the notes of a score stand in what is exported; test_midi_file.py checks that against the score itself."""

from __future__ import annotations

from typing import NamedTuple

from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import song_map
from v2m_bridge.core.timebase import NS_PER_S


class Placed(NamedTuple):
    """A note on the tick axis of the edit, with the times of its ticks."""

    on_tick: int
    off_tick: int
    pitch: int
    velocity: int
    on_s: float
    off_s: float


def placed_notes(score: Score) -> list[Placed]:
    """Return every note of a score, by tick and pitch."""
    song = song_map(score)
    found = []
    for index, cue in enumerate(score.cues):
        for note in (note for part in cue.parts for note in part.notes):
            on, off = song.tick(index, note.onset_tick), song.tick(index, note.onset_tick + note.length_ticks)
            times = (song.tempo.ns_at(on) / NS_PER_S, song.tempo.ns_at(off) / NS_PER_S)
            found.append(Placed(on, off, note.pitch, note.velocity, *times))
    return sorted(found)

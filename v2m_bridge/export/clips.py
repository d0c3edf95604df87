"""The parts of a score as clips, one for each cue: what a project of a DAW is made of."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import SongMap, cues_in_order
from v2m_bridge.export.marks import plain
from v2m_bridge.export.part_events import Kind, PartEvent, part_events


@dataclass(frozen=True, slots=True)
class Clip:
    """What one part plays in one cue; ticks count from the first frame of the edit."""

    name: str
    start_tick: int
    end_tick: int
    events: tuple[PartEvent, ...]
    """In order, none before the start or after the end."""


@dataclass(frozen=True, slots=True)
class ClipNote:
    """A note with its length, in ticks from the first frame of the edit."""

    start_tick: int
    end_tick: int
    pitch: int
    velocity: int
    channel: int
    """Counts from 1."""


def clips_of(score: Score, song: SongMap) -> dict[str, list[Clip]]:
    """Return the clips of each part by its name; together they hold exactly the events of score.mid.

    A note belongs to the cue in which it begins, be it held into the next one.
    """
    return {name: _clips(name, events, score, song) for name, events in part_events(score, song.tick).items()}


def notes_of(clip: Clip) -> list[ClipNote]:
    """Join the beginning and end of each note of a clip."""
    sounding: dict[tuple[int, int], PartEvent] = {}
    notes = []
    for event in clip.events:
        key = (event.channel, event.data1)
        if event.kind is Kind.NOTE_ON:
            sounding[key] = event
        elif event.kind is Kind.NOTE_OFF and (on := sounding.pop(key, None)) is not None:
            notes.append(ClipNote(on.at, event.at, on.data1, on.data2, on.channel))
    return sorted(notes, key=lambda note: (note.start_tick, note.pitch))


def _clips(part: str, events: list[PartEvent], score: Score, song: SongMap) -> list[Clip]:
    order = cues_in_order(score)
    starts = [song.bases[index] for index in order]
    of_cue: list[list[PartEvent]] = [[] for _ in order]
    begun: dict[tuple[int, int], int] = {}
    for event in events:
        place = max(0, bisect_right(starts, event.at) - 1)
        key = (event.channel, event.data1)
        if event.kind is Kind.NOTE_ON:
            begun[key] = place
        elif event.kind is Kind.NOTE_OFF:
            place = begun.pop(key, place)
        of_cue[place].append(event)
    clips = []
    for place, index in enumerate(order):
        if any(event.kind is Kind.NOTE_ON for event in of_cue[place]):
            cue = score.cues[index]
            end = max(song.tick(index, cue.end_tick), *(event.at for event in of_cue[place]))
            clips.append(Clip(plain(f"{cue.number} {part}"), starts[place], end, tuple(of_cue[place])))
    return clips

"""A REAPER project (.rpp): tempo map, markers and regions, the picture, and a track of MIDI items for each part.

Positions are seconds from the first frame of the edit, which the ruler shows with its timecode.  Inside an item events
count 960 ticks to the quarter, through the project's tempo map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import SongMap, cues_in_order, song_map
from v2m_bridge.core.timebase import TICKS_PER_QUARTER
from v2m_bridge.export.clips import Clip, clips_of
from v2m_bridge.export.marks import CHORD, CUE_IN, CUE_OUT, EMOTION, HIT, Mark, chord_changes, plain
from v2m_bridge.export.part_events import Kind, PartEvent
from v2m_bridge.export.rpp_text import Block, noted, quoted, quoted_path
from v2m_bridge.export.song_times import turns_of

_STATUS: Final = {Kind.NOTE_OFF: 0x80, Kind.NOTE_ON: 0x90, Kind.CONTROL: 0xB0, Kind.PROGRAM: 0xC0}
_RGB: Final = {CUE_IN: 0x2E8B57, CUE_OUT: 0xC0392B, HIT: 0xE6B800, CHORD: 0x2E6FD0, EMOTION: 0x8E5BB5}
_HOLD: Final = 1
"""Shape of a tempo point that holds to the next one."""
_IS_REGION: Final = 1
_OWN_COLOUR: Final = 0x1000000


@dataclass(frozen=True, slots=True)
class _Place:
    """A stretch of the project in seconds."""

    start_s: Fraction
    end_s: Fraction


def rpp_bytes(score: Score, marks: Sequence[Mark], *, picture: str = "", picture_frame: int = 0) -> bytes:
    """Return the project.

    Parameters
    ----------
    score : Score
    marks : sequence of Mark
        Those with a length become regions.
    picture : str
        Movie of the edit; where it is empty the picture track shows the scenes as empty items.
    picture_frame : int
        Frame of the score on which the movie begins.
    """
    song = song_map(score)
    project = Block('REAPER_PROJECT 0.1 "7.0" 0')
    project.add(noted([f"{plain(score.name)}: made by v2m_bridge"]), *_clock(score), *_tempo(song))
    project.add(*_marks(score, marks))
    project.add(_picture_track(score, picture, picture_frame), _chord_track(score, song))
    for name, clips in clips_of(score, song).items():
        project.add(_track(name, [_midi_item(clip, song) for clip in clips]))
    return ("\n".join(project.lines()) + "\n").encode()


def _clock(score: Score) -> Iterator[str]:
    """Frame rate and timecode of the ruler; items of parts move with the tempo map."""
    rate = Fraction(score.rate)
    kind = 1 if score.drop_frame else 2 if rate.denominator == 1001 else 0
    yield f"PROJOFFS {_s(score.frame_time(score.start_frame).exact_s)} 0 0"
    yield f"TIMEMODE 1 5 -1 {round(rate)} {kind} 0 -1"


def _tempo(song: SongMap) -> Iterator[str | Block]:
    turns = turns_of(song)
    first = song.meters[0]
    yield f"TEMPO {turns[0].bpm:.10f} {first.beats} {first.unit}"
    envelope = Block("TEMPOENVEX", ["ACT 1 -1", "VIS 1 0 1", "LANEHEIGHT 0 0", "ARM 0", f"DEFSHAPE {_HOLD} -1 -1"])
    for turn in turns:
        meter = f" {turn.meter.unit << 16 | turn.meter.beats} 0 1" if turn.meter else ""
        envelope.add(f"PT {_s(turn.at_s)} {turn.bpm:.10f} {_HOLD}{meter}")
    yield envelope


def _marks(score: Score, marks: Sequence[Mark]) -> Iterator[str]:
    named = [*marks, *(Mark(each.frame, plain(each.name), "", "") for each in score.markers)]
    for number, mark in enumerate(sorted(named, key=lambda mark: mark.frame), start=1):
        at, colour = _s(score.frame_time(mark.frame).exact_s), _native(mark.colour)
        yield f"MARKER {number} {at} {quoted(mark.name)} {_IS_REGION if mark.n_frames else 0} {colour} 1"
        if mark.n_frames:
            end = _s(score.frame_time(mark.frame + mark.n_frames).exact_s)
            yield f'MARKER {number} {end} "" {_IS_REGION}'


def _native(colour: str) -> int:
    """Return a colour as projects hold it, blue first; 0 leaves the default."""
    rgb = _RGB.get(colour)
    if rgb is None:
        return 0
    return _OWN_COLOUR | (rgb & 0xFF) << 16 | (rgb & 0xFF00) | rgb >> 16


def _track(name: str, items: Sequence[Block], *lines: str) -> Block:
    return Block("TRACK", [f"NAME {quoted(name)}", *lines, *items])


def _item(name: str, place: _Place, *inside: str | Block) -> Block:
    """Return an item of a track; its length never is nothing."""
    length_s = max(place.end_s - place.start_s, Fraction(1, 1000))
    return Block(
        "ITEM", [f"POSITION {_s(place.start_s)}", f"LENGTH {_s(length_s)}", "LOOP 0", f"NAME {quoted(name)}", *inside]
    )


def _picture_track(score: Score, picture: str, picture_frame: int) -> Block:
    """Return the track of the movie; it stays where it is when the tempo map is changed."""
    if picture:
        place = _frames(score, picture_frame, score.n_frames)
        items = [_item(Path(picture).name, place, Block("SOURCE VIDEO", [f"FILE {quoted_path(picture)}"]))]
    else:
        items = [
            _item(scene.name, _frames(score, scene.in_frame, scene.out_frame), noted([scene.name, scene.emotion]))
            for scene in score.scenes
        ]
    return _track("Picture", items, "BEAT 0")


def _chord_track(score: Score, song: SongMap) -> Block:
    """Return the track of empty items that name the chords."""
    items = []
    for index in cues_in_order(score):
        cue = score.cues[index]
        changes = [*chord_changes(cue), (cue.end_tick, "")]
        for (tick, chord), (after, _) in pairwise(changes):
            place = _Place(_at_s(song, song.tick(index, tick)), _at_s(song, song.tick(index, after)))
            items.append(_item(chord, place, noted([chord])))
    return _track("Chords", items)


def _midi_item(clip: Clip, song: SongMap) -> Block:
    source = Block("SOURCE MIDI", [f"HASDATA 1 {TICKS_PER_QUARTER} QN"])
    now = clip.start_tick
    for event in clip.events:
        source.add(f"E {event.at - now} {_bytes(event)}")
        now = event.at
    source.add(f"E {clip.end_tick - now} b0 7b 00")
    return _item(clip.name, _Place(_at_s(song, clip.start_tick), _at_s(song, clip.end_tick)), source)


def _bytes(event: PartEvent) -> str:
    status = _STATUS[event.kind] | event.channel - 1
    return f"{status:02x} {event.data1:02x} {event.data2:02x}"


def _frames(score: Score, first: int, last: int) -> _Place:
    return _Place(score.frame_time(first).exact_s, score.frame_time(last).exact_s)


def _at_s(song: SongMap, tick: int) -> Fraction:
    return Fraction(song.tempo.ns_at(tick), 10**9)


def _s(seconds: Fraction) -> str:
    return f"{float(seconds):.12f}"

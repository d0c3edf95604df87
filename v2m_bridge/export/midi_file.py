"""score.mid: a standard MIDI file of type 1 with 960 ticks to the quarter.

Track 1 holds name, SMPTE offset, tempi, meters, keys and markers; track "Chords" the chord names as text; then comes
one track for each part, and on request a click.  The file holds no date, so that equal scores give equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

import mido

from v2m_bridge.core.harmony import Key, parse_key
from v2m_bridge.core.score import SCHEMA, Score
from v2m_bridge.core.song_map import SongMap, song_map
from v2m_bridge.core.timebase import TICKS_PER_QUARTER
from v2m_bridge.export.click import clicks
from v2m_bridge.export.files import MARK
from v2m_bridge.export.marks import chord_changes
from v2m_bridge.export.part_events import Kind, PartEvent, part_events

_Timed = tuple[int, Any]
"""File tick and mido message."""

# mido's names of the keys, by tonic pitch class.
_MAJOR_KEYS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_KEYS: Final = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")

# Frames per second of a timecode and the rate that an SMPTE offset can name for it; other rates count in 30ths.
_SMPTE_RATES: Final = {24: 24, 48: 24, 96: 24, 25: 25, 50: 25, 100: 25}
_DROP_FRAME_RATE: Final = 29.97

# High and low wood block of General MIDI, where percussion is channel 10.
_CLICK_CHANNEL: Final = 9
_DOWNBEAT, _BEAT = (76, 110), (77, 80)
_CLICK_TICKS: Final = TICKS_PER_QUARTER // 8


def midi_bytes(score: Score, *, with_click: bool = False) -> bytes:
    """Return the standard MIDI file of a score, with a last track "Click" where it is asked for.

    Every event of a cue lies within a microsecond of its time in the score: the tempo map bridges the silence between
    cues so that each starts on its frame.  Where one cue begins before the other has reached its next quarter, what the
    earlier one plays in its last quarter and a half, or beyond its end, is placed on the nearest tick.
    """
    song = song_map(score)
    end = song.tick_at_ns(score.frame_time(score.n_frames).ns)
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_track(score.name or "v2m_bridge", _conductor(score, song), end))
    file.tracks.append(_track("Chords", _chords(score, song), end))
    for name, events in part_events(score, song.tick).items():
        file.tracks.append(_track(name, (_channel_message(event) for event in events), end))
    if with_click:
        file.tracks.append(_track("Click", _click(score, song), end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _track(name: str, events: Iterable[_Timed], end: int) -> Any:
    """Turn events at file ticks into a track that lasts to the end of the edit at least."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track


def _channel_message(event: PartEvent) -> _Timed:
    channel = event.channel - 1
    match event.kind:
        case Kind.NOTE_ON:
            message = mido.Message("note_on", channel=channel, note=event.data1, velocity=event.data2)
        case Kind.NOTE_OFF:
            message = mido.Message("note_off", channel=channel, note=event.data1, velocity=0)
        case Kind.CONTROL:
            message = mido.Message("control_change", channel=channel, control=event.data1, value=event.data2)
        case Kind.PROGRAM:
            message = mido.Message("program_change", channel=channel, program=event.data1)
    return event.at, message


def _conductor(score: Score, song: SongMap) -> Iterator[_Timed]:
    yield 0, mido.MetaMessage("text", text=f"{MARK} {SCHEMA}")
    yield 0, _smpte_offset(score)
    for change in song.tempo.tempi:
        yield change.tick, mido.MetaMessage("set_tempo", tempo=change.us_per_quarter)
    for meter in song.meters:
        yield meter.tick, mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit)
    for index, cue in enumerate(score.cues):
        yield song.bases[index], mido.MetaMessage("key_signature", key=_key_name(parse_key(cue.key)))
    yield from _markers(score, song)


def _markers(score: Score, song: SongMap) -> Iterator[_Timed]:
    def marker(frame: int, text: str) -> _Timed:
        return song.tick_at_ns(score.frame_time(frame).ns), mido.MetaMessage("marker", text=" ".join(text.split()))

    for index, cue in enumerate(score.cues):
        yield song.bases[index], marker(cue.in_frame, f"Cue {cue.number} {cue.title}")[1]
        yield marker(cue.out_frame, f"Cue {cue.number} out")
        yield from (marker(hit.frame, f"Hit {hit.kind} {hit.need} {hit.reason}") for hit in cue.hits)
    for number, scene in enumerate(score.scenes, start=1):
        yield marker(scene.in_frame, f"Scene {number} {scene.name}")
    for placed in score.markers:
        yield marker(placed.frame, placed.name)


def _chords(score: Score, song: SongMap) -> Iterator[_Timed]:
    for index, cue in enumerate(score.cues):
        for tick, chord in chord_changes(cue):
            yield song.tick(index, tick), mido.MetaMessage("text", text=chord)


def _click(score: Score, song: SongMap) -> Iterator[_Timed]:
    for click in clicks(score, song):
        pitch, velocity = _DOWNBEAT if click.is_downbeat else _BEAT
        yield click.tick, mido.Message("note_on", channel=_CLICK_CHANNEL, note=pitch, velocity=velocity)
        yield click.tick + _CLICK_TICKS, mido.Message("note_off", channel=_CLICK_CHANNEL, note=pitch, velocity=0)


def _key_name(key: Key) -> str:
    return (_MAJOR_KEYS if key.mode == "major" else _MINOR_KEYS)[key.tonic]


def _smpte_offset(score: Score) -> Any:
    """Return the start timecode of the edit as far as a MIDI file can say it.

    A file knows 24, 25, 29.97 (drop-frame) and 30 frames; higher rates are told in frames and hundredths of them.
    """
    hours, minutes, seconds, frames = (int(part) for part in score.label(0).lstrip("-").replace(";", ":").split(":"))
    nominal = max(1, round(Fraction(score.rate)))
    counted = _SMPTE_RATES.get(nominal, 30)
    whole, part = divmod(frames * counted, nominal)
    return mido.MetaMessage(
        "smpte_offset",
        frame_rate=_DROP_FRAME_RATE if score.drop_frame else counted,
        hours=hours % 24,
        minutes=minutes,
        seconds=seconds,
        frames=whole,
        sub_frames=part * 100 // nominal,
    )

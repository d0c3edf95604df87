"""A theme from a Standard MIDI File: the highest voice of its first melodic track.

Source of the file format: Standard MIDI Files 1.0 (RP-001); time and key signature are meta events 88 and 89.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import mido
import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.harmony import KEY_PROFILES, Key, parse_key
from v2m_bridge.core.theme import FEWEST_BARS, FEWEST_NOTES, MOST_BARS, Theme, ThemeNote
from v2m_bridge.core.timebase import Meter
from v2m_bridge.errors import DirectionError
from v2m_bridge.midi_input import open_midi

_MOST_NOTES: Final = 20_000
_GRID: Final = 24
"""Steps of a quarter note to which onsets and ends are rounded: thirty-seconds and triplets lie on it."""
_DRUM_CHANNEL: Final = 9
_HINT: Final = f"Export one melody of {FEWEST_BARS} to {MOST_BARS} bars from the DAW as a MIDI file (type 0 or 1)."


class _Sounded(NamedTuple):
    """A note in quarters from the start of the file."""

    start: Fraction
    end: Fraction
    pitch: int


def read_theme(path: Path, name: str) -> Theme:
    """Read a theme from a MIDI file.

    The first track and channel with notes counts, drums aside; of notes that sound together the highest stays.  Empty
    bars before the first note are left out.  Without a key signature the key is found from the notes.

    Parameters
    ----------
    path : Path
    name : str
        What the theme is to be called.

    Raises
    ------
    DirectionError
        When the file is no MIDI file, has no melody of 2 to 16 bars or changes its meter, or no theme can be called so.
    """
    file = open_midi(path, "a theme", _HINT)
    meter, key = _signatures(file, path.name)
    heard = _highest(_first_melody(file, path.name))
    if len(heard) < FEWEST_NOTES:
        raise DirectionError(f"{path.name} has no melody of {FEWEST_NOTES} notes or more", hint=_HINT)
    bar = Fraction(4 * meter.beats, meter.unit)
    first = heard[0].start // bar * bar
    per_quarter = Fraction(meter.unit, 4)
    notes = tuple(
        ThemeNote((note.start - first) * per_quarter, (note.end - note.start) * per_quarter, note.pitch)
        for note in heard
    )
    try:
        return Theme(name, key or _likeliest_key(heard), meter, notes)
    except ValueError as exc:
        raise DirectionError(f"{path.name} gives no theme: {exc}", hint=_HINT) from exc


def _signatures(file: mido.MidiFile, name: str) -> tuple[Meter, Key | None]:
    """Return the meter of a file, 4/4 where it says none, and its key, None where it says none."""
    said = [message for track in file.tracks for message in track if message.is_meta]
    meters = {(each.numerator, each.denominator) for each in said if each.type == "time_signature"}
    if len(meters) > 1:
        raise DirectionError(f"{name} changes its meter, a theme has one", hint=_HINT)
    keys = [each.key for each in said if each.type == "key_signature"]
    try:
        return Meter(*next(iter(meters), (4, 4))), parse_key(keys[0]) if keys else None
    except (ValueError, DirectionError) as exc:
        raise DirectionError(f"{name}: {exc}", hint=_HINT) from exc


def _first_melody(file: mido.MidiFile, name: str) -> list[_Sounded]:
    """Return the notes of the first track and channel that has any, drums aside, in order of onset."""
    for track in file.tracks:
        by_channel: dict[int, list[_Sounded]] = {}
        for channel, note in _notes(track, file.ticks_per_beat):
            by_channel.setdefault(channel, []).append(note)
            if len(by_channel[channel]) > _MOST_NOTES:
                raise DirectionError(f"{name} has too many notes for a theme", hint=_HINT)
        by_channel.pop(_DRUM_CHANNEL, None)
        if by_channel:
            return sorted(min(by_channel.values(), key=min))
    return []


def _notes(track: Sequence[mido.Message], ticks_per_beat: int) -> Iterator[tuple[int, _Sounded]]:
    """Yield each note of a track with its channel, rounded to the grid."""
    began: dict[tuple[int, int], int] = {}
    at = 0
    for message in track:
        at += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        which = message.channel, message.note
        start = began.pop(which, None)
        if start is not None:
            ends = (Fraction(round(Fraction(tick * _GRID, ticks_per_beat)), _GRID) for tick in (start, at))
            first, last = ends
            yield message.channel, _Sounded(first, max(last, first + Fraction(1, _GRID)), message.note)
        if message.type == "note_on" and message.velocity:
            began[which] = at


def _highest(notes: Sequence[_Sounded]) -> list[_Sounded]:
    """Return the highest voice: a lower note goes where one above it sounds through half of it or more."""
    found: list[_Sounded] = []
    for start in sorted({note.start for note in notes}):
        note = max((each for each in notes if each.start == start), key=lambda each: each.pitch)
        if found and found[-1].end > start:
            above = found[-1].pitch > note.pitch and 2 * (found[-1].end - start) >= note.end - start
            if above:
                continue
            found[-1] = found[-1]._replace(end=start)
        found.append(note)
    return found


def _likeliest_key(notes: Sequence[_Sounded]) -> Key:
    """Return the key whose profile correlates best with how long each pitch class sounds."""
    lasts = np.zeros(12)
    for note in notes:
        lasts[note.pitch % 12] += float(note.end - note.start)
    if lasts.std() == 0:
        return Key(notes[-1].pitch % 12, "major")
    keys = [Key(tonic, mode) for mode in KEY_PROFILES for tonic in range(12)]
    return max(keys, key=lambda key: _fit(lasts, key))


def _fit(lasts: NDArray[np.float64], key: Key) -> float:
    return round(float(np.corrcoef(lasts, np.roll(KEY_PROFILES[key.mode], key.tonic))[0, 1]), 9)

"""Tempo maps that are given and obeyed: that of a DAW as a Standard MIDI File, or that of temp music.

Source of the file format: Standard MIDI Files 1.0 (RP-001); tempo and time signature are meta events 51 and 58.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Final

import mido

from v2m_bridge.core.cue import Cue, Hit
from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, US_PER_MINUTE, Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.errors import DirectionError
from v2m_bridge.midi_input import open_midi
from v2m_bridge.spotting.bars import FASTEST_US, SLOWEST_US
from v2m_bridge.spotting.fit_result import TempoFit, judged

_ON_THE_DOWNBEAT_S: Final = Fraction(1, 20)
"""A cue that begins as near to a downbeat as downbeats are heard begins on it."""
_MOST_CHANGES: Final = 20_000
_TEMPO_120: Final = 500_000
_HINT: Final = "Export the tempo track of the DAW as a MIDI file (type 0 or 1) and give that."


def obeyed(tempo_map: TempoMap, hits: Sequence[Hit], start_ns: int, length_ns: int, beats: int) -> TempoFit:
    """Say how a given tempo map serves the hits of a cue; it is kept as it is.

    Parameters
    ----------
    tempo_map : TempoMap
        From the first frame of the cue on.
    hits : sequence of Hit
    start_ns : int
        First frame of the cue, on the clock of the hits.
    length_ns : int
        Length of the cue.
    beats : int
        Of a regular bar; bars of other lengths count as irregular.
    """
    return judged("given", tempo_map, hits, start_ns, length_ns, beats=beats, cost=0.0)


def temp_tempo_maps(temp: Sequence[TempMusic], cues: Iterable[Cue]) -> dict[str, TempoMap]:
    """Return the tempo map of each cue, by number, under which temp music with a tempo lies.

    Raises
    ------
    DirectionError
        When there is no such cue.
    """
    maps = ((cue.number, tempo_map_of_temp(temp, cue)) for cue in cues)
    found = {number: tempo_map for number, tempo_map in maps if tempo_map is not None}
    if not found:
        raise DirectionError(
            "under no cue is temp music with a tempo that can be heard",
            hint="Name its track or its clip TEMP, or give a tempo with --tempo.",
        )
    return found


def tempo_map_of_temp(temp: Iterable[TempMusic], cue: Cue) -> TempoMap | None:
    """Return the tempo of the temp music under a cue, its downbeats on those of the music; None where none was heard.

    Of several clips the one that lies under most of the cue is followed.  Before its first downbeat the cue has whole
    bars and, where those do not begin on its first frame, a pickup.

    Parameters
    ----------
    temp : iterable of TempMusic
    cue : Cue
    """
    start_s, end_s = cue.start.exact_s, cue.end.exact_s
    heard = [each for each in temp if each.bpm is not None and each.start_s < end_s and each.end_s > start_s]
    if not heard:
        return None
    music = max(heard, key=lambda each: min(each.end_s, end_s) - max(each.start_s, start_s))
    us, meter = round(US_PER_MINUTE / (music.bpm or 0.0)), Meter(music.beats_per_bar or 4, 4)
    downbeat_s = music.start_s if music.first_downbeat_s is None else music.first_downbeat_s
    bar_s = Fraction(us * meter.beats, 1_000_000)
    before_s = (downbeat_s - start_s) % bar_s
    if min(before_s, bar_s - before_s) <= _ON_THE_DOWNBEAT_S:
        before_s = Fraction(0)
    pickup = round(before_s * 1_000_000 * TICKS_PER_QUARTER / us) % meter.ticks_per_bar
    return TempoMap((TempoChange(0, us),), (MeterChange(0, meter),), pickup)


def tempo_map_of_smf(path: Path, start_s: float | Fraction = 0) -> TempoMap:
    """Read tempo and meter of a MIDI file from one of its times on.

    Parameters
    ----------
    path : Path
    start_s : float or Fraction
        Where the cue begins in the file, to the nearest 960th of a quarter.  Inside a bar the cue begins with a pickup.

    Raises
    ------
    DirectionError
        When the file is no MIDI file, counts frames instead of beats, or its bars do not tile the time.
    """
    if not isfinite(start_s) or start_s < 0:
        raise DirectionError(f"a tempo map cannot be read from {float(start_s):g} s on", hint="Give a time from 0 up.")
    track = _read(Path(path))
    at_tick = _tick_at(track.tempi, Fraction(start_s))
    meter_from, meter = next((tick, m) for tick, m in reversed(track.meters) if tick <= at_tick)
    phase = (at_tick - meter_from) % meter.ticks_per_bar
    if min(phase, meter.ticks_per_bar - phase) <= 1:  # nearer to a bar line than a tick: on it
        at_tick += -phase if phase <= 1 else meter.ticks_per_bar - phase
        phase = 0
        meter = next(m for tick, m in reversed(track.meters) if tick <= at_tick)
    us = next(us for tick, us in reversed(track.tempi) if tick <= at_tick)
    tempi = [TempoChange(0, us), *(TempoChange(tick - at_tick, us) for tick, us in track.tempi if tick > at_tick)]
    meters = [MeterChange(0, meter), *(MeterChange(tick - at_tick, m) for tick, m in track.meters if tick > at_tick)]
    return TempoMap(tuple(tempi), tuple(meters), (meter.ticks_per_bar - phase) % meter.ticks_per_bar)


@dataclass(frozen=True, slots=True)
class _Track:
    """Tempi (microseconds per quarter) and meters by tick, 960 to the quarter; both begin at 0."""

    tempi: tuple[tuple[int, int], ...]
    meters: tuple[tuple[int, Meter], ...]


def _read(path: Path) -> _Track:
    name = path.name
    file = open_midi(path, "a tempo map", _HINT)
    tempi, meters = _changes(file, name)
    return _Track(tuple(sorted(tempi.items())), _checked(meters, name))


def _changes(file: mido.MidiFile, name: str) -> tuple[dict[int, int], dict[Fraction, Meter]]:
    tempi: dict[int, int] = {0: _TEMPO_120}
    meters: dict[Fraction, Meter] = {Fraction(0): Meter(4, 4)}
    for track in file.tracks:
        at = 0
        for message in track:
            at += message.time
            tick = Fraction(at * TICKS_PER_QUARTER, file.ticks_per_beat)
            if message.type == "set_tempo":
                if not FASTEST_US <= message.tempo <= SLOWEST_US:
                    raise DirectionError(f"{name} has a tempo that is not from 20 to 300 bpm", hint=_HINT)
                tempi[round(tick)] = message.tempo
            elif message.type == "time_signature":
                meters[tick] = _meter(message.numerator, message.denominator, name)
    if len(tempi) + len(meters) > _MOST_CHANGES:
        raise DirectionError(f"{name} has more than {_MOST_CHANGES} changes of tempo and meter", hint=_HINT)
    return tempi, meters


def _meter(beats: int, unit: int, name: str) -> Meter:
    try:
        return Meter(beats, unit)
    except ValueError as exc:
        raise DirectionError(f"{name} has a meter that cannot be played: {exc}", hint=_HINT) from exc


def _checked(meters: dict[Fraction, Meter], name: str) -> tuple[tuple[int, Meter], ...]:
    """Check that every meter begins where a bar of the one before it ends."""
    found: list[tuple[int, Meter]] = []
    for tick, meter in sorted(meters.items(), key=lambda each: each[0]):
        if found:
            before, last = found[-1]
            if (tick - before) % last.ticks_per_bar:
                beat = float(tick / TICKS_PER_QUARTER) + 1
                raise DirectionError(
                    f"{name} changes its meter inside a bar, at quarter {beat:.2f}",
                    hint="Let meters change on bar lines in the DAW and export again.",
                )
            if meter == last:
                continue
        found.append((int(tick), meter))
    return tuple(found)


def _tick_at(tempi: Sequence[tuple[int, int]], at_s: Fraction) -> int:
    """Return the tick nearest to a time."""
    at_us, start_us = at_s * 1_000_000, Fraction(0)
    for index, (tick, us) in enumerate(tempi):
        end = tempi[index + 1][0] if index + 1 < len(tempi) else None
        end_us = None if end is None else start_us + Fraction((end - tick) * us, TICKS_PER_QUARTER)
        if end_us is None or at_us < end_us:
            return tick + round((at_us - start_us) * TICKS_PER_QUARTER / us)
        start_us = end_us
    return 0

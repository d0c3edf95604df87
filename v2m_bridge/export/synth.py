"""Score to sound, off line, with FluidSynth and a SoundFont.

FluidSynth works in blocks of 64 samples: an event is heard from the block after its sample on, at most 1.4 ms late,
never early.  No date, thread or noise source enters, so that equal scores give equal samples on one machine.

The controller that a part uses for its dynamics is CC1 or CC11.  A General MIDI sound answers to CC1 with vibrato, so
a part without CC11 has its CC1 played as expression, from a floor of 40 up: sampled instruments are not silent at 0.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import OutputError
from v2m_bridge.export.part_events import Kind, PartEvent, part_events

SAMPLE_RATE: Final = 48_000
BLOCK_SAMPLES: Final = 48_000
"""Samples in a block of `synthesise`; the last one is shorter."""

_MODULATION, _EXPRESSION = 1, 11
_EXPRESSION_FLOOR: Final = 40
_DRUM_CHANNEL: Final = 10
_CHANNELS_PER_PORT: Final = 16
_MAX_PORTS: Final = 16
_SETTINGS: Final[dict[str, int | float]] = {
    "synth.cpu-cores": 1,
    "synth.polyphony": 512,
    "synth.chorus.active": 0,
    "synth.reverb.active": 1,
    "synth.reverb.room-size": 0.5,
    "synth.reverb.damp": 0.3,
    "synth.reverb.width": 0.8,
    "synth.reverb.level": 0.35,
}
_GAIN: Final = 0.3
_INSTALL: Final = (
    "Install FluidSynth: apt install libfluidsynth3 (Debian, Ubuntu), brew install fluid-synth (macOS), "
    "choco install fluidsynth (Windows)."
)


class _Player(Protocol):
    """What `synthesise` asks of FluidSynth."""

    def play(self, event: PartEvent) -> None: ...
    def samples(self, n_samples: int) -> F32: ...


class _Timed(NamedTuple):
    at: int
    event: PartEvent


def synthesise(score: Score, sound_font: Path, n_samples: int) -> Iterator[F32]:
    """Play a score and yield its sound.

    Parameters
    ----------
    score : Score
        Sample 0 is the first frame of the edit.
    sound_font : Path
        See `find_sound_font`.
    n_samples : int
        How long to play at 48 kHz; what still rings then is cut off.

    Yields
    ------
    (n, 2) float32
        Left and right, n up to `BLOCK_SAMPLES`; not normalised.

    Raises
    ------
    OutputError
        When FluidSynth is not installed or cannot load the SoundFont.
    """
    events = _score_events(score)
    with _fluid_player(sound_font) as player:
        upcoming = 0
        for start in range(0, n_samples, BLOCK_SAMPLES):
            end = min(start + BLOCK_SAMPLES, n_samples)
            pieces: list[F32] = []
            now = start
            while upcoming < len(events) and events[upcoming].at < end:
                at, event = events[upcoming]
                if at > now:
                    pieces.append(player.samples(at - now))
                    now = at
                player.play(event)
                upcoming += 1
            pieces.append(player.samples(end - now))
            yield np.concatenate(pieces)


def sample_at_ns(ns: int) -> int:
    """Return the sample nearest to a time from the first frame of the edit."""
    return (ns * SAMPLE_RATE + NS_PER_S // 2) // NS_PER_S


def _score_events(score: Score) -> list[_Timed]:
    """Return all events in time order, each part on a channel of its own."""
    starts_ns = [score.cue_start_ns(cue) for cue in score.cues]

    def place(cue_index: int, tick: int) -> int:
        return sample_at_ns(starts_ns[cue_index] + score.cues[cue_index].tempo.ns_at(tick))

    ports = [0] * (_CHANNELS_PER_PORT + 1)
    channels: dict[tuple[str, int], int] = {}
    timed: list[_Timed] = []
    for name, events in part_events(score, place).items():
        has_expression = any(event.kind == Kind.CONTROL and event.data1 == _EXPRESSION for event in events)
        for event in events:
            key = name, event.channel
            if key not in channels:
                channels[key] = ports[event.channel] % _MAX_PORTS * _CHANNELS_PER_PORT + event.channel
                ports[event.channel] += 1
            heard = event if has_expression else _modulation_as_expression(event)
            timed.append(_Timed(event.at, heard._replace(channel=channels[key])))
    return sorted(timed, key=lambda item: (item.at, item.event.kind))


def _modulation_as_expression(event: PartEvent) -> PartEvent:
    if event.kind != Kind.CONTROL or event.data1 != _MODULATION:
        return event
    value = _EXPRESSION_FLOOR + event.data2 * (127 - _EXPRESSION_FLOOR) // 127
    return event._replace(data1=_EXPRESSION, data2=value)


@contextmanager
def _fluid_player(sound_font: Path) -> Iterator[_Player]:
    fluid = _fluidsynth()
    synth = fluid.Synth(
        gain=_GAIN, samplerate=float(SAMPLE_RATE), channels=_CHANNELS_PER_PORT * _MAX_PORTS, **_SETTINGS
    )
    try:
        font_id = synth.sfload(str(sound_font))
        if font_id < 0:
            raise OutputError(
                f"FluidSynth cannot load the SoundFont {sound_font}", hint="Name another one with --soundfont."
            )
        yield _FluidPlayer(fluid, synth)
    finally:
        synth.delete()


class _FluidPlayer:
    """One running FluidSynth; channels count from 1, every sixteenth from 10 on is for drums."""

    def __init__(self, fluid: Any, synth: Any) -> None:
        self._synth = synth
        self._write = fluid.cfunc(
            "fluid_synth_write_float",
            ctypes.c_int,
            *((name, kind, 1) for name, kind in _WRITE_FLOAT),
        )
        self._messages: dict[Kind, Callable[[PartEvent], Any]] = {
            Kind.NOTE_ON: lambda e: synth.noteon(e.channel - 1, e.data1, e.data2),
            Kind.NOTE_OFF: lambda e: synth.noteoff(e.channel - 1, e.data1),
            Kind.CONTROL: lambda e: synth.cc(e.channel - 1, e.data1, e.data2),
            Kind.PROGRAM: lambda e: synth.program_change(e.channel - 1, e.data1),
        }

    def play(self, event: PartEvent) -> None:
        """Send one event."""
        self._messages[event.kind](event)

    def samples(self, n_samples: int) -> F32:
        """Return the next (n_samples, 2) of sound."""
        sound = np.zeros((n_samples, 2), np.float32)
        if n_samples:
            address = sound.ctypes.data
            self._write(self._synth.synth, n_samples, address, 0, 2, address, 1, 2)
        return sound


# int fluid_synth_write_float(synth, len, lout, loff, lincr, rout, roff, rincr); pyfluidsynth binds only 16 bits.
_WRITE_FLOAT: Final = (
    ("synth", ctypes.c_void_p),
    ("len", ctypes.c_int),
    ("lout", ctypes.c_void_p),
    ("loff", ctypes.c_int),
    ("lincr", ctypes.c_int),
    ("rout", ctypes.c_void_p),
    ("roff", ctypes.c_int),
    ("rincr", ctypes.c_int),
)
_LOG_LEVELS: Final = 5


def _fluidsynth() -> Any:
    """Return pyfluidsynth, which looks for its library on import: only who renders needs it."""
    try:
        fluid = importlib.import_module("fluidsynth")
    except (ImportError, OSError, AttributeError) as exc:
        raise OutputError("FluidSynth, which plays the music, is not installed", hint=_INSTALL) from exc
    silence = fluid.cfunc(
        "fluid_set_log_function",
        ctypes.c_void_p,
        ("level", ctypes.c_int, 1),
        ("fun", ctypes.c_void_p, 1),
        ("data", ctypes.c_void_p, 1),
    )
    for level in range(_LOG_LEVELS):
        silence(level, None, None)
    return fluid

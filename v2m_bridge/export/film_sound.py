"""The sound of a film: the music under the picture's own sound, at the loudness of programmes for the screen.

The music stands a little below what is spoken and heard, gives way to speech, and the sum is brought to -16 LUFS.
Peaks that would then pass the ceiling are limited.  Where more than a few decibels would have to be taken from them,
the film stays softer, which is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.export.ducking import Ducking
from v2m_bridge.export.held_sound import MUSIC_PEAK_DBFS, HeldSound, hold
from v2m_bridge.export.limiter import limited
from v2m_bridge.export.loudness import LoudnessMeter
from v2m_bridge.export.own_sound import OwnSound
from v2m_bridge.export.synth import BLOCK_SAMPLES

TARGET_LUFS: Final = -16.0
TOLERANCE_LU: Final = 0.5
CEILING_DBFS: Final = -2.0
"""True peak before AAC, which may raise it: the film stays below -1 dBFS."""

_MUSIC_BELOW_LU: Final = 3.0
"""The music, where nobody speaks, below the picture's own sound."""
_SOFTEST_OWN_LUFS: Final = -30.0
"""Own sound that is softer counts as this loud: hiss and room tone are not lifted to the front."""
_MOST_LIMITED_DB: Final = 6.0
"""No peak is lowered by more."""
_MOST_PASSES: Final = 4
_NEAR_LU: Final = 0.1
"""Another pass is not worth less."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FilmSound:
    """Sound ready to be coded."""

    sound: HeldSound
    lufs: float | None
    """Integrated loudness; None for silence and for less than 400 ms."""
    warnings: tuple[str, ...] = ()


def film_sound(
    music: Iterator[F32], n_samples: int, own: OwnSound | None, speech: SpeechMask | None, folder: Path, told: Told
) -> FilmSound:
    """Lay music under the own sound of an edit.

    Parameters
    ----------
    music : iterator of (n, 2) float32
        At 48 kHz, `n_samples` in all.
    n_samples : int
        Length of the edit.
    own : OwnSound or None
        None where nothing but the music is heard.
    speech : SpeechMask or None
        Where the music gives way; it does so only where there is own sound.
    folder : Path
        For scratch files, 8 bytes for each sample three times; its owner deletes it.
    told : callable
        Receives (samples mixed, samples in all).
    """
    meter = LoudnessMeter()
    played = hold(meter.through(music), n_samples, folder / "music.f32")
    music_lufs = meter.result().integrated_lufs
    mixed = played
    if own is not None and own.is_heard:
        heard, own_lufs = _measured(own.blocks(), n_samples, folder / "own.f32")
        if own_lufs is not None:
            below = max(own_lufs, _SOFTEST_OWN_LUFS) - _MUSIC_BELOW_LU
            played = played.scaled(1.0 if music_lufs is None else _linear(below - music_lufs))
            mixed, music_lufs = _measured(_sum(played, heard, Ducking(speech)), n_samples, folder / "mix.f32")
        elif not heard.is_silent:
            mixed = hold(_sum(played, heard, Ducking(speech)), n_samples, folder / "mix.f32")
    if mixed.is_silent or music_lufs is None:
        return FilmSound(mixed.peaking_at(MUSIC_PEAK_DBFS), None)
    return _levelled(mixed, music_lufs, folder / "film.f32", told)


def _levelled(mixed: HeldSound, lufs: float, path: Path, told: Told) -> FilmSound:
    """Bring sound to the target: the limiter takes some loudness, which the next pass gives back as far as it may."""
    most_db = CEILING_DBFS + _MOST_LIMITED_DB - mixed.peak_dbfs
    gain_db, next_db = None, min(TARGET_LUFS - lufs, most_db)
    sound, reached = mixed, lufs
    for _ in range(_MOST_PASSES):
        if gain_db is not None and abs(next_db - gain_db) < _NEAR_LU:
            break
        gain_db = next_db
        louder = mixed.scaled(_linear(gain_db)).blocks(BLOCK_SAMPLES)
        below_ceiling = _counted(limited(louder, _linear(CEILING_DBFS)), mixed, told)
        sound, measured = _measured(below_ceiling, mixed.n_samples, path)
        reached = lufs + gain_db if measured is None else measured
        next_db = min(gain_db + TARGET_LUFS - reached, most_db)
    if abs(TARGET_LUFS - reached) <= TOLERANCE_LU:
        return FilmSound(sound, reached)
    why = f"the sound is at {reached:.1f} LUFS, not {TARGET_LUFS:.0f}: louder, its peaks would clip"
    return FilmSound(sound, reached, (why,))


def _measured(blocks: Iterator[F32], n_samples: int, path: Path) -> tuple[HeldSound, float | None]:
    meter = LoudnessMeter()
    held = hold(meter.through(blocks), n_samples, path)
    return held, meter.result().integrated_lufs


def _sum(music: HeldSound, own: HeldSound, ducking: Ducking) -> Iterator[F32]:
    at = 0
    for played, heard in zip(music.blocks(BLOCK_SAMPLES), own.blocks(BLOCK_SAMPLES), strict=True):
        yield played * ducking.gain(at, len(played))[:, None] + heard
        at += len(played)


def _counted(blocks: Iterator[F32], mixed: HeldSound, told: Told) -> Iterator[F32]:
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        told(done, mixed.n_samples)


def _linear(db: float) -> float:
    return float(10 ** (db / 20))

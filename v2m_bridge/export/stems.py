"""Stems: each part of each cue by itself, and their sum, for the dubbing stage.

A stem is what the part sounds like alone, with its reverb, at one level for the whole show, rounded to 24 bits.  The
mix of a cue is the sum of those whole numbers, so that stems laid on top of each other are the mix to the last bit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.song_map import cues_in_order
from v2m_bridge.errors import OutputError
from v2m_bridge.export.bext import Broadcast, time_reference
from v2m_bridge.export.bwf_file import FULL_SCALE, Samples, is_our_bwf, write_bwf
from v2m_bridge.export.cue_ends import ENDS_ON_THE_OUT
from v2m_bridge.export.files import check_replaceable, replacement
from v2m_bridge.export.held_sound import HeldSound, faded_out, hold
from v2m_bridge.export.stem_names import StemNames, stem_names
from v2m_bridge.export.synth import BLOCK_SAMPLES, SAMPLE_RATE, sample_at_ns, synthesise

_LEVEL_DB: Final = 12
"""Level of every stem, relative to what FluidSynth plays: mixes then peak well above -30 dBFS and below 0."""
_STEP_DB: Final = -6
"""Where a mix would clip, all stems of the show are lowered by this, again until none does."""
_LONGEST_TAIL_S: Final = 15
"""What rings longer than this after the last note has ended fades there."""
_INAUDIBLE: Final = 10 ** ((-100 - _LEVEL_DB) / 20)
"""As FluidSynth plays it; the end of a tail stays below, which is -100 dBFS in the stem."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stems:
    """What was written."""

    paths: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Show:
    """What is the same for all stems of a score."""

    score: Score
    font: Path
    folder: Path
    picture: date
    made: datetime


class _ClipsError(Exception):
    """A mix passes full scale."""


def write_stems(
    score: Score, folder: Path, *, sound_font: Path, picture: date, made: datetime, progress: Progress
) -> Stems:
    """Write a stem of each part of each cue, and a mix of each cue, as Broadcast WAVE of 24 bits at 48 kHz.

    A file begins on the first frame of its cue and is as long as the cue, and longer by what rings on after it: until
    all stems of the cue stay below -100 dBFS.  A cue that fades or is cut ends on its out.  The stems of a cue are
    equally long.

    Parameters
    ----------
    score : Score
    folder : Path
        Made where it is missing.
    sound_font : Path
        See `find_sound_font`.
    picture : date
        Of the revision of the picture, for the names.
    made : datetime
        For the headers.
    progress : callable
        Receives (label, done, total).

    Raises
    ------
    OutputError
        When a file is in the way that we did not write or that was changed since, the folder cannot be written, or
        FluidSynth is missing.  Nothing is written when a file is in the way.
    """
    check_stems(score, folder, picture)
    show = _Show(score, sound_font, folder, picture, made)
    level_db: float = _LEVEL_DB
    while True:
        try:
            paths = tuple(path for path in _written(show, level_db, progress))
        except _ClipsError:
            level_db += _STEP_DB
            continue
        lower = f"the stems are {_LEVEL_DB - level_db:.0f} dB softer than usual, so that no mix of theirs clips"
        return Stems(paths, (lower,) if level_db != _LEVEL_DB else ())


def check_stems(score: Score, folder: Path, picture: date) -> None:
    """Refuse stems that would be in the way of something, or of each other.

    Raises
    ------
    OutputError
        Names the file, or the cues.
    """
    cue_of: dict[str, CueMusic] = {}
    for cue in score.cues:
        names = _names(score, cue, picture)
        if cue_of.setdefault(names.mix.casefold(), cue) is not cue:
            twin = cue_of[names.mix.casefold()]
            raise OutputError(
                f"the stems of cues {twin.number} and {cue.number} would have the same names",
                hint="Give the cues numbers that differ in letters or digits.",
            )
        for name in (*names.parts.values(), names.mix):
            check_replaceable(folder / name, is_ours=is_our_bwf)


def _written(show: _Show, level_db: float, progress: Progress) -> Iterator[str]:
    order = [cue for cue in map(show.score.cues.__getitem__, cues_in_order(show.score)) if cue.parts]
    for done, cue in enumerate(order):
        progress("Stems", done, len(order))
        yield from _write_cue(show, cue, level_db)
    progress("Stems", len(order), len(order))


def _write_cue(show: _Show, cue: CueMusic, level_db: float) -> Iterator[str]:
    names = _names(show.score, cue, show.picture)
    with tempfile.TemporaryDirectory(prefix="v2m-") as scratch:
        played = {part: _played(show, cue, part, Path(scratch) / f"{i}.f32") for i, part in enumerate(names.parts)}
        n_samples = _cue_samples(show.score, cue)
        if cue.ending not in ENDS_ON_THE_OUT:
            n_samples = max(n_samples, *map(_audible_samples, played.values()))
        stems = {part: _Stem(sound, n_samples, level_db) for part, sound in played.items()}
        if any(np.abs(block).max(initial=0) > FULL_SCALE for block in _sums(stems)):
            raise _ClipsError
        for part, stem in stems.items():
            yield _write(show, cue, names.parts[part], part, stem.blocks(), n_samples)
        yield _write(show, cue, names.mix, "mix", _sums(stems), n_samples)


def _write(show: _Show, cue: CueMusic, name: str, what: str, blocks: Iterator[Samples], n_samples: int) -> str:
    path = show.folder / name
    title = " ".join(filter(None, (show.score.name, cue.number, cue.title, what)))
    broadcast = Broadcast(title, show.made, time_reference(show.score, cue.in_frame))
    with replacement(path, is_ours=is_our_bwf) as temporary:
        write_bwf(blocks, n_samples, temporary, broadcast)
    return str(path)


class _Stem:
    """A part of a cue in whole numbers of 24 bits."""

    def __init__(self, sound: HeldSound, n_samples: int, level_db: float) -> None:
        self._sound = sound.scaled(10 ** (level_db / 20))
        self._n_samples = n_samples

    def blocks(self) -> Iterator[Samples]:
        for block in faded_out(_cut_to(self._sound.blocks(BLOCK_SAMPLES), self._n_samples), self._n_samples):
            yield np.rint(block.astype(np.float64) * FULL_SCALE).astype(np.int32)


def _sums(stems: dict[str, _Stem]) -> Iterator[Samples]:
    for blocks in zip(*(stem.blocks() for stem in stems.values()), strict=True):
        yield np.asarray(np.sum(blocks, axis=0), np.int32)


def _cut_to(blocks: Iterator[F32], n_samples: int) -> Iterator[F32]:
    """Yield blocks of `BLOCK_SAMPLES` up to a length: what is longer is cut, what is shorter is silent to the end."""
    for start in range(0, n_samples, BLOCK_SAMPLES):
        wanted = np.zeros((min(BLOCK_SAMPLES, n_samples - start), 2), np.float32)
        piece = next(blocks, wanted)[: len(wanted)]
        wanted[: len(piece)] = piece
        yield wanted


def _played(show: _Show, cue: CueMusic, part: str, path: Path) -> HeldSound:
    """Play one part of one cue, from the first frame of the cue on, until nothing rings any more or 15 s are over."""
    alone = replace(cue, parts=tuple(each for each in cue.parts if each.name == part), in_frame=0)
    last_ns = max((cue.tempo.ns_at(n.onset_tick + n.length_ticks) for p in alone.parts for n in p.notes), default=0)
    n_samples = max(_cue_samples(show.score, cue), sample_at_ns(last_ns)) + _LONGEST_TAIL_S * SAMPLE_RATE
    return hold(synthesise(replace(show.score, cues=(alone,)), show.font, n_samples), n_samples, path)


def _audible_samples(sound: HeldSound) -> int:
    """Return the length of a sound up to its last sample that is not inaudible."""
    end, at = 0, 0
    for block in sound.blocks(BLOCK_SAMPLES):
        loud = np.flatnonzero(np.abs(block).max(axis=1) > _INAUDIBLE)
        end = at + int(loud[-1]) + 1 if len(loud) else end
        at += len(block)
    return end


def _cue_samples(score: Score, cue: CueMusic) -> int:
    return round((cue.out_frame - cue.in_frame) / Fraction(score.rate) * SAMPLE_RATE)


def _names(score: Score, cue: CueMusic, picture: date) -> StemNames:
    return stem_names(score.name, cue, picture, dict.fromkeys(part.name for part in cue.parts))

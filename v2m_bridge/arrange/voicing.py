"""Voicings: which pitches a chord sounds, each chosen from the one before so that the voices move little."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement, product
from typing import Final

import numpy as np

from v2m_bridge.arrange.style_data import BassRange, VoicingRange
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmony import QUALITY_BY_NAME, Chord

Voicing = tuple[int, ...]
"""MIDI keys from the lowest up."""

# Costs, in quarters of a semitone moved by one voice.
_MOVE: Final = 4
_CLUSTER: Final = 6
_OCTAVE_GAP: Final = 8
_SCALE_STEP_OF_FIFTH: Final = 4
_PLANING: Final = 24
_CLOSE: Final = 3
_FIFTH: Final = 7
_NEW_PLACE_PULL: Final = 8
_NEW_PLACE_MOVE: Final = 1


def bass_line(chords: Sequence[Chord | None], style: BassRange) -> tuple[int | None, ...]:
    """Return the bass of each slot: the pitch nearest to the bass before it, the lower one of two.

    Parameters
    ----------
    chords : sequence of (Chord or None)
        (T,) None is silence and leaves the hand where it was.
    style : BassRange
        Where the bass lies.

    Returns
    -------
    (T,) MIDI keys, None in silence.  Row t depends on rows up to t only.
    """
    found: list[int | None] = []
    last = style.centre
    for chord in chords:
        wanted = None if chord is None else chord.bass_pitch_class
        if wanted is None:
            found.append(None)
            continue
        pitches = [pitch for pitch in range(style.low, style.high + 1) if pitch % 12 == wanted]
        last = min(pitches, key=lambda pitch: (abs(pitch - last) + abs(pitch - style.centre) / 2, pitch))
        found.append(last)
    return tuple(found)


def fifth_above(chord: Chord, bass: int, style: BassRange) -> int:
    """Return the chord's fifth (diminished or augmented where the chord's is) as a bass, or `bass` where that blurs.

    Over a bass of its own (a slash chord, a pedal) that bass is held.
    """
    if chord.root is None or chord.bass is not None:
        return bass
    quality = QUALITY_BY_NAME[chord.quality]
    interval = quality.intervals[quality.tone_steps.index(_SCALE_STEP_OF_FIFTH)]
    wanted = (chord.root + interval) % 12
    above = bass + (wanted - bass) % 12
    return above if above <= style.high else bass


def voice_chords(
    chords: Sequence[Chord | None],
    centres: Sequence[float],
    style: VoicingRange,
    basses: Sequence[int | None] | None = None,
    new_places: Collection[int] = (),
    colours: Sequence[int | None] | None = None,
) -> tuple[Voicing | None, ...]:
    """Voice a progression from left to right, each chord with the smallest total movement from the one before.

    Parameters
    ----------
    chords : sequence of (Chord or None)
        (T,) None is silence and leaves the hands where they were.
    centres : sequence of float
        (T,) MIDI key that the middle of the voicing is drawn to, gently.
    style : VoicingRange
        Range, span and number of voices, and how they move.
    basses : sequence of (int or None), optional
        (T,) MIDI keys of the bass, with which the voices are not to move in parallel fifths or octaves.
    new_places : collection of int, optional
        Rows at which the hands go to the centre, also from far away, and also where the chord stays.
    colours : sequence of (int or None), optional
        (T,) pitch class that a voice sings which would double another, where there is one.

    Returns
    -------
    (T,) voicings, None in silence.  Every chord tone sounds, but for the fifth where the voices are too few.
    Row t depends on rows up to t only.
    """
    found: list[Voicing | None] = []
    last: Voicing | None = None
    last_chord: tuple[Chord, int | None] | None = None
    last_bass: int | None = None
    nobody = [None] * len(chords)
    for row, (chord, centre, bass, colour) in enumerate(
        zip(chords, centres, basses or nobody, colours or nobody, strict=True)
    ):
        if chord is None:
            found.append(None)
            continue
        if last is None or (chord, colour) != last_chord or row in new_places:
            step = (last_bass, bass) if last_bass is not None and bass is not None else None
            last = _nearest(candidates(chord, style, colour), last, centre, style, step, goes_away=row in new_places)
        last_chord, last_bass = (chord, colour), bass
        found.append(last)
    return tuple(found)


def undoubled(voicing: Voicing) -> Voicing:
    """Return a voicing with each pitch class once, in its lowest octave."""
    kept: dict[int, int] = {}
    for pitch in voicing:
        kept.setdefault(pitch % 12, pitch)
    return tuple(kept.values())


def _nearest(
    options: I64,
    last: Voicing | None,
    centre: float,
    style: VoicingRange,
    bass: tuple[int, int] | None,
    *,
    goes_away: bool = False,
) -> Voicing:
    """Return the option (row of (n, V)) that moves least from `last`, drawn to `centre`; the first of equals."""
    n_voices = options.shape[1]
    pull, move = (style.pull, _MOVE) if not goes_away else (max(style.pull, _NEW_PLACE_PULL), _NEW_PLACE_MOVE)
    cost = pull * np.abs(options.sum(axis=1) - round(centre * n_voices))
    gaps = np.diff(options, axis=1)
    cost = cost + _CLUSTER * (gaps == 1).sum(axis=1) + _OCTAVE_GAP * (gaps > 9).sum(axis=1)
    cost = cost + style.spread * (gaps < _CLOSE).sum(axis=1)
    if last is not None:
        moves = options - np.array(last)
        cost = cost + move * np.abs(moves).sum(axis=1)
        if style.motion == "planing" and not goes_away:
            cost = cost + _PLANING * np.abs(np.diff(moves, axis=1)).sum(axis=1)
        if style.parallels:
            cost = cost + style.parallels * _parallels(options, np.array(last), bass)
    return tuple(options[int(cost.argmin())].tolist())


def _parallels(options: I64, last: I64, bass: tuple[int, int] | None) -> I64:
    """(n,) pairs of voices that move the same way from a perfect fifth or octave into another."""
    if bass is not None:
        options = np.column_stack([np.full(len(options), bass[1]), options])
        last = np.concatenate([[bass[0]], last])
    low, high = np.triu_indices(len(last), 1)
    moves = options - last
    before, after = (last[high] - last[low]) % 12, (options[:, high] - options[:, low]) % 12
    same_way = moves[:, low] * moves[:, high] > 0
    perfect = (before == after) & ((after == 0) | (after == _FIFTH))
    return np.asarray((same_way & perfect).sum(axis=1), np.int64)


@lru_cache(maxsize=4096)
def candidates(chord: Chord, style: VoicingRange, colour: int | None = None) -> I64:
    """Return every voicing of a chord within range and span, from the lowest up.

    Returns
    -------
    (n, V) int64
        Ascending in each row, rows in lexicographic order; n > 0 for every chord of the vocabulary.
    """
    rows = sorted({row for tones in _tone_sets(chord, style.voices, colour) for row in _placings(tones, style)})
    table = np.array(rows, dtype=np.int64)
    table.setflags(write=False)
    return table


def _placings(tones: Sequence[int], style: VoicingRange) -> Iterator[Voicing]:
    octaves = [[pitch for pitch in range(style.low, style.high + 1) if pitch % 12 == tone] for tone in tones]
    for pitches in product(*octaves):
        row = tuple(sorted(pitches))
        if len(set(row)) == len(row) and row[-1] - row[0] <= style.span:
            yield row


def _tone_sets(chord: Chord, n_voices: int, colour: int | None = None) -> list[tuple[int, ...]]:
    """Return which pitch classes `n_voices` may sing: all tones, root or fifth doubled, the fifth left out last.

    Where the bass sings a chord tone and there are too few voices for all, they leave that tone to the bass.
    """
    if chord.root is None:
        raise ValueError("N has no voicing")
    quality = QUALITY_BY_NAME[chord.quality]
    fifth = (chord.root + quality.intervals[quality.tone_steps.index(_SCALE_STEP_OF_FIFTH)]) % 12
    tones = list(chord.pitch_classes)
    for spare in (chord.bass_pitch_class, fifth):
        if len(tones) > n_voices and spare in tones:
            tones.remove(spare)
    if colour is not None and len(tones) < n_voices:
        tones.append(colour)
    doubled = combinations_with_replacement((chord.root, fifth), max(0, n_voices - len(tones)))
    return [(*tones, *extra) for extra in doubled]

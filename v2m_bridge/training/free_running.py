"""What a chord model plays when nobody tells it the true chords, compared with the songs on whose grids it plays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.harmony import MODEL_KEYS, N_QUALITIES, N_SYMBOLS, NO_CHORD, QUALITIES, Mode, chord_of_id
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.training.corpora import Progress, quiet
from v2m_bridge.training.marks import Figures, tidy

F64 = NDArray[np.float64]
MOST_PIECES: Final = 16
PIECE_SLOTS: Final = 96
_FEWEST_SLOTS: Final = 32
_PLAIN: Final = Decoding(top_p=0.95, repeat_limit=PIECE_SLOTS, loop_penalty=0, allow_no_chord=True)
"""As the model would have it: no bias, no guidance, no limit on repeats or loops."""
_LOOPS: Final = range(2, 17)
_PHRASE: Final = 4
"""Chords in a row that are looked for earlier in a piece."""

# How well each pitch class fits a key, from its tonic upwards.  Source: Krumhansl and Kessler 1982, probe tones.
_PROFILES: Final[dict[Mode, tuple[float, ...]]] = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
_TONES: Final = np.array([[pitch in chord_of_id(s).pitch_classes for pitch in range(12)] for s in range(N_SYMBOLS)])
"""(157, 12)"""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A progression in the model's key, with what the encoder reads beside it."""

    symbols: I64
    """(T,) 0..156"""
    mode: Mode
    rows: F32
    """(R, columns), R >= T"""


def free_running(model: Amt, songs: Sequence[Piece], progress: Progress = quiet) -> Figures:
    """Let a model play on the grids of up to 16 songs, 96 slots each.

    Returns
    -------
    dict of str to float
        Of what it plays, ``free_change_rate`` (changes per slot), ``free_in_key`` (share of chords without a tone
        outside the scale), ``free_key_agreement`` (share of pieces whose own key, by their pitch classes, is the one
        that was asked for), ``free_no_chord`` and ``free_quality_*`` (shares of slots), ``free_repeated_phrases``
        (share of four chords in a row that the piece had before), ``free_looping`` (share of slots from the third
        round of a loop on), ``free_longest_hold`` (slots), and its distances from all songs in chords, qualities and
        changes (Jensen-Shannon, 0..1); the same of the songs' own beginnings with ``songs_`` in front.
    """
    long_enough = [song for song in songs if len(song.symbols) >= _FEWEST_SLOTS]
    chosen = long_enough[:: max(1, len(long_enough) // MOST_PIECES)][:MOST_PIECES]
    if not chosen:
        return {}
    heard = [Piece(song.symbols[:PIECE_SLOTS], song.mode, song.rows) for song in chosen]
    played = []
    for index, piece in enumerate(heard):
        played.append(_play(model, piece, index))
        progress("playing alone", index + 1, len(heard))
    found = {"free_": played, "songs_": heard}
    return tidy({
        f"{front}{name}": value
        for front, pieces in found.items()
        for name, value in (style(pieces) | distances(pieces, songs)).items()
    })  # fmt: skip


def _play(model: Amt, piece: Piece, seed: int) -> Piece:
    n = len(piece.symbols)
    sheet = Sheet(np.full(n, FREE), piece.rows[None], float(piece.mode == "minor"), np.zeros((n, N_SYMBOLS)))
    return Piece(fill(model, sheet, NoiseSource(seed, 0), _PLAIN), piece.mode, piece.rows)


def style(pieces: Sequence[Piece]) -> Figures:
    """Mean over pieces of each figure that `free_running` names."""
    shares = np.mean([_quality_shares(piece.symbols) for piece in pieces], axis=0)
    rows = [
        {
            "change_rate": float((piece.symbols[1:] != piece.symbols[:-1]).mean()),
            "in_key": _inside(piece),
            "key_agreement": float(own_key(piece.symbols) == (MODEL_KEYS[piece.mode].tonic, piece.mode)),
            "repeated_phrases": repeated_phrases(piece.symbols),
            "looping": looping(piece.symbols),
            "longest_hold": float(np.diff(_changes(piece.symbols)).max()),
        }
        for piece in pieces
    ]
    return {
        **{name: _mean([row[name] for row in rows]) for name in rows[0]},
        "no_chord": float(shares[0]),
        **{f"quality_{quality.name}": float(share) for quality, share in zip(QUALITIES, shares[1:], strict=True)},
    }


def distances(pieces: Sequence[Piece], songs: Sequence[Piece]) -> Figures:
    """Jensen-Shannon divergence (base 2, 0..1) between pieces and songs of chords, qualities and chord changes."""
    histograms: dict[str, Callable[[I64], F64]] = {
        "chords": _chord_counts,
        "qualities": _quality_shares,
        "changes": _change_counts,
    }
    return {
        f"distance_{name}": divergence(_summed(histogram, pieces), _summed(histogram, songs))
        for name, histogram in histograms.items()
    }


def divergence(one: F64, other: F64) -> float:
    """Jensen-Shannon divergence of two histograms of the same length.  Source: Lin 1991."""
    p, q = one / max(one.sum(), 1.0), other / max(other.sum(), 1.0)
    return max(0.0, _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def own_key(symbols: I64) -> tuple[int, Mode]:
    """Tonic and mode whose probe-tone profile the tones of (T,) chords resemble most."""
    tones = _TONES[symbols].sum(0).astype(np.float64)
    if tones.std() == 0:
        return 0, "major"
    fit = {
        (tonic, mode): float(np.corrcoef(tones, np.roll(profile, tonic))[0, 1])
        for mode, profile in _PROFILES.items()
        for tonic in range(12)
    }
    return max(fit, key=lambda key: fit[key])


def repeated_phrases(symbols: I64) -> float:
    """Share of the four chords in a row, durations aside, that the piece had before; not a number for fewer."""
    chords = symbols[_changes(symbols)[:-1]].tolist()
    phrases = [tuple(chords[at : at + _PHRASE]) for at in range(len(chords) - _PHRASE + 1)]
    if not phrases:
        return float("nan")
    return 1 - len(set(phrases)) / len(phrases)


def looping(symbols: I64) -> float:
    """Share of slots from the third round of a loop on; a loop has 2 to 16 slots and more than one chord."""
    stale = np.zeros(len(symbols), np.bool_)
    changed = np.concatenate([[0], np.cumsum(symbols[1:] != symbols[:-1])])
    for period in _LOOPS:
        n_equal = 0
        for at in range(period, len(symbols)):
            n_equal = n_equal + 1 if symbols[at] == symbols[at - period] else 0
            stale[at] |= n_equal > period and changed[at] > changed[at - period]
    return float(stale.mean())


def in_key(mode: Mode) -> Bool:
    """(157,) True for chords whose tones all lie in the scale of the model's key."""
    scale = set(MODEL_KEYS[mode].scale)
    return np.array([set(chord_of_id(symbol).pitch_classes) <= scale for symbol in range(N_SYMBOLS)])


def _mean(values: Sequence[float]) -> float:
    """Mean of those that are numbers."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _inside(piece: Piece) -> float:
    sounding = piece.symbols[piece.symbols != NO_CHORD]
    return float(in_key(piece.mode)[sounding].mean()) if len(sounding) else float("nan")


def _changes(symbols: I64) -> I64:
    """Where runs of equal symbols begin, and the end."""
    return np.concatenate([[0], np.flatnonzero(symbols[1:] != symbols[:-1]) + 1, [len(symbols)]])


def _chord_counts(symbols: I64) -> F64:
    return np.bincount(symbols, minlength=N_SYMBOLS).astype(np.float64)


def _quality_shares(symbols: I64) -> F64:
    """(14,) shares of N and of the thirteen qualities."""
    kind = np.where(symbols == NO_CHORD, 0, (symbols - 1) % N_QUALITIES + 1)
    return np.bincount(kind, minlength=N_QUALITIES + 1) / len(symbols)


def _change_counts(symbols: I64) -> F64:
    """(157 * 157,) how often each chord was followed by each other."""
    first, second = symbols[:-1], symbols[1:]
    changed = first != second
    pairs = first[changed] * N_SYMBOLS + second[changed]
    return np.bincount(pairs, minlength=N_SYMBOLS * N_SYMBOLS).astype(np.float64)


def _summed(histogram: Callable[[I64], F64], pieces: Sequence[Piece]) -> F64:
    return np.asarray(np.sum([histogram(piece.symbols) for piece in pieces], axis=0))


def _entropy(p: F64) -> float:
    positive = p[p > 0]
    return float(-(positive * np.log2(positive)).sum())

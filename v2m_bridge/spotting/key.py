"""The key of a cue where the user named none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from v2m_bridge.core.harmony import Chord, Key, Mode

# Tonics that lie well under the hands and for strings: C D Eb F G A Bb, and A B C D E F# G.
_PRACTICAL_TONICS: Final[dict[Mode, tuple[int, ...]]] = {
    "major": (0, 2, 3, 5, 7, 9, 10),
    "minor": (9, 11, 0, 2, 4, 6, 7),
}
_MAJOR_THIRDS: Final = frozenset({"maj", "maj6", "maj7", "7"})
_MINOR_THIRDS: Final = frozenset({"min", "min6", "min7"})


def choose_key(cue_number: str, *, seed: int, valence: float, primer: Sequence[Chord] = ()) -> Key:
    """Choose a key: the one that the primer stands in, else the mode from valence and the tonic by chance.

    Mode moves how pleasant music sounds (Husain et al. 2002): major from a valence of 0 up.  The tonic comes from
    Philox(seed, cue number), so that it depends on nothing else.
    """
    mode: Mode = "major" if valence >= 0 else "minor"
    if any(chord.root is not None for chord in primer):
        return _key_of_primer(primer, mode)
    digest = hashlib.blake2b(f"key\0{seed}\0{cue_number}".encode(), digest_size=16).digest()
    draw = int(np.random.Philox(key=int.from_bytes(digest, "little")).random_raw())
    tonics = _PRACTICAL_TONICS[mode]
    return Key(tonics[draw % len(tonics)], mode)


def _key_of_primer(primer: Sequence[Chord], mode: Mode) -> Key:
    modes: tuple[Mode, ...] = (mode, "minor" if mode == "major" else "major")
    keys = [Key(tonic, each) for each in modes for tonic in range(12)]
    return max(keys, key=lambda key: _fit(key, primer))  # the first of equals: the mode of the picture's valence


def _fit(key: Key, primer: Sequence[Chord]) -> int:
    """Twelve points for a chord in the scale (by tones), twelve more for a first tonic and six for a last one."""
    scale = set(key.scale)
    points = 0
    for chord in primer:
        tones = chord.pitch_classes
        if tones:
            points += 12 * sum(tone in scale for tone in tones) // len(tones)
    return points + 12 * _is_tonic(key, primer[0]) + 6 * _is_tonic(key, primer[-1])


def _is_tonic(key: Key, chord: Chord) -> bool:
    thirds = _MAJOR_THIRDS if key.mode == "major" else _MINOR_THIRDS
    return chord.root == key.tonic and chord.quality in thirds

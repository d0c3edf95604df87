"""Free melodies move, rest and return as songs do, on their chords and in their range."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.arrange.melody_statistics import BANDS, measured
from v2m_bridge.arrange.melody import Measure, Singer, Sung, scale_of
from v2m_bridge.arrange.motif import draw_motif
from v2m_bridge.core.harmony import QUALITIES, Chord, Key

BEAT = 960
BAR = 4 * BEAT
LOW, HIGH, CENTRE = 60, 81, 67
_MAJOR = ((0, "maj", 0.3), (2, "min", 0.1), (4, "min", 0.07), (5, "maj", 0.22), (7, "maj", 0.2), (9, "min", 0.11))
_MINOR = ((0, "min", 0.3), (3, "maj", 0.15), (5, "min", 0.15), (7, "min", 0.16), (8, "maj", 0.14), (10, "maj", 0.1))


def _song(seed: int) -> tuple[Key, list[Chord]]:
    """64 bars of a chord each in the form AABAABAB, the chords of A and B drawn."""
    draws = np.random.Generator(np.random.Philox(key=[seed, 1]))
    key = Key(int(draws.integers(12)), "major" if draws.random() < 0.5 else "minor")
    degrees = _MAJOR if key.mode == "major" else _MINOR
    shares = np.array([share for *_, share in degrees])
    parts = {name: draws.choice(len(degrees), size=8, p=shares / shares.sum()).tolist() for name in "AB"}
    return key, [
        Chord((key.tonic + degrees[index][0]) % 12, degrees[index][1]) for part in "AABAABAB" for index in parts[part]
    ]


def _singer(seed: int) -> Singer:
    motif = draw_motif(np.random.Generator(np.random.Philox(key=[seed, 2])))
    return Singer(motif, LOW, HIGH, CENTRE, (seed, 3))


def _measure(bar: int, chord: Chord, key: Key) -> Measure:
    return Measure(bar * BAR, (bar + 1) * BAR, BEAT, bar % 4, bar % 4 == 3, ((bar * BAR, chord),), key)


def _melody(seed: int) -> list[Sung]:
    singer, (key, chords) = _singer(seed), _song(seed)
    return [note for bar, chord in enumerate(chords) for note in singer.sing(_measure(bar, chord, key))]


def test_a_hundred_melodies_move_as_songs_do() -> None:
    found = [measured(_melody(seed), BEAT) for seed in range(100)]
    inside = {
        name: np.array([low <= getattr(each, name) <= high for each in found]) for name, (low, high) in BANDS.items()
    }
    shares = {name: float(row.mean()) for name, row in inside.items()}
    assert min(shares.values()) >= 0.85, shares
    assert np.all(list(inside.values()), axis=0).mean() >= 0.5


def test_one_seed_gives_one_melody_and_another_seed_another() -> None:
    assert _melody(5) == _melody(5)
    assert _melody(5) != _melody(6)


_CHORD = st.builds(Chord, st.integers(0, 11), st.sampled_from([quality.name for quality in QUALITIES]))


@given(st.integers(0, 500), st.lists(_CHORD, min_size=4, max_size=12))
def test_notes_follow_each_other_in_range_and_scale_and_strong_beats_are_chord_tones(
    seed: int, chords: list[Chord]
) -> None:
    singer, key = _singer(seed), Key(seed % 12, "minor" if seed % 2 else "major")
    notes = [note for bar, chord in enumerate(chords) for note in singer.sing(_measure(bar, chord, key))]
    assert all(a.onset_tick + a.length_ticks <= b.onset_tick for a, b in pairwise(notes))
    for note in notes:
        chord = chords[note.onset_tick // BAR]
        assert LOW <= note.pitch <= HIGH
        assert note.length_ticks > 0
        assert note.onset_tick % BAR + note.length_ticks <= BAR
        assert note.pitch % 12 in scale_of(key, chord)
        if note.onset_tick % (2 * BEAT) == 0:
            assert note.pitch % 12 in chord.pitch_classes


@given(st.integers(0, 500), st.integers(1, 15))
def test_what_was_sung_does_not_depend_on_what_comes(seed: int, n_bars: int) -> None:
    key, chords = _song(seed)
    whole, part = _singer(seed), _singer(seed)
    sung = [whole.sing(_measure(bar, chord, key)) for bar, chord in enumerate(chords[:16])]
    others = [*chords[:n_bars], *(chord.transposed(1) for chord in chords[n_bars:16])]
    assert [part.sing(_measure(bar, chord, key)) for bar, chord in enumerate(others)][:n_bars] == sung[:n_bars]


def test_silence_is_not_sung_and_the_melody_goes_on_after_it() -> None:
    singer, key = _singer(1), Key(0, "major")
    silent = Measure(BAR, 2 * BAR, BEAT, 1, False, (), key)
    first = singer.sing(_measure(0, Chord(0), key))
    assert singer.sing(silent) == ()
    after = singer.sing(_measure(2, Chord(0), key))
    assert first
    assert after
    assert abs(after[0].pitch - first[-1].pitch) <= 12

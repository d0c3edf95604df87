"""Chords, keys and how they are written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import chords, keys
from v2m_bridge.core.harmony import (
    END,
    N_SYMBOLS,
    NO_CHORD,
    PAD,
    QUALITIES,
    QUALITY_VALENCE,
    Chord,
    Key,
    chord_of_id,
    parse_chord,
    parse_key,
    parse_progression,
    pitch_class_name,
    progression_text,
)
from v2m_bridge.errors import DirectionError

semitones = st.integers(-40, 40)
separators = st.sampled_from((" ", "  ", ", ", " | ", "\t", "|"))


def test_the_157_symbols_and_their_ids_are_one_to_one() -> None:
    found = [chord_of_id(symbol_id) for symbol_id in range(N_SYMBOLS)]
    assert len(set(found)) == N_SYMBOLS == 157
    assert [chord.symbol_id for chord in found] == list(range(N_SYMBOLS))


@pytest.mark.parametrize(
    ("text", "symbol_id"),
    [("N", 0), ("C", 1), ("Cdim", 2), ("Cm", 5), ("Cmaj7", 13), ("C#", 14), ("Am", 122), ("Bmaj7", 156)],
)
def test_the_published_ids_are_those_of_the_paper(text: str, symbol_id: int) -> None:
    assert parse_chord(text).symbol_id == symbol_id


@pytest.mark.parametrize("symbol_id", [-1, END, PAD, 10**6])
def test_what_is_outside_the_vocabulary_is_no_chord(symbol_id: int) -> None:
    with pytest.raises(ValueError, match="not a chord symbol"):
        chord_of_id(symbol_id)


@given(chords(), st.booleans())
def test_every_chord_is_read_back_from_how_it_is_written(chord: Chord, flats: bool) -> None:
    assert parse_chord(chord.text(flats=flats)) == chord


@given(st.lists(chords(), min_size=1, max_size=12), st.booleans())
def test_every_progression_is_read_back_from_how_it_is_written(progression: list[Chord], flats: bool) -> None:
    assert parse_progression(progression_text(tuple(progression), flats=flats)) == tuple(progression)


@given(chords(), semitones, semitones)
def test_transposing_adds_up_and_comes_round_after_an_octave(chord: Chord, a: int, b: int) -> None:
    assert chord.transposed(a).transposed(b) == chord.transposed(a + b)
    assert chord.transposed(12) == chord
    assert chord.transposed(a).transposed(-a) == chord


@given(chords(), semitones)
def test_transposing_moves_every_tone_and_keeps_the_quality(chord: Chord, step: int) -> None:
    moved = chord.transposed(step)
    assert moved.pitch_classes == tuple((tone + step) % 12 for tone in chord.pitch_classes)
    assert moved.quality == chord.quality
    if chord.bass_pitch_class is None:
        assert moved == chord == Chord(None)
    else:
        assert moved.bass_pitch_class == (chord.bass_pitch_class + step) % 12


@given(chords())
def test_the_bass_is_no_part_of_the_symbol_and_the_symbol_keeps_the_tones(chord: Chord) -> None:
    plain = chord_of_id(chord.symbol_id)
    assert plain.pitch_classes == chord.pitch_classes
    assert plain.symbol_id == chord.symbol_id
    assert plain.bass is None


def test_no_two_qualities_are_the_same_tones_and_each_has_a_valence() -> None:
    assert len({quality.intervals for quality in QUALITIES}) == len(QUALITIES) == 13
    assert [quality.attribute for quality in QUALITIES] == list(range(1, 14))
    assert all(len(quality.intervals) == len(quality.tone_steps) for quality in QUALITIES)
    assert set(QUALITY_VALENCE) == {quality.name for quality in QUALITIES}
    assert all(-1 <= valence <= 1 for valence in QUALITY_VALENCE.values())


@given(st.lists(st.tuples(chords(), separators), max_size=6), st.lists(st.tuples(separators, chords()), max_size=6))
def test_a_bad_chord_is_named_by_its_column_wherever_it_stands(
    before: list[tuple[Chord, str]], after: list[tuple[str, Chord]]
) -> None:
    start = "".join(chord.text() + separator for chord, separator in before)
    rest = "".join(separator + chord.text() for separator, chord in after)
    for bad, offset in (("H7", 0), ("F#mm", 2), ("C/x", 2), ("Bbmaj7/", 7), ("c", 0), ("G7/Bbm", 3)):
        with pytest.raises(DirectionError) as caught:
            parse_progression(start + bad + rest)
        assert caught.value.column == len(start) + offset + 1
        assert f"column {caught.value.column}" in str(caught.value)
        assert caught.value.hint


@pytest.mark.parametrize("text", ["", "  ", "|", ",, |"])
def test_a_primer_without_a_chord_says_so(text: str) -> None:
    with pytest.raises(DirectionError, match="no chord") as caught:
        parse_progression(text)
    assert caught.value.column == 1


@pytest.mark.parametrize(
    ("text", "same"),
    [("C♯", "Db"), ("E♭", "D#"), ("F##", "G"), ("Fx", "G"), ("Abb", "G"), ("Cb", "B"), ("Am/A", "Am"), ("CΔ7", "Cmaj7"),
     ("C-7", "Cm7"), ("Cø", "Cm7b5"), ("C°7", "Cdim7"), ("C+", "Caug"), ("Csus", "Csus4"), ("N.C.", "N"), ("NC", "N")],
)  # fmt: skip
def test_other_ways_to_write_a_chord_mean_the_same(text: str, same: str) -> None:
    assert parse_chord(text) == parse_chord(same)


@given(st.text(max_size=12))
def test_no_text_gives_anything_but_a_chord_a_key_or_a_direction_error(text: str) -> None:
    parsers: tuple[Callable[[str], object], ...] = (parse_chord, parse_progression, parse_key)
    for parse in parsers:
        try:
            parse(text)
        except DirectionError as exc:
            assert exc.column is not None
            assert 1 <= exc.column <= len(text) + 1


@pytest.mark.parametrize(
    ("root", "quality", "bass"),
    [(12, "maj", None), (-1, "maj", None), (0, "major", None), (None, "min", None), (None, "maj", 3), (0, "maj", 12)],
)
def test_a_chord_that_does_not_exist_is_refused(root: int | None, quality: str, bass: int | None) -> None:
    with pytest.raises(ValueError, match=r"chord|quality|bass"):
        Chord(root, quality, bass)


@given(keys)
def test_every_key_is_read_back_from_how_it_is_written(key: Key) -> None:
    assert parse_key(key.text()) == key
    assert parse_key(f"  {key.text()} ") == key
    assert parse_key(pitch_class_name(key.tonic) + ("m" if key.mode == "minor" else "")) == key


@given(keys)
def test_a_key_is_the_models_key_moved_up(key: Key) -> None:
    home = Key(0, "major") if key.mode == "major" else Key(9, "minor")
    assert sorted((tone + key.semitones_from_model) % 12 for tone in home.scale) == sorted(key.scale)
    assert key.scale[0] == key.tonic
    assert (home.tonic + key.semitones_from_model) % 12 == key.tonic


def test_keys_are_spelled_as_their_signatures_are() -> None:
    written = {parse_key(text).text() for text in ("Eb", "Bb minor", "F", "Db major", "F# minor", "E", "G minor", "Ab")}
    assert written == {
        "Eb major", "Bb minor", "F major", "Db major", "F# minor", "E major", "G minor", "Ab major"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column"),
    [("", 1), ("H minor", 1), ("a minor", 1), ("C dorian", 3), ("  C dorian", 5), ("Cmm", 2), ("A minor 7", 3)],
)
def test_what_is_no_key_is_named_by_its_column(text: str, column: int) -> None:
    with pytest.raises(DirectionError, match="cannot read the key") as caught:
        parse_key(text)
    assert caught.value.column == column


@given(st.integers(0, 156))
def test_no_chord_is_symbol_zero_alone(symbol_id: int) -> None:
    assert (chord_of_id(symbol_id) == Chord(None)) == (symbol_id == NO_CHORD)

"""Voicings: every tone that matters is there, hands can play them, voices move little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.cues import any_chords, dynamics_of
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.melody import scale_of
from v2m_bridge.arrange.style_checks import PERCUSSION_CHANNEL
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.arrange.voicing import bass_line, fifth_above, undoubled, voice_chords
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, QUALITIES, Chord, Mode, chord_of_id

IN_KEY = {"major": "0:maj 2:min 4:min 5:maj 7:maj 9:min 7:7 2:min7 9:min7 5:maj7 0:maj7",
          "minor": "9:min 0:maj 2:min 4:min 5:maj 7:maj 4:7 9:min7 2:min7 11:hdim7 5:maj7"}  # fmt: skip


def voices(style: str, chords: list[Chord]) -> list[tuple[int, ...]]:
    rule = load_style(style).voicing
    return [voicing for voicing in voice_chords(chords, [rule.centre] * len(chords), rule) if voicing is not None]


@pytest.mark.parametrize("style", style_names())
@given(st.lists(any_chords().filter(lambda chord: chord.root is not None), min_size=1, max_size=8))
@settings(deadline=None)
def test_bass_and_voices_hold_every_chord_tone_but_at_most_the_fifth_of_a_slash_chord(
    style: str, chords: list[Chord]
) -> None:
    rule = load_style(style)
    for chord, voicing, bass in zip(chords, voices(style, chords), bass_line(chords, rule.bass), strict=True):
        assert bass is not None
        assert bass % 12 == chord.bass_pitch_class
        missing = set(chord.pitch_classes) - {pitch % 12 for pitch in (bass, *voicing)}
        fifth = chord.pitch_classes[2]
        assert not missing or (missing == {fifth} and chord.bass is not None)
        assert {pitch % 12 for pitch in voicing} <= set(chord.pitch_classes)


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize("symbol_id", range(1, N_SYMBOLS))
def test_every_symbol_is_spelled_as_its_quality_says(style: str, symbol_id: int) -> None:
    chord = chord_of_id(symbol_id)
    (voicing,) = voices(style, [chord])
    (bass,) = bass_line([chord], load_style(style).bass)
    assert bass is not None
    assert {pitch % 12 for pitch in (bass, *voicing)} == set(chord.pitch_classes)


@pytest.mark.parametrize("style", style_names())
def test_all_symbols_in_a_row_become_music_without_a_wrong_note(style: str) -> None:
    plan = make_plan(79, style=style)
    chords = [chord_of_id(i % N_SYMBOLS) for i in range(len(plan.slots))]
    for part in arrange(plan, chords, dynamics_of(len(chords), 14)):
        assert part.notes
        for note in part.notes:
            slot = next(i for i, s in enumerate(plan.slots) if s.onset_tick <= note.onset_tick < s.end_tick)
            allowed = scale_of(plan.key, chords[slot]) if part.name == "melody" else chords[slot].pitch_classes
            assert part.channel == PERCUSSION_CHANNEL or note.pitch % 12 in allowed


@given(st.lists(any_chords().filter(lambda chord: chord.root is not None), min_size=2, max_size=20))
@settings(deadline=None)
def test_hands_can_span_every_voicing(chords: list[Chord]) -> None:
    for style in style_names():
        for voicing in voices(style, chords):
            assert list(voicing) == sorted(set(voicing))
            assert voicing[-1] - voicing[0] <= 19


@given(st.sampled_from(["major", "minor"]), st.integers(0, 11), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_voices_move_three_semitones_or_less_on_average_in_key(mode: Mode, shift: int, random: object) -> None:
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    palette = [Chord(int(root), quality).transposed(shift)
               for root, quality in (word.split(":") for word in IN_KEY[mode].split())]  # fmt: skip
    chords = [palette[i] for i in rng.integers(0, len(palette), 64)]
    rows = np.array(voices("felt-piano", chords))
    changed = [t for t in range(1, 64) if chords[t] != chords[t - 1]]
    moves = np.abs(np.diff(rows, axis=0))[[t - 1 for t in changed]]
    assert moves.mean() <= 3


def test_a_chord_that_stays_keeps_its_voicing_also_across_a_rest() -> None:
    chord, rest = Chord(0), Chord(9, "min7")
    rule = load_style("felt-piano").voicing
    found = voice_chords([chord, None, chord, rest], [60, 60, 70, 60], rule)
    assert found[0] == found[2]
    assert found[1] is None


def test_voicings_are_a_function_of_what_came_before() -> None:
    chords = [chord_of_id(i) for i in (1, 44, 70, 96, 12, 5)]
    for cut in range(1, len(chords)):
        assert voices("felt-piano", chords)[:cut] == voices("felt-piano", chords[:cut])


@given(any_chords().filter(lambda chord: chord.root is not None))
def test_the_fifth_of_the_bass_line_belongs_to_the_chord_and_stays_in_range(chord: Chord) -> None:
    rule = load_style("felt-piano").bass
    (bass,) = bass_line([chord], rule)
    assert bass is not None
    fifth = fifth_above(chord, bass, rule)
    assert rule.low <= fifth <= rule.high
    assert fifth == bass or fifth % 12 == chord.pitch_classes[2]


def test_undoubled_keeps_the_lower_of_two_octaves() -> None:
    assert undoubled((52, 55, 60, 67)) == (52, 55, 60)


def test_thirteen_qualities_in_every_model_key_have_a_voicing() -> None:
    assert all(voices("felt-piano", [Chord(key.tonic, q.name)]) for key in MODEL_KEYS.values() for q in QUALITIES)

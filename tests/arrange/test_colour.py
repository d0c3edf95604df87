"""Triads take a tone that rubs under tension, a ninth in calm, and are as written elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.arrange.cues import Music, any_chords, dynamics_of, musics, pitched_notes
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.colour import colours_of, ninths, rubbing
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.melody import scale_of
from v2m_bridge.arrange.styles import load_style
from v2m_bridge.core.harmony import Chord, Key, parse_chord, parse_progression

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))


def n_coloured(valence: float, arousal: float, style: str = "felt-piano", strength: float = 1.0) -> int:
    plan = make_plan(32, 100, "minor", valence, arousal, style=style, affect_strength=strength)
    chords = parse_progression("Am Am Dm Dm Em Em F F") * 8
    outside = 0
    for part in arrange(plan, chords, dynamics_of(len(chords), 12)):
        for note in pitched_notes([part]):
            slot = max(t for t, slot in enumerate(plan.slots) if slot.onset_tick <= note.onset_tick)
            tones = {*chords[slot].pitch_classes, chords[slot].bass_pitch_class}
            outside += part.name != "melody" and note.pitch % 12 not in tones
    return outside


def test_the_tenser_the_more_rubs_and_nothing_where_all_is_neutral_pleasant_or_without_affect() -> None:
    fearful, tense = n_coloured(-0.9, 0.9), n_coloured(-0.3, 0.7)
    assert fearful > tense > 0
    assert n_coloured(0.0, 0.0) == n_coloured(0.8, 0.8) == n_coloured(-0.9, 0.9, strength=0.0) == 0
    assert n_coloured(0.5, -0.9) > 0


def test_reference_plays_chords_as_they_are_written() -> None:
    assert n_coloured(-0.9, 0.9, "reference") == 0


@pytest.mark.parametrize(
    ("chord", "key", "tones"),
    [
        ("Am", "minor", {11}),
        ("C", "major", {5}),
        ("F", "major", {11}),
        ("Bdim", "minor", set()),
        ("Am7", "minor", set()),
    ],
)
def test_what_rubs_is_a_second_under_a_minor_third_and_a_fourth_over_a_major_one(
    chord: str, key: str, tones: set[int]
) -> None:
    found = rubbing(parse_chord(chord), Key(9 if key == "minor" else 0, key))  # type: ignore[arg-type]
    assert tones <= set(found)
    assert bool(found) == bool(tones) or chord == "Bdim"


@given(any_chords().filter(lambda chord: chord.root is not None), KEYS)
def test_colours_are_tones_of_the_scale_that_the_chord_does_not_have(chord: Chord, key: Key) -> None:
    for tone in (*rubbing(chord, key), *ninths(chord, key)):
        assert tone in scale_of(key, chord)
        assert tone not in chord.pitch_classes
    for tone in rubbing(chord, key):
        assert any((tone - own) % 12 in (1, 11) for own in chord.pitch_classes)
    assert all((tone - (chord.root or 0)) % 12 == 2 for tone in ninths(chord, key))


@given(musics())
def test_a_chord_has_one_colour_in_a_bar_and_the_last_has_none(music: Music) -> None:
    style, ending = load_style(str(music.plan.wishes.style)), ending_of(music.plan)
    style = replace(style, harmony=replace(style.harmony, rub=4.0, ninth=4.0))
    chords = music.sounding()
    colours = colours_of(music.plan, chords, style, 1.0, ending)
    assert set(colours[ending.first_slot :]) <= {None}
    rows = list(zip(music.plan.slots, chords, colours, strict=True))
    for (slot, chord, colour), (later, next_chord, next_colour) in pairwise(rows):
        if slot.bar == later.bar and chord == next_chord and later.onset_tick < ending.start_tick:
            assert colour == next_colour


def test_all_tones_of_a_coloured_chord_sound() -> None:
    plan = make_plan(16, 100, "minor", -1.0, 1.0, style="strings-chorale", affect_strength=2.0)
    chords = parse_progression("Am Am C C") * 8
    parts = arrange(plan, chords, dynamics_of(len(chords), 6))
    style = load_style("strings-chorale")
    colours = colours_of(plan, chords, style, 2.0, ending_of(plan))
    assert sum(colour is not None for colour in colours) > len(chords) // 2
    for slot, (chord, colour) in enumerate(zip(chords, colours, strict=True)):
        start, end = plan.slots[slot].onset_tick, plan.slots[slot].end_tick
        heard = {
            n.pitch % 12 for n in pitched_notes(parts) if n.onset_tick < end and n.onset_tick + n.length_ticks > start
        }
        assert {*chord.pitch_classes, *([] if colour is None else [colour])} <= heard

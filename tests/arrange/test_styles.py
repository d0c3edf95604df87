"""Styles are data: they are found, checked, and `reference` is what was published."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.arrange.cues import dynamics_of
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.figures import parse_figure, strokes_in_slot
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.core.direction import DEFAULT_STYLE
from v2m_bridge.core.harmony import Chord, parse_progression
from v2m_bridge.core.routing import USUAL_PARTS
from v2m_bridge.core.score import Note
from v2m_bridge.errors import DirectionError

# (level, density, even slot, odd slot) as beat: voice.  Source: Kang et al. 2024, video2music.py lines 582-686.
PUBLISHED = [
    (5.9, "0:0 1:1", "0:2 1:3"),
    (6.0, "0:0 1:1", "0:2 1:3"),
    (9.0, "0:0 .5:1 1:2", "0:3 .5:1 1:2"),
    (15.0, "0:0 .5:1 1:2 1.5:3", "0:2 .5:1 1:2 1.5:3"),
    (24.0, "0:0 .25:1 .5:2 .75:1 1:3 1.5:2", "0:1 .25:0 .5:1 .75:2 1:3 1.5:2"),
    (24.1, "0:0 .25:1 .5:2 .75:1 1:3 1.25:2 1.5:1 1.75:2", "0:1 .25:0 .5:1 .75:2 1:3 1.25:2 1.5:1 1.75:2"),
]


def test_the_parts_of_the_styles_that_ship_are_known_to_routing() -> None:
    assert {part.name for name in style_names() for part in load_style(name).parts} == USUAL_PARTS


def reference_notes(density: float, loudness: float = 0.1, chords: str = "C C F F Am Am G G") -> tuple[Note, ...]:
    plan = make_plan(8, 120, style="reference")
    progression = (parse_progression(chords) * 16)[: len(plan.slots)]
    (piano,) = arrange(plan, progression, dynamics_of(len(plan.slots), density, loudness))
    return piano.notes


@pytest.mark.parametrize(("density", "even", "odd"), PUBLISHED)
def test_reference_plays_the_published_pattern_of_its_density(density: float, even: str, odd: str) -> None:
    notes = reference_notes(density)
    voicing = sorted({note.pitch for note in reference_notes(25) if note.onset_tick < 3840})
    assert len(voicing) == 4
    for cell, start in ((even, 0), (odd, 1920)):
        strokes = [stroke.split(":") for stroke in cell.split()]
        wanted = [(start + float(beat) * 960, voicing[int(voice)]) for beat, voice in strokes]
        assert [(n.onset_tick, n.pitch) for n in notes if start <= n.onset_tick < start + 1920] == wanted


@pytest.mark.parametrize(
    ("loudness", "velocity"), [(0.0, 49), (0.01, 68), (0.05, 81), (0.1, 88), (0.2, 97), (0.5, 112), (0.9, 112)]
)
def test_reference_follows_the_published_velocity_rule(loudness: float, velocity: int) -> None:
    assert {note.velocity for note in reference_notes(9, loudness)} == {velocity}


def test_reference_notes_last_two_beats_unless_chord_or_pitch_comes_again() -> None:
    first = [note for note in reference_notes(3) if note.onset_tick < 3840]
    assert [note.length_ticks for note in first] == [1920, 1920, 1920, 960]


def test_an_unknown_style_is_refused_with_the_names_of_those_there_are() -> None:
    plan = make_plan(2, style="polka")
    with pytest.raises(DirectionError) as caught:
        arrange(plan, [Chord(0)] * len(plan.slots), dynamics_of(len(plan.slots)))
    assert all(name in caught.value.hint for name in style_names())


def test_the_default_style_is_there_and_stands_in_where_none_was_wished() -> None:
    plan = make_plan(2)
    chords, dynamics = [Chord(0)] * len(plan.slots), dynamics_of(len(plan.slots))
    unsaid = replace(plan, wishes=replace(plan.wishes, style=None, affect_strength=None, seed=None))
    assert DEFAULT_STYLE in style_names()
    assert arrange(unsaid, chords, dynamics) == arrange(plan, chords, dynamics)


@pytest.mark.parametrize("name", style_names())
def test_a_busier_level_strikes_wherever_the_level_below_strikes(name: str) -> None:
    style = load_style(name)
    assert style.name == name
    assert style.summary
    every = [*style.figures, *(figures for others in style.other_figures for figures in others)]
    for figures in every:
        for slot_beats in (1, 2, 3, 4):
            for turn in (0, 1):
                onsets = [{t for t, _ in strokes_in_slot(f, turn, slot_beats * 960, 960, 240)} for f in figures]
                assert all(a <= b for a, b in pairwise(onsets))


def test_a_style_whose_chords_reach_into_its_bass_is_refused() -> None:
    style = load_style("felt-piano")
    with pytest.raises(ValueError, match="too near"):
        replace(style, voicing=replace(style.voicing, low=45))


@pytest.mark.parametrize("text", ["0", "2:1", "0:-2", "-1:0"])
def test_a_stroke_outside_its_cell_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"stroke|invalid"):
        parse_figure(text)


def test_strokes_finer_than_the_finest_step_are_left_out() -> None:
    figure = parse_figure("0:0 0.25:1 0.5:2")
    assert figure[0][1].beat == Fraction(1, 4)
    assert [t for t, _ in strokes_in_slot(figure, 0, 1920, 960, 480)] == [0, 480]


def test_chords_or_dynamics_of_another_length_are_refused() -> None:
    plan = make_plan(2)
    with pytest.raises(ValueError, match="rows of dynamics"):
        arrange(plan, [Chord(0)], dynamics_of(len(plan.slots)))

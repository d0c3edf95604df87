"""A seed changes what is played over the same chords, phrase by phrase; `reference` leaves nothing to chance."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.arrange.cues import Music, dynamics_of, every_note, musics, pitched_notes
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.draws import FIGURES, stepped
from v2m_bridge.arrange.figures import ALL_TONES, Figure
from v2m_bridge.arrange.measures import sung_bars
from v2m_bridge.arrange.style_data import OtherFigures
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.arrange.variety import Turn, read_variety, wandering
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.core.score import Part

VARIED = [name for name in style_names() if name != "reference"]
LEAST_CHANGED = 0.3
"""Share of the notes, as part, onset, length and pitch, on average over other seeds."""


def music(style: str, seed: int, density: float, intensity: float) -> tuple[Part, ...]:
    plan = make_plan(24, 100, style=style, seed=seed, intensity=intensity)
    return arrange(plan, parse_progression("C C Am Am F F G G Dm7 Dm7 G7 G7") * 4, dynamics_of(48, density))


def struck(parts: tuple[Part, ...]) -> set[tuple[str, int, int, int]]:
    return {(part.name, *note[:3]) for part in parts for note in pitched_notes([part])}


@pytest.mark.parametrize("style", VARIED)
@pytest.mark.parametrize(("density", "intensity"), [(3, 0.2), (10, 0.5), (20, 0.9)])
def test_another_seed_plays_other_notes_over_the_same_chords(style: str, density: float, intensity: float) -> None:
    before = struck(music(style, 1, density, intensity))
    others = [struck(music(style, seed, density, intensity)) for seed in range(2, 8)]
    changed = [len(after - before) / len(after) for after in others]
    assert mean(changed) >= LEAST_CHANGED
    assert min(changed) >= LEAST_CHANGED / 2


@pytest.mark.parametrize("style", VARIED)
@pytest.mark.parametrize(("density", "intensity"), [(3, 0.2), (10, 0.5)])
def test_each_new_take_changes_what_the_one_before_it_played(style: str, density: float, intensity: float) -> None:
    takes = [struck(music(style, seed, density, intensity)) for seed in range(1, 13)]
    changed = [len(after - before) / len(after) for before, after in pairwise(takes)]
    assert min(changed) >= LEAST_CHANGED


@given(st.integers(0, 1_000_000))
def test_what_must_differ_is_never_near_that_of_the_next_take(seed: int) -> None:
    first, second, third = (
        stepped(make_plan(4, 100, seed=each), FIGURES, 6, 4, 3) for each in (seed, seed + 1, seed + 2)
    )
    assert first.min() >= 0
    assert first.max() < 1
    assert away(first, second).min() >= 0.3 - 1e-6
    assert away(first, third).min() >= 0.1 - 1e-6
    assert (stepped(make_plan(4, 100, seed=seed), FIGURES, 9, 4, 3)[:6] == first).all()


def away(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far numbers are from others on a circle of 1."""
    return np.abs((first - second + 0.5) % 1.0 - 0.5)


@pytest.mark.parametrize("style", style_names())
def test_the_same_seed_plays_the_same(style: str) -> None:
    assert music(style, 3, 12, 0.8) == music(style, 3, 12, 0.8)


def test_reference_plays_the_same_whatever_the_seed() -> None:
    assert music("reference", 1, 12, 0.8) == music("reference", 2, 12, 0.8)


@given(st.integers(0, 7), st.integers(3, 6), st.lists(st.integers(0, 5), unique=True, min_size=1, max_size=6))
def test_a_turn_keeps_tones_apart_and_all_of_them_all(number: int, n_voices: int, tones: list[int]) -> None:
    turn = Turn.numbered(number)
    wanted = {tone % n_voices for tone in tones}
    assert len({turn.tone(tone) % n_voices for tone in wanted}) == len(wanted)
    assert all(turn.tone(tone) >= 0 for tone in tones)
    assert turn.tone(ALL_TONES) == ALL_TONES


def test_phrases_are_a_a_b_a_and_the_last_bar_of_each_is_turned_as_no_other() -> None:
    plan = make_plan(32, 120, seed=5)
    style = load_style("felt-piano")
    turns = read_variety(plan, style, 1.0).turns
    figures = next(index for index, part in enumerate(style.parts) if part.name == "figures")
    bars = [turns[bar.first_slot][figures] for bar in sung_bars(plan)]
    phrases = [tuple(bars[k : k + 4]) for k in range(0, 32, 4)]
    assert all(phrase[3] not in phrase[:3] for phrase in phrases)
    assert phrases[0] == phrases[1] == phrases[3] != phrases[2]
    assert len(set(phrases)) == 4


@given(musics())
def test_chords_change_their_place_only_where_a_phrase_begins(music: Music) -> None:
    style = load_style(str(music.plan.wishes.style))
    places = wandering(music.plan, style)
    begins = {bar.first_slot for bar in sung_bars(music.plan) if bar.opens_phrase}
    assert {slot for slot, (a, b) in enumerate(pairwise(places), 1) if a != b} <= begins
    assert all(abs(place) <= style.voicing.wander for place in places)


def bass_figures(valence: float, arousal: float) -> set[tuple[Figure, ...]]:
    """What the bass plays in a style that has figures of its own for it where the music is to be fearful."""
    style = load_style("felt-piano")
    fearful = OtherFigures(levels=("1:0 | -",) * style.n_levels, moods=(Emotion.FEARFUL,))
    parts = tuple(replace(part, others=(fearful,)) if part.name == "bass" else part for part in style.parts)
    plan = make_plan(8, 120, valence=valence, arousal=arousal)
    return {row[1] for row in read_variety(plan, replace(style, parts=parts), 1.0).figures}


def test_figures_for_a_mood_are_played_in_it_and_only_there() -> None:
    own = load_style("felt-piano").figures[1]
    assert bass_figures(0.0, 0.0) == {own}
    (fearful,) = bass_figures(-0.7, 0.6)
    assert fearful != own


def test_what_is_human_or_hit_stays_as_it_was() -> None:
    plan = make_plan(16, 100, intensity=0.9)
    human = replace(plan, wishes=replace(plan.wishes, humanize=1.0))
    chords = parse_progression("C C Am Am F F G G") * 4
    ends = [sorted((n.pitch, n.onset_tick + n.length_ticks) for n in every_note(arrange(each, chords, dynamics_of(32))))
            for each in (plan, human)]  # fmt: skip
    assert ends[0] == ends[1]


@pytest.mark.parametrize("style", VARIED)
@pytest.mark.parametrize("bpm", [150, 166])
def test_fast_music_is_no_busier_than_its_style_wants_it(style: str, bpm: float) -> None:
    most = load_style(style).density.most_per_s
    plan = make_plan(32, bpm, style=style, intensity=1.0, arousal=0.5)
    parts = arrange(plan, parse_progression("C C Am Am F F G G") * 8, dynamics_of(64, 30))
    n_notes = len(pitched_notes([part for part in parts if part.name != "melody"]))
    assert n_notes / plan.tempo.seconds_at(plan.end_tick) <= most

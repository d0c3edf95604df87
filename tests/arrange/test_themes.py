"""A cue that names a theme states it, in its own key and on chords that hold it; no other cue does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.cues import Music, musics, notes_before
from tests.arrange.sung_themes import Move, drawn_theme, part_named, places_of, theme_moves, with_theme
from tests.plans import make_plan
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.styles import style_of
from v2m_bridge.arrange.theme_part import with_theme_part
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.harmony import Chord, Key, Mode, parse_chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, Note
from v2m_bridge.core.theme import FORMS, Theme, key_in_mode
from v2m_bridge.model.weights import Weights, load_weights

pytestmark = pytest.mark.usefixtures("one_thread")

BAR = 3840
MOODS = ((0.0, 0.0), (0.7, 0.6), (-0.7, 0.6), (-0.6, -0.5), (0.6, -0.5))
STYLES = ("felt-piano", "strings-chorale", "hybrid-action", "pop-band", "tension-pulse", "ambient-pad", "reference")
N_BARS = 48
LEAST_FITTING = 0.85


@cache
def shipped() -> Weights:
    return load_weights()


def plan_of(seed: int, mood: tuple[float, float], style: str) -> CuePlan:
    valence, arousal = mood
    mode: Mode = "major" if valence >= 0 else "minor"
    bpm = 96 + 30 * arousal
    return make_plan(N_BARS, bpm, mode, valence, arousal, seed, tonic=seed * 7 % 12, style=style)


def composed(plan: CuePlan) -> CueMusic:
    return compose_cue(plan, None, shipped())


def fitting_share(music: CueMusic, theme: Theme, notes: tuple[Note, ...], starts: list[int], stretch: int = 1) -> float:
    """Share of the strong beats of stated themes (the first and third of each bar) whose note the chord holds."""
    length = stretch * BAR * theme.n_bars
    fits = []
    for slot in music.slots:
        if any(start <= slot.onset_tick < start + length for start in starts):
            sounding = [n for n in notes if n.onset_tick <= slot.onset_tick < n.onset_tick + n.length_ticks]
            fits += [note.pitch % 12 in parse_chord(slot.chord).pitch_classes for note in sounding]
    return sum(fits) / len(fits)


def check_theme(seed: int, mood: tuple[float, float]) -> float:
    theme, style = drawn_theme(seed), STYLES[(seed + MOODS.index(mood)) % len(STYLES)]
    plan = plan_of(seed, mood, style)
    music, without = composed(with_theme(plan, theme)), composed(plan)
    wanted = theme_moves(theme, plan.key)
    notes = part_named(music.parts).notes
    starts = places_of(wanted, notes)
    for first in range(0, N_BARS, 24):
        assert any(first * BAR <= tick < (first + 24) * BAR for tick in starts), (seed, mood, style)
    assert all(tick % (4 * BAR) == 0 for tick in starts)
    assert not any(places_of(wanted, part.notes) for part in without.parts)
    share = fitting_share(music, theme, notes, starts)
    assert share >= LEAST_FITTING, (seed, mood, style)
    return share


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("mood", MOODS[1:3])
def test_a_theme_is_found_in_the_cue_that_names_it_and_the_chords_hold_it(seed: int, mood: tuple[float, float]) -> None:
    check_theme(seed, mood)


@pytest.mark.long
@pytest.mark.parametrize("mood", MOODS)
def test_twenty_themes_are_found_in_every_mood(mood: tuple[float, float]) -> None:
    assert sum(check_theme(seed, mood) for seed in range(20)) / 20 >= LEAST_FITTING


def _form_moves(theme: Theme, key: Key, form: str) -> list[Move]:
    in_fragment = [index for index, note in enumerate(theme.notes) if note.beat < 8 or index < 4]
    return {
        "minor": theme_moves(theme, key_in_mode(key, "minor")),
        "major": theme_moves(theme, key_in_mode(key, "major")),
        "half-speed": theme_moves(theme, key, stretch=2),
        "fragment": theme_moves(theme, key, n_notes=len(in_fragment)),
        "bass": theme_moves(theme, key),
    }[form]


@pytest.mark.parametrize("form", ["minor", "major", "half-speed", "fragment", "bass"])
@pytest.mark.parametrize("style", ["felt-piano", "reference", "hybrid-action"])
def test_each_form_is_found_as_it_is_meant(form: str, style: str) -> None:
    theme, plan = drawn_theme(3, n_bars=4), plan_of(3, MOODS[1], style)
    music = composed(with_theme(plan, theme, form))
    part = part_named(music.parts, "bass" if form == "bass" else "melody")
    starts = places_of(_form_moves(theme, plan.key, form), part.notes)
    assert starts
    assert starts[0] == 0
    assert fitting_share(music, theme, part.notes, starts, 2 if form == "half-speed" else 1) >= LEAST_FITTING


@settings(max_examples=60, deadline=None)
@given(musics(), st.integers(0, 500), st.sampled_from(FORMS), st.sets(st.integers(0, 20)), st.integers(0, 60))
def test_a_theme_keeps_to_its_part_its_bars_and_the_words_and_reads_from_left_to_right(
    music: Music, seed: int, form: str, spoken: set[int], changed: int
) -> None:
    plan = with_theme(music.plan, drawn_theme(seed), form)
    plan = replace(plan, spoken=frozenset(slot for slot in spoken if slot < len(plan.slots)))
    made = replace(music, plan=plan)
    style = with_theme_part(style_of(plan.wishes), plan.wishes)
    lines, start = plan.tempo.bar_lines(plan.end_tick), ending_of(plan).start_tick
    for part, rule in zip(made.parts(), style.parts, strict=True):
        for note in part.notes:
            assert rule.low <= note.pitch <= rule.high
            end = note.onset_tick + note.length_ticks
            assert note.onset_tick >= start or not any(note.onset_tick < line < end for line in lines)
            assert part.name != "melody" or made.slot_at(note.onset_tick) not in plan.spoken
        if part.name in ("melody", "bass"):
            assert all(a.onset_tick + a.length_ticks <= b.onset_tick for a, b in pairwise(part.notes))
    slot = changed % len(plan.slots)
    tick = min(next(s.onset_tick for s in plan.slots if s.bar == plan.slots[slot].bar), start)
    other = replace(
        made,
        chords=tuple(Chord(1, "7") if k >= slot else chord for k, chord in enumerate(made.chords)),
        plan=replace(plan, spoken=plan.spoken | {slot}),
    )
    assert notes_before(made.parts(), tick) == notes_before(other.parts(), tick)

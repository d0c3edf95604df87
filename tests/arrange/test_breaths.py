"""At the end of phrases everybody breathes, the pad as well; what must be heard is heard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.arrange.cues import Music, dynamics_of, every_note, hit_at, musics
from tests.arrange.sung_themes import drawn_theme, with_theme
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.breaths import breaths_of
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.measures import sung_bars
from v2m_bridge.arrange.styles import load_style
from v2m_bridge.core.cue import HitKind
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import Note

BAR = 3840


def plan_of(style: str = "felt-piano", seed: int = 1) -> CuePlan:
    return make_plan(32, 110, style=style, seed=seed, intensity=0.9)


def notes(plan: CuePlan) -> list[Note]:
    chords = parse_progression("C C Am Am F F G G") * (len(plan.slots) // 8)
    return every_note(arrange(plan, chords, dynamics_of(len(chords), 14)))


def silent_bars(plan: CuePlan) -> set[int]:
    """Bars at whose end nothing sounds for a quarter of a beat or more."""
    found = notes(plan)
    last = {bar: max(n.onset_tick + n.length_ticks for n in found if n.onset_tick // BAR == bar) for bar in range(31)}
    return {bar for bar, end in last.items() if (bar + 1) * BAR - end >= 240}


def test_most_phrases_end_in_silence_and_no_other_bar_does() -> None:
    bars = silent_bars(plan_of())
    assert bars <= {3, 7, 11, 15, 19, 23, 27}
    assert 4 <= len(bars) <= 7
    assert silent_bars(plan_of(seed=3)) != bars


def test_reference_never_breathes() -> None:
    assert not any(breaths_of(plan_of(), load_style("reference"), ending_of(plan_of())))


def test_the_clock_of_a_pulse_does_not_stop_while_the_others_breathe() -> None:
    plan, style = plan_of("tension-pulse"), load_style("tension-pulse")
    chords = parse_progression("C C Am Am F F G G") * 8
    starts = {tick for tick in breaths_of(plan, style, ending_of(plan)) if tick is not None}
    parts = {part.name: part.notes for part in arrange(plan, chords, dynamics_of(64, 20))}
    during = {
        name: [n for n in found if any(t <= n.onset_tick < t + 480 for t in starts)] for name, found in parts.items()
    }
    assert during["bass"]
    assert not during["chords"]
    assert not during["pad"]


def test_a_hit_in_a_breath_is_struck() -> None:
    plan = plan_of()
    (tick, *_) = (tick for tick in breaths_of(plan, load_style("felt-piano"), ending_of(plan)) if tick is not None)
    hit = hit_at(tick + 240, HitKind.ACCENT)
    assert hit.tick not in {n.onset_tick for n in notes(plan)}
    assert hit.tick in {n.onset_tick for n in notes(replace(plan, hits=(hit,)))}


def test_nobody_breathes_under_speech_or_in_a_statement_of_a_theme() -> None:
    style, plan = load_style("pop-band"), plan_of("pop-band")
    ending = ending_of(plan)
    assert any(breaths_of(plan, style, ending))
    assert not any(breaths_of(replace(plan, spoken=frozenset(range(64))), style, ending))
    stated = breaths_of(with_theme(plan, drawn_theme(3, n_bars=8)), style, ending)
    assert not any(stated[: 2 * 8])


@settings(max_examples=60, deadline=None)
@given(musics())
def test_a_breath_lies_in_the_last_slot_of_a_phrase_before_the_ending_and_is_short(music: Music) -> None:
    plan, ending = music.plan, ending_of(music.plan)
    style = replace(load_style("felt-piano"), breaths=1.0)
    breaths = breaths_of(plan, style, ending)
    for bar in sung_bars(plan):
        (tick,) = set(breaths[bar.first_slot : bar.end_slot])
        if tick is not None:
            assert bar.ends_phrase
            assert bar.end_slot <= ending.first_slot
            assert plan.slots[bar.end_slot - 1].onset_tick < tick < bar.end_tick
            assert plan.tempo.ns_at(bar.end_tick) - plan.tempo.ns_at(tick) <= 600_000_000


@pytest.mark.parametrize("style", ["felt-piano", "strings-chorale", "ambient-pad"])
def test_a_chord_that_comes_in_halves_is_whole_before_a_breath(style: str) -> None:
    for seed in range(6):
        plan = replace(plan_of(style, seed), hits=(hit_at(9 * BAR + 1920), hit_at(10 * BAR + 1920, HitKind.STOP)))
        chords = parse_progression("Cmaj7 Am7 Fmaj7 G7") * 16
        found = every_note(arrange(plan, chords, dynamics_of(len(chords), 6)))
        for slot, chord in zip(plan.slots, chords, strict=True):
            heard = {n.pitch % 12 for n in found if slot.onset_tick <= n.onset_tick < slot.end_tick}
            assert {chord.pitch_classes[1], chord.pitch_classes[3]} <= heard, (seed, slot)


def test_a_hit_strikes_the_whole_chord() -> None:
    for seed in range(6):
        plan = make_plan(16, 110, seed=seed, intensity=0.9, hits=(hit_at(9 * BAR + 1920), hit_at(10 * BAR + 2880)))
        chords = arrange(plan, parse_progression("C C Am Am") * 8, dynamics_of(32, 12))[0].notes
        for hit in plan.hits:
            assert len([note for note in chords if note.onset_tick == hit.tick]) == 4

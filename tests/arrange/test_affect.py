"""Density, loudness, affect, intensity and hits are heard in the parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.cues import dynamics_of, every_note, hit_at
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.core.cue import HitKind, Need
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.core.score import Note, Part
from v2m_bridge.core.timebase import Meter

BAR = 4 * 960


def music(density: float = 8, loudness: float = 0.15, n_bars: int = 16, **plan: Any) -> tuple[Part, ...]:
    made = make_plan(n_bars, **plan)
    chords = (parse_progression("C C Am Am F F G G") * n_bars)[: len(made.slots)]
    return arrange(made, chords, dynamics_of(len(chords), density, loudness))


def mean_velocity(parts: tuple[Part, ...]) -> float:
    notes = every_note(parts)
    return sum(note.velocity for note in notes) / len(notes)


def mean_pitch(part: Part) -> float:
    return sum(note.pitch for note in part.notes) / len(part.notes)


def struck(parts: tuple[Part, ...]) -> list[Note]:
    return every_note([part for part in parts if not part.controls])


@pytest.mark.parametrize("style", style_names())
@given(st.floats(0, 40), st.floats(0, 40), st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(6, 8)]))
@settings(deadline=None, max_examples=40)
def test_more_density_never_means_fewer_onsets(style: str, a: float, b: float, meter: Meter) -> None:
    few, many = (len(every_note(music(d, style=style, meter=meter, n_bars=6))) for d in sorted((a, b)))
    assert few <= many


@pytest.mark.parametrize("style", style_names())
def test_from_sparse_to_dense_the_onsets_at_least_double(style: str) -> None:
    assert len(every_note(music(30, style=style))) >= 2 * len(every_note(music(2, style=style)))


@pytest.mark.parametrize("style", style_names())
@given(st.integers(0, 46), st.integers(3, 50))
@settings(deadline=None, max_examples=30)
def test_louder_music_has_a_higher_mean_velocity(style: str, a: int, louder_by: int) -> None:
    soft = mean_velocity(music(loudness=a / 100, style=style, n_bars=4))
    loud = mean_velocity(music(loudness=min(1.0, (a + louder_by) / 100), style=style, n_bars=4))
    assert soft < loud


def test_louder_music_opens_the_pad_by_one_controller_and_not_by_velocity() -> None:
    soft, loud = (next(p for p in music(loudness=x) if p.controls) for x in (0.05, 0.4))
    assert {c.controller for c in loud.controls} == {11}
    assert soft.controls[0].value < loud.controls[0].value
    assert soft.notes == loud.notes
    assert all(not part.controls for part in music() if part.name != "pad")


def test_arousal_makes_the_music_denser_louder_higher_and_shorter() -> None:
    calm, excited = music(arousal=-0.9), music(arousal=0.9)
    assert len(every_note(calm)) < len(every_note(excited))
    assert mean_velocity(calm) < mean_velocity(excited)
    assert mean_pitch(calm[0]) < mean_pitch(excited[0])
    assert calm[1].notes[0].length_ticks > excited[1].notes[0].length_ticks


def test_valence_brightens_the_register() -> None:
    assert mean_pitch(music(valence=-0.9)[0]) < mean_pitch(music(valence=0.9)[0])


def test_affect_strength_nought_ignores_affect() -> None:
    assert music(valence=0.9, arousal=0.9, affect_strength=0.0) == music(affect_strength=0.0)


def test_few_parts_play_at_low_intensity_and_all_at_high() -> None:
    playing = [[part.name for part in music(14, intensity=x) if part.notes] for x in (0.05, 0.15, 0.25, 0.9)]
    assert playing == [["chords"], ["chords", "pad"], ["chords", "bass", "pad"],
                       ["chords", "bass", "figures", "pad"]]  # fmt: skip


@pytest.mark.parametrize(("first", "then", "n_bars"), [(0.09, 0.11, 0), (0.11, 0.09, 16)])
def test_a_part_does_not_flicker_when_intensity_wavers_at_its_threshold(first: float, then: float, n_bars: int) -> None:
    wavering = [then if (t // 2) % 2 else first for t in range(32)]
    pad = next(part for part in music(intensity=wavering) if part.name == "pad")
    assert len({note.onset_tick // BAR for note in pad.notes}) == n_bars


@pytest.mark.parametrize("kind", [HitKind.ACCENT, HitKind.CHANGE, HitKind.STOP])
def test_an_accent_is_heard_exactly_on_a_must_hit_between_the_strokes(kind: HitKind) -> None:
    tick = 2 * BAR + 960
    plain, accented = music(3), music(3, hits=(hit_at(tick, kind),))
    assert not [n for n in struck(plain) if n.onset_tick == tick and n.pitch < 60]
    on_hit = [n for n in struck(accented) if n.onset_tick == tick]
    around = [n for n in struck(accented) if n.onset_tick // BAR == 2 and n.onset_tick not in (tick, 2 * BAR)]
    assert min(n.velocity for n in on_hit) > max((n.velocity for n in around), default=0)


@pytest.mark.parametrize("hit", [hit_at(BAR + 960, met=False), hit_at(BAR + 960, need=Need.SKIP), hit_at(99 * BAR)])
def test_hits_that_are_missed_skipped_or_outside_change_nothing(hit: Any) -> None:
    assert music(hits=(hit,)) == music()


def test_after_a_stop_nothing_is_struck_until_the_bar_ends() -> None:
    tick = 4 * BAR + 960
    parts = music(20, hits=(hit_at(tick, HitKind.STOP),))
    after = [n.onset_tick for n in struck(parts) if tick < n.onset_tick < 5 * BAR]
    assert set(after) <= {4 * BAR + 1920}
    assert len(after) < len([n for n in struck(music(20)) if tick < n.onset_tick < 5 * BAR])


def test_muted_slots_are_silent_and_the_music_returns_after_them() -> None:
    notes = every_note(music(muted=[6, 7]))
    silence = range(6 * 1920, 8 * 1920)
    assert not any(n.onset_tick < silence.stop and n.onset_tick + n.length_ticks > silence.start for n in notes)
    assert any(n.onset_tick == silence.stop for n in notes)


def test_velocity_falls_towards_the_last_chord() -> None:
    bass = next(part for part in music(3) if part.name == "bass")
    bars = [[n.velocity for n in bass.notes if n.onset_tick // BAR == bar] for bar in (11, 15)]
    assert max(bars[1]) < min(bars[0])


def test_phrases_and_periods_swell_and_the_third_phrase_is_the_loudest() -> None:
    bars = [[n.velocity for n in music(3)[0].notes if n.onset_tick // BAR == bar] for bar in range(14)]
    means = [sum(bar) / len(bar) for bar in bars]
    assert all(means[k + 2] > means[k] + 4 for k in (0, 4, 8))
    phrases = [sum(means[k : k + 4]) / 4 for k in (0, 4, 8)]
    assert phrases[0] < phrases[1] < phrases[2]


def test_the_highest_tone_of_a_chord_is_louder_and_strokes_between_beats_are_softer() -> None:
    chords, _, figures, _ = (part.notes for part in music(14))
    blocks = {tick: [n for n in chords if n.onset_tick == tick] for tick in {n.onset_tick for n in chords}}
    assert all(block[-1].velocity > block[0].velocity for block in blocks.values() if len(block) == 4)
    slot = [n for n in figures if n.onset_tick // BAR == 2]
    between = [n.velocity for n in slot if n.onset_tick % 960]
    assert max(between) < max(n.velocity for n in slot)


def test_the_pad_swells_with_the_phrase() -> None:
    pad = next(part for part in music() if part.controls)
    bars = [max(c.value for c in pad.controls if c.tick // BAR == bar) for bar in (0, 2, 10)]
    assert bars[0] < bars[1] < bars[2]

"""Who plays: parts grow with intensity, come and go with phrases and hits, rest, and give way to speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.cues import Music, dynamics_of, every_note, hit_at, musics
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.cue_model import read_cues
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.phrases import phrase_bars
from v2m_bridge.arrange.presence import presence
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import Part

STYLES = [name for name in style_names() if name != "reference"]
LEAST_REST = 0.15
MOST_UNDER_SPEECH = 0.6


def played(plan: CuePlan, density: float = 12, seed: int = 0) -> tuple[Part, ...]:
    rng = np.random.default_rng(seed)
    palette = parse_progression("C Am F G Dm7 Em7 G7 Fmaj7")
    chords = [palette[i] for i in rng.integers(0, len(palette), len(plan.slots))]
    return arrange(plan, chords, dynamics_of(len(chords), density))


def silent_share(part: Part, plan: CuePlan) -> float:
    """Share of the time of a cue in which nothing of a part sounds."""
    at, sounds_s = 0, 0.0
    for note in part.notes:
        end = note.onset_tick + note.length_ticks
        sounds_s += max(0.0, plan.tempo.seconds_at(end) - plan.tempo.seconds_at(max(at, note.onset_tick)))
        at = max(at, end)
    return 1 - sounds_s / plan.tempo.seconds_at(plan.end_tick)


def n_playing(plan: CuePlan) -> list[int]:
    return [sum(row) for row in presence(plan, load_style(str(plan.wishes.style)), ending_of(plan))]


@pytest.mark.parametrize("style", STYLES)
def test_one_part_plays_at_intensity_nought_and_all_at_one_and_never_fewer_at_more(style: str) -> None:
    counts = [n_playing(make_plan(8, 120, style=style, intensity=k / 20)) for k in range(21)]
    assert set(counts[0]) == {1}
    assert set(counts[-1]) == {len(load_style(style).parts)}
    for fewer, more in pairwise(counts):
        assert all(a <= b for a, b in zip(fewer, more, strict=True))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("intensity", [0.0, 0.3, 0.6, 1.0])
def test_in_a_long_cue_as_many_parts_play_or_fewer_and_one_at_nought(style: str, intensity: float) -> None:
    plan = make_plan(48, 100, style=style, intensity=intensity)
    wanted = max(n_playing(make_plan(8, 100, style=style, intensity=intensity)))
    assert max(n_playing(plan)) == wanted
    assert min(n_playing(plan)) >= 1


@given(musics())
@settings(max_examples=50)
def test_parts_come_and_go_only_where_a_phrase_begins_at_a_hit_or_with_the_last_chord(music: Music) -> None:
    plan = music.plan
    ending = ending_of(plan)
    rows = presence(plan, load_style(str(plan.wishes.style)), ending)
    allowed = {bar.first_slot for bar in phrase_bars(plan) if bar.opens_phrase or bar.is_hit
               or ending.first_slot in range(bar.first_slot, bar.end_slot)}  # fmt: skip
    assert {t for t in range(1, len(rows)) if rows[t] != rows[t - 1]} <= allowed


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("n_bars", "bpm"), [(26, 100), (30, 70), (48, 140), (20, 60), (90, 110)])
@pytest.mark.parametrize("intensity", [0.0, 0.5, 1.0])
def test_in_a_cue_of_more_than_a_minute_each_part_rests(style: str, n_bars: int, bpm: float, intensity: float) -> None:
    plan = make_plan(n_bars, bpm, style=style, intensity=intensity, hits=(hit_at(5 * 3840 + 960), hit_at(14 * 3840)))
    assert plan.tempo.seconds_at(plan.end_tick) > 60
    rests = {part.name: round(silent_share(part, plan), 3) for part in played(plan)}
    assert min(rests.values()) >= LEAST_REST, rests


def onsets(parts: Sequence[Part], plan: CuePlan, name: str = "") -> list[int]:
    spoken = [plan.slots[t] for t in sorted(plan.spoken)]
    return [note.onset_tick for part in parts if name in ("", part.name) for note in part.notes
            if any(slot.onset_tick <= note.onset_tick < slot.end_tick for slot in spoken)]  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
@given(st.integers(0, 2**16), st.floats(0, 1), st.floats(0, 30), st.booleans())
@settings(max_examples=12)
def test_under_speech_no_melody_begins_and_six_tenths_of_the_onsets_at_most(
    style: str, seed: int, intensity: float, density: float, in_blocks: bool
) -> None:
    rng = np.random.default_rng(seed)
    plain = make_plan(16, 96, style=style, intensity=intensity)
    n = len(plain.slots)
    talk = np.repeat(rng.random(n // 4) < 0.5, 4) if in_blocks else rng.random(n) < 0.4
    spoken = replace(plain, spoken=frozenset(np.flatnonzero(talk).tolist()))
    before, under = (played(plan, density, seed) for plan in (plain, spoken))
    assert not onsets(under, spoken, "melody")
    assert len(onsets(under, spoken)) <= MOST_UNDER_SPEECH * len(onsets(before, spoken))


@pytest.mark.parametrize("style", STYLES)
def test_under_speech_a_hit_is_struck_but_not_accented(style: str) -> None:
    hit = hit_at(4 * 3840 + 1920)
    plans = [make_plan(16, 96, style=style, hits=hits) for hits in ((), (hit,))]
    plain, struck = (played(replace(plan, spoken=frozenset(range(6, 14)))) for plan in plans)
    on_hit = [n.velocity for part in struck if not part.controls for n in part.notes if n.onset_tick == hit.tick]
    around = [n.velocity for n in every_note(plain) if n.onset_tick // 3840 in (3, 4, 5)]
    assert on_hit
    assert max(on_hit) <= max(around) + 2 * load_style(style).velocity.human


def test_affect_strength_scales_every_cue() -> None:
    model = load_style("felt-piano").cues
    rows = [read_cues(make_plan(4, valence=0.5, arousal=0.5), model, strength, 6.0) for strength in (0.0, 1.0, 2.0)]
    assert [row.register[0] for row in rows] == [0.0, 4.25, 8.5]
    assert [row.velocity[0] for row in rows] == [0.0, 3.0, 6.0]
    assert rows[0].gap[0] == 0
    assert rows[0].density[0] == 1

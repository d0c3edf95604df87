"""How cues begin and end, and how far strokes lie off the grid, each as it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.affect_grid import piece
from tests.arrange.cues import Music, dynamics_of, every_note, hit_at, musics
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.hits import met_hits
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.core.cue import Hit
from v2m_bridge.core.direction import ENDINGS, ENTRIES, CueDirection
from v2m_bridge.core.harmony import parse_chord, parse_progression
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import Note, Part
from v2m_bridge.core.timebase import FrameTime

BAR, BEAT = 3840, 960


def wished(plan: CuePlan, **wishes: Any) -> CuePlan:
    return replace(plan, wishes=replace(plan.wishes, **wishes))


def played(plan: CuePlan) -> tuple[Part, ...]:
    chords = (parse_progression("C C Am Am F F G G") * len(plan.slots))[: len(plan.slots)]
    return arrange(plan, chords, dynamics_of(len(chords), 14))


def music(style: str = "felt-piano", **wishes: Any) -> tuple[Part, ...]:
    return played(wished(make_plan(12, 100, style=style, intensity=0.9), **wishes))


def last_onset(parts: Sequence[Part]) -> int:
    return max(note.onset_tick for note in every_note(parts))


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_last_onset_lies_a_beat_before_the_out_but_that_of_a_button_on_it(style: str, ending: str) -> None:
    plan = make_plan(12, 100, style=style)
    parts, end = music(style, ending=ending), 12 * BAR
    if ending != "button":
        assert last_onset(parts) <= end - BEAT
        assert max(n.onset_tick + n.length_ticks for n in every_note(parts)) == end
        return
    out_ns = plan.tempo.ns_at(end)
    out = Hit(FrameTime(round(out_ns * 25 / 10**9), plan.cue.end.rate))
    assert out.is_met_by(plan.tempo.ns_at(last_onset(parts)))
    before = [n for n in every_note(parts) if n.onset_tick < last_onset(parts)]
    assert max(n.onset_tick + n.length_ticks for n in before) <= end - BEAT


@pytest.mark.parametrize("style", style_names())
def test_without_a_wish_the_last_chord_rings_and_nothing_is_human(style: str) -> None:
    assert music(style) == music(style, ending="ring", entry="downbeat", humanize=0.0)


def test_a_cut_goes_on_to_the_out_and_sounds_nothing_after_it() -> None:
    notes = every_note(music(ending="cut"))
    late = [note for note in notes if note.onset_tick >= 11 * BAR]
    assert len({note.onset_tick for note in late}) >= 3
    assert all(note.onset_tick + note.length_ticks <= 12 * BAR for note in notes)


def test_a_fade_ends_softer_than_anything_and_closes_the_pad() -> None:
    parts = music(ending="fade")
    chords, pad = (next(p for p in parts if p.name == name) for name in ("chords", "pad"))
    bars = [[n.velocity for n in chords.notes if n.onset_tick // BAR == bar] for bar in range(12)]
    assert max(bars[11]) < min(bars[10]) < max(bars[10]) < min(bars[8])
    assert pad.controls[-1].value < 20 < max(c.value for c in pad.controls)


def test_a_segue_does_not_become_softer() -> None:
    bars = [[n.velocity for n in music(ending="segue")[0].notes if n.onset_tick // BAR == bar] for bar in (7, 11)]
    assert max(bars[1]) >= max(bars[0]) - 3


@pytest.mark.parametrize("ending", ["open", "segue"])
def test_no_dominant_falls_to_its_tonic_into_an_open_ending(ending: str) -> None:
    torch.set_num_threads(1)
    for seed in range(3):
        plan, found = piece(CueDirection(seed=seed, ending=ending))
        roots = [parse_chord(slot.chord).root for slot in found.slots]
        tonic = plan.key_at(len(roots) - 1).tonic
        assert roots[-1] == (tonic + 7) % 12
        closing = max(i for i in range(1, len(roots)) if roots[i - 1] != roots[i])
        assert (roots[closing - 1], roots[closing]) != ((tonic + 7) % 12, tonic)


def test_a_pickup_leads_into_the_second_bar_alone() -> None:
    first = {part.name: [n for n in part.notes if n.onset_tick < BAR] for part in music(entry="pickup")}
    assert [n.onset_tick for n in first["chords"]] == [3 * BEAT, 3 * BEAT + BEAT // 2]
    assert not first["bass"]
    assert not first["pad"]
    assert every_note(music(entry="pickup"))[3].onset_tick >= BAR - BEAT


def test_a_fade_in_begins_from_nothing_and_leaves_the_rest_as_it_was() -> None:
    faded, plain = music(entry="fade"), music()
    chords = faded[0].notes
    assert chords[0].velocity == 15
    bars = [max(n.velocity for n in chords if n.onset_tick // BAR == bar) for bar in range(4)]
    assert bars == sorted(bars)
    assert faded[3].controls[0].value == 0
    after = [[n for n in part.notes if n.onset_tick >= 4 * BAR] for part in (*faded, *plain)]
    assert after[: len(faded)] == after[len(faded) :]


def shape(notes: Sequence[Note]) -> list[tuple[int, int]]:
    return sorted((note.pitch, note.onset_tick + note.length_ticks) for note in notes)


@given(musics(), st.floats(0.05, 1))
@settings(max_examples=40)
def test_human_strokes_come_a_little_late_end_where_they_did_and_are_exact_on_hits(music: Music, share: float) -> None:
    grid = music.parts()
    human = replace(music, plan=wished(music.plan, humanize=share)).parts()
    hits = {hit.tick for hit in met_hits(music.plan)}
    for before, after in zip(grid, human, strict=True):
        assert before.controls == after.controls
        assert shape(before.notes) == shape(after.notes)
        ends = {(n.pitch, n.onset_tick + n.length_ticks): n for n in before.notes}
        for note in after.notes:
            on_grid = ends[note.pitch, note.onset_tick + note.length_ticks]
            late_ns = music.plan.tempo.ns_at(note.onset_tick) - music.plan.tempo.ns_at(on_grid.onset_tick)
            assert 0 <= late_ns <= 24_000_000 * share + 1_000_000
            assert on_grid.onset_tick not in hits or late_ns == 0
            assert note.velocity == on_grid.velocity
        assert list(after.notes) == sorted(after.notes, key=lambda note: (note.onset_tick, note.pitch))


def test_humanize_is_seeded() -> None:
    plans = [wished(make_plan(8, seed=seed, hits=(hit_at(BAR),)), humanize=1.0) for seed in (1, 1, 2)]
    a, again, other = (played(plan) for plan in plans)
    assert a == again
    assert [n.onset_tick for n in every_note(a)] != [n.onset_tick for n in every_note(other)]
    assert BAR in {n.onset_tick for n in every_note(a)}


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize(("entry", "ending"), [(a, b) for a in ENTRIES for b in ENDINGS])
def test_every_form_works_in_one_short_bar_too(style: str, entry: str, ending: str) -> None:
    for n_bars in (1, 2, 5):
        parts = played(wished(make_plan(n_bars, 90, style=style), entry=entry, ending=ending, humanize=0.5))
        assert every_note(parts)
        for part, rule in zip(parts, load_style(style).parts, strict=True):
            assert all(rule.low <= note.pitch <= rule.high and note.length_ticks > 0 for note in part.notes)

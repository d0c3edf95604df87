"""Laws that hold for every style, meter, chord and hit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arrange.cues import Music, every_note, musics, notes_before, pitched_notes
from v2m_bridge.arrange.colour import colours_of
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.melody import scale_of
from v2m_bridge.arrange.splice import splice
from v2m_bridge.arrange.styles import load_style
from v2m_bridge.arrange.texture import affect_strength
from v2m_bridge.core.arrays import F32
from v2m_bridge.core.cue import Need
from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.plan import SlotAffect
from v2m_bridge.core.score import Note, Part

many = settings(max_examples=60, deadline=None)


def bars(music: Music) -> dict[int, tuple[int, int]]:
    ends: dict[int, tuple[int, int]] = {}
    for slot in music.plan.slots:
        ends[slot.bar] = (ends.get(slot.bar, (slot.onset_tick, 0))[0], slot.end_tick)
    return ends


def end_of(note: Note) -> int:
    return note.onset_tick + note.length_ticks


def slots_under(music: Music, note: Note) -> Iterator[int]:
    for t, slot in enumerate(music.plan.slots):
        if slot.onset_tick < end_of(note) and note.onset_tick < slot.end_tick:
            yield t


@many
@given(musics())
def test_no_note_sounds_into_another_chord_or_into_silence(music: Music) -> None:
    for part in music.parts():
        for note in part.notes:
            check_harmony(music, part, note)


def check_harmony(music: Music, part: Part, note: Note) -> None:
    """Check that a note sounds in one chord; one of a melody may be held into chords that it belongs to."""
    sounding = music.sounding()
    under = [sounding[t] for t in slots_under(music, note)]
    assert None not in under
    later = {chord for chord in under if chord is not None and chord != under[0]}
    assert not later or part.name == "melody"
    assert all(note.pitch % 12 in chord.pitch_classes for chord in later)


@many
@given(musics())
def test_every_pitch_belongs_to_its_chord_its_bass_or_its_colour_and_those_of_a_melody_to_its_scale(
    music: Music,
) -> None:
    sounding = music.sounding()
    style = load_style(str(music.plan.wishes.style))
    strength = affect_strength(music.plan, style)
    colours = colours_of(music.plan, sounding, style, strength, ending_of(music.plan))
    for part in music.parts():
        for note in pitched_notes([part]):
            slot = music.slot_at(note.onset_tick)
            chord = sounding[slot]
            assert chord is not None
            if part.name == "melody":
                assert note.pitch % 12 in scale_of(music.plan.key_at(slot), chord)
            else:
                assert note.pitch % 12 in {*chord.pitch_classes, chord.bass_pitch_class, colours[slot]}


@many
@given(musics())
def test_no_note_crosses_a_bar_line_before_the_ending_and_none_passes_the_end(music: Music) -> None:
    start = ending_of(music.plan).start_tick
    lines = [line for line, _ in bars(music).values()]
    for note in every_note(music.parts()):
        assert end_of(note) <= music.plan.end_tick
        if note.onset_tick < start:
            assert not any(note.onset_tick < line < end_of(note) for line in lines)


@many
@given(musics())
def test_notes_are_sorted_within_range_and_no_two_of_one_pitch_overlap_in_a_part(music: Music) -> None:
    style = load_style(str(music.plan.wishes.style))
    for part, rule in zip(music.parts(), style.parts, strict=True):
        assert list(part.notes) == sorted(part.notes, key=lambda note: (note.onset_tick, note.pitch))
        assert [c.tick for c in part.controls] == sorted({c.tick for c in part.controls})
        for note in part.notes:
            assert note.length_ticks > 0
            assert rule.low <= note.pitch <= rule.high
            assert style.velocity.low <= note.velocity <= style.velocity.high
        for pitch in {note.pitch for note in part.notes}:
            same = [note for note in part.notes if note.pitch == pitch]
            assert all(end_of(a) <= b.onset_tick for a, b in pairwise(same))


@many
@given(musics())
def test_the_low_register_stays_clear_across_parts(music: Music) -> None:
    notes = pitched_notes(music.parts())
    for a, b in combinations(notes, 2):
        if min(a.pitch, b.pitch) < 48 and a.onset_tick < end_of(b) and b.onset_tick < end_of(a):
            assert abs(a.pitch - b.pitch) >= 7
            assert a.pitch >= 40 or b.pitch >= 40 or a.pitch % 12 == b.pitch % 12


@many
@given(musics())
def test_every_must_hit_that_is_met_has_an_onset_exactly_on_its_tick(music: Music) -> None:
    sounding = music.sounding()
    onsets = {note.onset_tick for part in music.parts() if not part.controls for note in part.notes}
    for hit in music.plan.hits:
        if hit.met and hit.hit.need is Need.MUST and sounding[music.slot_at(hit.tick)] is not None:
            assert hit.tick in onsets


@many
@given(musics(), st.data())
def test_notes_before_a_change_are_identical_whatever_comes_after(music: Music, data: st.DataObject) -> None:
    n = len(music.chords)
    first = data.draw(st.integers(0, n - 1))
    tick = min(bars(music)[music.plan.slots[first].bar][0], ending_of(music.plan).start_tick)
    rng = np.random.default_rng(first)
    affect = music.plan.affect
    after = np.array([slot.onset_tick >= tick for slot in music.plan.slots])

    def bent(column: F32, low: float) -> F32:
        return np.where(after, rng.uniform(low, 1, n), column).astype(np.float32)

    changed = SlotAffect(
        bent(affect.valence, -1),
        bent(affect.arousal, -1),
        bent(affect.intensity, 0),
        np.where(after, rng.random(n) < 0.2, affect.muted),
    )
    other = Music(
        replace(music.plan, affect=changed, hits=tuple(hit for hit in music.plan.hits if hit.tick < tick)),
        tuple(Chord(int(rng.integers(12)), "7") if late else chord
              for chord, late in zip(music.chords, after, strict=True)),
        type(music.dynamics)(
            np.where(after, 20, music.dynamics.density_notes_per_s).astype(np.float32),
            np.where(after, 0.5, music.dynamics.loudness_rms).astype(np.float32),
        ),
    )  # fmt: skip
    assert notes_before(music.parts(), tick) == notes_before(other.parts(), tick)


@many
@given(musics(), st.data())
def test_splicing_a_re_take_changes_nothing_outside_its_bars_and_breaks_no_law(
    music: Music, data: st.DataObject
) -> None:
    n = len(music.chords)
    first = data.draw(st.integers(0, n - 1))
    last = data.draw(st.integers(first, n - 1))
    window = music.plan.bar_window(first, last)
    chords = tuple(
        Chord(2, "min7") if window[0] <= slot.onset_tick < window[1] else chord
        for slot, chord in zip(music.plan.slots, music.chords, strict=True)
    )
    again = Music(music.plan, chords, music.dynamics)
    kept, new = music.parts(), again.parts()
    joined = splice(kept, new, [window])
    assert notes_before(joined, window[0]) == notes_before(kept, window[0])
    ending = ending_of(music.plan).start_tick
    for part, before in zip(joined, kept, strict=True):
        late = [note for note in part.notes if window[1] <= note.onset_tick < ending]
        assert late == [note for note in before.notes if window[1] <= note.onset_tick < ending]
        for pitch in {note.pitch for note in part.notes}:
            same = [note for note in part.notes if note.pitch == pitch]
            assert all(end_of(a) <= b.onset_tick for a, b in pairwise(same))
    for part in joined:
        for note in part.notes:
            check_harmony(again, part, note)


@many
@given(musics())
def test_the_last_chord_rings_without_a_new_onset_in_the_last_beat(music: Music) -> None:
    ending = ending_of(music.plan)
    forced = {hit.tick for hit in music.plan.hits}
    for note in every_note(music.parts()):
        late = note.onset_tick >= ending.last_onset_tick and note.onset_tick > ending.start_tick
        assert not late or note.onset_tick in forced
    last = music.sounding()[ending.first_slot :]
    if len(set(last)) == 1 and last[0] is not None:
        assert max(end_of(note) for note in every_note(music.parts())) == music.plan.end_tick


def silences_s(music: Music) -> list[float]:
    """Seconds without a note, outside slots that are to be silent and pickups too short to play."""
    plan = music.plan
    edges = sorted({t for n in every_note(music.parts()) for t in (n.onset_tick, end_of(n))}
                   | {s.onset_tick for s in plan.slots} | {plan.end_tick})  # fmt: skip
    notes = every_note(music.parts())
    sounding = music.sounding()
    gaps, run = [0.0], 0.0
    for a, b in pairwise(edges):
        held = any(n.onset_tick <= a and b <= end_of(n) for n in notes)
        wanted = sounding[music.slot_at(a)] is not None
        run = run + plan.tempo.seconds_at(b) - plan.tempo.seconds_at(a) if wanted and not held else 0.0
        gaps.append(run)
    return gaps


@settings(max_examples=60, deadline=None)
@given(musics())
def test_something_sounds_all_the_time_but_for_silence_that_was_asked_for(music: Music) -> None:
    plan = music.plan
    last_beat_s = plan.tempo.seconds_at(plan.end_tick) - plan.tempo.seconds_at(ending_of(plan).last_onset_tick)
    assert max(silences_s(music)) < max(1.0, last_beat_s + 0.5)


@given(musics())
@settings(max_examples=20, deadline=None)
def test_the_same_inputs_give_the_same_parts(music: Music) -> None:
    def fresh() -> tuple[Part, ...]:
        return Music(music.plan, tuple(music.chords), music.dynamics).parts()

    assert fresh() == fresh()

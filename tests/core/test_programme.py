"""Laws of the programme that a score is laid out as."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import rates, tempo_maps
from tests.scores import make_cue, make_score
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.playing import LoadCue
from v2m_bridge.core.programme import (
    EVENT,
    NOTE_OFF,
    NOTE_ON,
    ORDER_AT_ONE_TIME,
    PROGRAM_CHANGE,
    Programme,
    programme_of,
)
from v2m_bridge.core.score import ControlChange, CueMusic, Note, Part, Score, ScoredMarker

_NOTES = st.builds(Note, st.integers(0, 9_000), st.integers(1, 4_000), st.integers(58, 62), st.integers(1, 127))
_CONTROLS = st.builds(ControlChange, st.integers(0, 9_000), st.sampled_from((1, 11, 64)), st.integers(0, 127))


@st.composite
def _scores(draw: st.DrawFn) -> Score:
    """Return a score with one cue whose parts share channels and pitches, at any tempo and rate."""
    parts = tuple(
        Part(
            name,
            draw(st.integers(1, 2)),
            0,
            tuple(draw(st.lists(_NOTES, max_size=12))),
            tuple(draw(st.lists(_CONTROLS, max_size=4))),
        )
        for name in draw(st.sampled_from((("chords",), ("chords", "pad"), ("bass", "pad", "melody"))))
    )
    rate, tempo, in_frame = draw(rates), draw(tempo_maps()), draw(st.integers(0, 1_000))
    length = draw(st.integers(1, 2_000))
    cue = make_cue(in_frame=in_frame, out_frame=in_frame + length, rate=rate, tempo=tempo, end_tick=9_600, parts=parts)
    return make_score(rate=rate, n_frames=in_frame + length, cues=(cue,))


def _programme(score: Score) -> tuple[CueMusic, Programme]:
    return score.cues[0], programme_of(score, score.cues[0], 1)


@given(_scores())
def test_events_are_in_order_with_note_offs_before_controllers_before_note_ons(score: Score) -> None:
    _, programme = _programme(score)
    keys = [(int(e["at_ns"]), ORDER_AT_ONE_TIME[int(e["status"]) & 0xF0]) for e in programme.events]
    assert keys == sorted(keys)


@given(_scores())
def test_every_note_on_has_one_later_note_off_and_pitches_never_overlap(score: Score) -> None:
    _, programme = _programme(score)
    sounding: dict[tuple[int, int], int] = {}
    seen: set[int] = set()
    for event in programme.events:
        kind, note_id = int(event["status"]) & 0xF0, int(event["note_id"])
        key = (int(event["status"]) & 0x0F, int(event["data1"]))
        if kind == NOTE_ON:
            assert key not in sounding
            assert note_id not in seen
            sounding[key] = note_id
            seen.add(note_id)
        elif kind == NOTE_OFF:
            assert sounding.pop(key) == note_id
    assert not sounding
    assert seen == set(range(1, len(seen) + 1))


@given(_scores())
def test_every_note_of_the_score_begins_on_its_tick(score: Score) -> None:
    cue, programme = _programme(score)
    start_ns = score.cue_start_ns(cue)
    written: dict[tuple[int, int, int], int] = defaultdict(int)
    for part in cue.parts:
        for note in part.notes:
            key = (start_ns + cue.tempo.ns_at(note.onset_tick), part.channel - 1, note.pitch)
            written[key] = max(written[key], note.velocity)
    begun = {
        (int(e["at_ns"]), int(e["status"]) & 0x0F, int(e["data1"])): int(e["data2"])
        for e in programme.events
        if int(e["status"]) & 0xF0 == NOTE_ON
    }
    assert begun == dict(written)


@given(_scores())
def test_a_note_ends_as_written_or_where_its_pitch_begins_again_or_the_cue_ends_but_a_tail(
    score: Score,
) -> None:
    cue, programme = _programme(score)
    start_ns = score.cue_start_ns(cue)
    ends: dict[tuple[int, int, int], int] = defaultdict(int)
    onsets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for part in cue.parts:
        for note in part.notes:
            on_ns = start_ns + cue.tempo.ns_at(note.onset_tick)
            off_tick = note.onset_tick + note.length_ticks
            off_ns = start_ns + cue.tempo.ns_at(off_tick)
            if off_tick <= cue.end_tick or note.onset_tick >= cue.end_tick:  # else it is a tail
                off_ns = min(off_ns, programme.end_ns)
            key = (on_ns, part.channel - 1, note.pitch)
            ends[key] = max(ends[key], on_ns + 1_000_000, off_ns)
            onsets[part.channel - 1, note.pitch].append(on_ns)
    for note_id in {int(e["note_id"]) for e in programme.events} - {0}:
        on, off = (e for e in programme.events if int(e["note_id"]) == note_id)
        channel, pitch = int(on["status"]) & 0x0F, int(on["data1"])
        following = [at for at in onsets[channel, pitch] if at > int(on["at_ns"])]
        assert int(off["at_ns"]) == min([ends[int(on["at_ns"]), channel, pitch], *following])


@given(_scores())
def test_a_programme_survives_the_pipe(score: Score) -> None:
    _, programme = _programme(score)
    received = decode(encode(LoadCue(programme)), LoadCue).programme
    assert received.events.dtype == EVENT
    assert received.events.tolist() == programme.events.tolist()
    for name in ("cue", "generation", "start_ns", "end_ns", "bar_lines_ns", "bpm", "notes", "slots", "parts"):
        assert getattr(received, name) == getattr(programme, name)


@given(_scores())
def test_notes_and_slots_are_said_in_order_and_chords_tile_the_cue(score: Score) -> None:
    cue, programme = _programme(score)
    assert list(programme.notes) == sorted(programme.notes, key=lambda note: (note.at_ns, note.note_id))
    assert [slot.at_ns - programme.start_ns for slot in programme.slots] == [
        cue.tempo.ns_at(slot.onset_tick) for slot in cue.slots
    ]
    chords = [slot for slot in programme.slots if slot.chord]
    ends = [slot.at_ns + slot.chord_duration_ns for slot in chords]
    assert ends == [slot.at_ns for slot in chords[1:]] + [programme.end_ns]
    assert chords[0].at_ns == programme.start_ns


def test_equal_neighbours_are_one_chord_and_velocities_are_means() -> None:
    notes = (Note(0, 960, 60, 40), Note(100, 960, 64, 61), Note(1920, 960, 60, 99))
    score = make_score(n_frames=100, cues=(make_cue(out_frame=100, parts=(Part("chords", 1, 0, notes),)),))
    _, programme = _programme(score)
    assert [slot.velocity for slot in programme.slots] == [50, 99, 0, 0]
    assert [(slot.chord, slot.root, slot.bass, slot.quality) for slot in programme.slots[:2]] == [
        ("Am", 9, 9, "min"),
        ("F", 5, 5, "maj"),
    ]


@pytest.mark.parametrize("wanted", [False, True])
def test_program_changes_are_sent_when_they_are_asked_for(wanted: bool) -> None:
    score = make_score()
    programme = programme_of(score, score.cues[0], 1, with_programs=wanted)
    programs = [int(e["data1"]) for e in programme.events if int(e["status"]) & 0xF0 == PROGRAM_CHANGE]
    assert programs == ([0, 32] if wanted else [])


def test_the_sheet_tells_scenes_and_markers_in_order() -> None:
    markers = (ScoredMarker(90, "late", "Red"), ScoredMarker(10, "early", "Blue"), ScoredMarker(900, "beyond", ""))
    sheet = edit_sheet_of(make_score(n_frames=100, n_scenes=2, markers=markers))
    assert [(m.marker_id, m.at_ns, m.scene_id, m.name) for m in sheet.markers] == [
        ("m1", 400_000_000, "s0", "early"),
        ("m2", 3_600_000_000, "s1", "late"),
        ("m3", 36_000_000_000, "", "beyond"),
    ]
    assert [(s.at_ns, s.end_ns, s.scene_id) for s in sheet.scenes] == [
        (0, 2_000_000_000, "s0"),
        (2_000_000_000, 4_000_000_000, "s1"),
    ]
    assert sheet.end_ns == 4_000_000_000

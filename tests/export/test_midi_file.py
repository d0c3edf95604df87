from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.export.drawn import scores
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ControlChange, Note, Part, Score, ScoredHit, ScoredMarker
from v2m_bridge.core.song_map import song_map
from v2m_bridge.core.timebase import Meter, MeterChange, TempoMap
from v2m_bridge.export.midi_file import midi_bytes

TOLERANCE_NS = 2_000
"""Half a microsecond of bridging, a nanosecond or two of rounding."""


def read(score: Score) -> Any:
    return mido.MidiFile(file=io.BytesIO(midi_bytes(score)), charset="utf-8")


def tempo_of(file: Any) -> list[tuple[int, int]]:
    tick, changes = 0, []
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            changes.append((tick, message.tempo))
    return changes


def ns_at(changes: list[tuple[int, int]], tick: int) -> float:
    """Time of a file tick, computed from the file alone."""
    total = Fraction(0)
    for (start, us), (end, _) in pairwise([*changes, (max(tick, changes[-1][0]), 0)]):
        total += Fraction(max(0, min(end, tick) - start) * us, 960)
    return float(total * 1000)


def notes_of(file: Any, name: str) -> list[tuple[float, float, int, int]]:
    """(on ns, off ns, pitch, velocity) of a part."""
    changes = tempo_of(file)
    track = next(track for track in file.tracks if track.name == name)
    tick, notes = 0, []
    sounding: dict[int, tuple[int, int]] = {}
    for message in track:
        tick += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in sounding
            sounding[message.note] = (tick, message.velocity)
        elif message.type == "note_off":
            on, velocity = sounding.pop(message.note)
            notes.append((ns_at(changes, on), ns_at(changes, tick), message.note, velocity))
    assert not sounding
    return sorted(notes)


@settings(max_examples=40)
@given(scores())
def test_every_note_reads_back_at_its_own_time(score: Score) -> None:
    file = read(score)
    wanted = sorted((pitch, *times, velocity) for *times, pitch, velocity in written_notes(score))
    found = sorted((pitch, *times, velocity) for *times, pitch, velocity in notes_of(file, "strings"))
    assert [(note[0], note[3]) for note in found] == [(note[0], note[3]) for note in wanted]
    for read_back, meant in zip(found, wanted, strict=True):
        for at, should in zip(read_back[1:3], meant[1:3], strict=True):
            tolerance = TOLERANCE_NS + half_tick_ns(file, should) * is_in_a_seam(score, should)
            assert abs(at - should) <= tolerance


def written_notes(score: Score) -> list[tuple[int, int, int, int]]:
    """(on ns, off ns, pitch, velocity) of every note as the score has it."""
    return [
        (
            score.cue_start_ns(cue) + cue.tempo.ns_at(note.onset_tick),
            score.cue_start_ns(cue) + cue.tempo.ns_at(note.onset_tick + note.length_ticks),
            note.pitch,
            note.velocity,
        )
        for cue in score.cues
        for part in cue.parts
        for note in part.notes
    ]


def is_in_a_seam(score: Score, at_ns: int) -> bool:
    """Whether a time lies in the last quarter and a half before a cue that follows so soon that it has to give way."""
    for before, after in pairwise(score.cues):
        start_ns = score.cue_start_ns(after)
        us = max(change.us_per_quarter for change in before.tempo.tempi)
        if start_ns - 1500 * us <= at_ns <= start_ns:
            return True
    return False


def half_tick_ns(file: Any, at_ns: float) -> float:
    changes = tempo_of(file)
    near = [us for tick, us in changes if ns_at(changes, tick) <= at_ns + TOLERANCE_NS][-2:]
    return max(near) * 1000 / 960 / 2


@settings(max_examples=60)
@given(scores())
def test_tempi_change_on_whole_quarters_but_where_the_cue_itself_changes(score: Score) -> None:
    song = song_map(score)
    own = {
        base + change.tick
        for base, cue in zip(song.bases, score.cues, strict=True)
        for change in cue.tempo.tempi
        if change.tick or base % 960
    }
    first_s = score.cues[0].in_frame / Fraction(score.rate)
    for change in song.tempo.tempi:
        assert change.tick % 960 == 0 or change.tick in own or first_s < Fraction(1, 10)


def test_a_cue_that_ends_between_two_quarters_lets_the_next_begin_on_one() -> None:
    first = make_cue("1m01", out_frame=89, tempo=TempoMap.constant(120))
    second = make_cue("1m02", in_frame=89, out_frame=250, tempo=TempoMap.constant(90))
    song = song_map(make_score(cues=[first, second]))
    assert song.bases[1] == 7 * 960
    assert [(change.tick // 960, change.us_per_quarter) for change in song.tempo.tempi] == [
        (0, 500_000),
        (6, 560_000),
        (7, 666_667),
    ]
    assert [(meter.tick // 960, meter.beats, meter.unit) for meter in song.meters] == [(0, 4, 4), (4, 3, 4), (7, 4, 4)]


def test_a_pickup_of_no_whole_quarters_begins_inside_a_bar_of_the_silence() -> None:
    tempo = TempoMap(TempoMap.constant(100).tempi, (MeterChange(0, Meter(4, 4)),), 400)
    song = song_map(make_score(n_frames=800, cues=[make_cue(in_frame=300, out_frame=700, tempo=tempo)]))
    assert (song.bases[0] + 400) % 3840 == 0
    assert all(change.tick % 960 == 0 for change in song.tempo.tempi)
    assert [meter.tick for meter in song.meters] == [0]


@settings(max_examples=40)
@given(scores())
def test_every_cue_starts_within_a_microsecond_of_its_frame(score: Score) -> None:
    song = song_map(score)
    changes = tempo_of(read(score))
    for cue, base in zip(score.cues, song.bases, strict=True):
        assert abs(ns_at(changes, base) - float(score.frame_time(cue.in_frame).exact_s) * 1e9) <= 1_000


@settings(max_examples=40)
@given(scores())
def test_tempi_are_what_a_file_can_say_and_silences_keep_a_human_tempo(score: Score) -> None:
    for _tick, us in tempo_of(read(score)):
        assert 100_000 <= us <= 4_000_000
    long_gap = make_score(n_frames=3000, cues=[make_cue(in_frame=2113, out_frame=2500)])
    assert all(200_000 <= us <= 3_000_000 for _tick, us in tempo_of(read(long_gap)))


@given(st.integers(50, 4000), st.floats(50, 180))
def test_after_a_silence_the_next_cue_begins_on_a_bar_line(gap_frames: int, bpm: float) -> None:
    first = make_cue("1m01", in_frame=0, out_frame=90)
    second = make_cue(
        "1m02", in_frame=100 + gap_frames, out_frame=300 + gap_frames, tempo=TempoMap.constant(bpm, Meter(3, 4))
    )
    song = song_map(make_score(n_frames=5000, cues=[first, second]))
    for meter, after in pairwise(song.meters):
        assert (after.tick - meter.tick) % (meter.beats * 3840 // meter.unit) == 0
    assert song.meters[-1].tick in (song.bases[1], song.bases[1] - 2 * 3 * 960)


@given(st.integers(500, 4000), st.floats(50, 180))
def test_the_two_bars_before_a_cue_have_its_tempo_and_meter(gap_frames: int, bpm: float) -> None:
    tempo = TempoMap.constant(bpm, Meter(3, 4))
    second = make_cue("1m02", in_frame=100 + gap_frames, out_frame=300 + gap_frames, tempo=tempo)
    song = song_map(make_score(n_frames=5000, cues=[make_cue("1m01", out_frame=90), second]))
    count_in = song.bases[1] - 2 * 3 * 960
    assert [(change.tick, change.us_per_quarter) for change in song.tempo.tempi][-1] == (
        count_in,
        tempo.tempi[0].us_per_quarter,
    )
    assert (song.meters[-1].tick, song.meters[-1].beats) == (count_in, 3)


def test_the_file_is_of_type_1_at_960_ticks_and_begins_where_the_edit_begins() -> None:
    rate = Fraction(30000, 1001)
    score = make_score(rate=rate, n_frames=300, start="00:59:58;12", drop_frame=True)
    file = read(score)
    assert (file.type, file.ticks_per_beat) == (1, 960)
    (offset,) = [m for m in file.tracks[0] if m.type == "smpte_offset"]
    assert (offset.hours, offset.minutes, offset.seconds, offset.frames) == (0, 59, 58, 12)
    assert offset.frame_rate == pytest.approx(29.97)


@pytest.mark.parametrize(
    ("rate", "start", "frames", "sub_frames"),
    [(25, "10:00:00:24", 24, 0), (50, "10:00:00:49", 24, 50), (60, "10:00:00:31", 15, 50), (24, "10:00:00:23", 23, 0)],
)
def test_rates_that_a_file_cannot_name_are_told_in_parts_of_frames(
    rate: int, start: str, frames: int, sub_frames: int
) -> None:
    file = read(make_score(rate=Fraction(rate), start=start))
    (offset,) = [m for m in file.tracks[0] if m.type == "smpte_offset"]
    assert (offset.hours, offset.frames, offset.sub_frames) == (10, frames, sub_frames)


def test_the_file_lasts_as_long_as_the_edit() -> None:
    score = make_score(n_frames=1000, cues=[make_cue(in_frame=10, out_frame=700)])
    assert read(score).length == pytest.approx(40.0, abs=0.001)


def test_conductor_chords_and_one_track_for_each_part_name_over_all_cues() -> None:
    score = make_score(
        n_frames=600,
        cues=[
            make_cue("1m01", in_frame=0, out_frame=250, hits=(ScoredHit(50, "accent", "must", "door", 0, 0.0, True),)),
            make_cue("1m02", in_frame=300, out_frame=550, title="Chase", key="F# minor"),
        ],
        markers=[ScoredMarker(77, "Tür auf\n→ now", "Blue")],
    )
    file = read(score)
    assert [track.name for track in file.tracks] == ["Test edit", "Chords", "chords", "bass"]
    markers = [m.text for m in file.tracks[0] if m.type == "marker"]
    assert {"Cue 1m01", "Cue 1m02 Chase", "Hit accent must door", "Scene 1 shot 1", "Tür auf → now"} <= set(markers)
    assert [m.key for m in file.tracks[0] if m.type == "key_signature"] == ["Am", "F#m"]
    assert [m.text for m in file.tracks[1] if m.type == "text"][:5] == ["Am", "F", "C", "G", "Am"]
    programs = [(m.channel, m.program) for m in file.tracks[3] if m.type == "program_change"]
    assert programs == [(1, 32), (1, 32)]


def test_equal_scores_give_equal_bytes() -> None:
    assert midi_bytes(make_score()) == midi_bytes(make_score())


def test_at_one_tick_notes_end_before_notes_begin() -> None:
    tick = 0
    order: dict[int, list[str]] = defaultdict(list)
    for message in read(make_score()).tracks[2]:
        tick += message.time
        if message.type in ("note_on", "note_off"):
            order[tick].append(message.type)
    assert any(len(set(kinds)) == 2 for kinds in order.values())
    assert all(kinds == sorted(kinds) for kinds in order.values())


def test_a_key_struck_again_ends_the_note_before_it() -> None:
    part = Part("keys", 1, 0, (Note(0, 1920, 60, 80), Note(960, 1920, 60, 90), Note(960, 960, 60, 70)))
    notes = notes_of(read(make_score(cues=[make_cue(parts=(part,))])), "keys")
    assert [(round(on / 1e6), round(off / 1e6), v) for on, off, _, v in notes] == [(0, 500, 80), (500, 1500, 90)]


def test_what_a_cue_leaves_on_a_controller_does_not_reach_the_next_cue() -> None:
    part = Part("keys", 1, 0, (Note(0, 960, 60, 80),), (ControlChange(0, 11, 30), ControlChange(480, 64, 127)))
    quiet = replace(part, controls=())
    score = make_score(
        n_frames=500,
        cues=[make_cue("1m01", out_frame=100, parts=(part,)), make_cue("1m02", in_frame=200, parts=(quiet,))],
    )
    values: dict[int, list[int]] = defaultdict(list)
    for message in read(score).tracks[2]:
        if message.type == "control_change":
            values[message.control].append(message.value)
    assert values == {11: [30, 127], 64: [127, 0]}


def test_music_that_rings_into_the_next_cue_ends_within_half_a_tick_of_its_time() -> None:
    ringing = Part("pad", 5, 89, (Note(0, 9600, 60, 80),))
    after = Part("pad", 5, 89, (Note(0, 960, 72, 80),))
    score = make_score(
        cues=[
            make_cue("1m01", out_frame=100, end_tick=7680, parts=(ringing,)),
            make_cue("1m02", in_frame=100, out_frame=250, tempo=TempoMap.constant(97.3), parts=(after,)),
        ]
    )
    notes = notes_of(read(score), "pad")
    assert notes[0][1] == pytest.approx(5e9, abs=0.35e6)
    assert notes[1][0] == pytest.approx(4e9, abs=1_000)


def test_a_score_without_cues_is_a_file_of_the_length_of_the_edit() -> None:
    assert read(make_score(cues=[])).length == pytest.approx(10.0, abs=0.001)

"""score.json: what is written is read back, and nothing else is a score."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import chords, rates, tempo_maps, words
from v2m_bridge.core.score import (
    ControlChange,
    CueMusic,
    Note,
    Part,
    Score,
    ScoredHit,
    ScoredMarker,
    ScoredScene,
    ScoredSlot,
    read_score,
    score_from_json,
)
from v2m_bridge.core.timebase import timecode
from v2m_bridge.errors import TimelineError

shares = st.integers(0, 10_000).map(lambda n: n / 10_000)
points = st.integers(-10_000, 10_000).map(lambda n: n / 10_000)
frames = st.integers(0, 10**6)
notes = st.builds(Note, frames, st.integers(1, 10**5), st.integers(0, 127), st.integers(1, 127))
parts = st.builds(
    Part,
    words,
    st.integers(1, 16),
    st.integers(0, 127),
    st.lists(notes, max_size=4).map(tuple),
    st.lists(st.builds(ControlChange, frames, st.integers(0, 127), st.integers(0, 127)), max_size=2).map(tuple),
)
slots = st.builds(
    ScoredSlot, frames, st.integers(1, 4000), frames, words, chords().map(lambda chord: chord.text()),
    st.integers(0, 156), shares, shares, points, points, words,
)  # fmt: skip
hits = st.builds(ScoredHit, frames, words, words, words, frames, points, st.booleans())
cues = st.builds(
    CueMusic,
    number=st.sampled_from(("1m01", "1m02")),
    title=words, brief=words, version=st.integers(1, 9), kind=st.just("score"), in_frame=frames, out_frame=frames,
    key=st.just("A minor"), style=words, seed=st.integers(0, 2**63 - 1), emotion=st.just("sad"), valence=points,
    arousal=points, confidence=shares, tempo=tempo_maps(), end_tick=frames,
    slots=st.lists(slots, max_size=3).map(tuple), hits=st.lists(hits, max_size=2).map(tuple),
    parts=st.lists(parts, max_size=2).map(tuple), inputs=words,
)  # fmt: skip
scenes = st.builds(
    ScoredScene, words, words, words, frames, frames, st.just("sad"), st.tuples(*[shares] * 6), points, points, shares,
    st.booleans(),
)  # fmt: skip
scores = st.builds(
    Score,
    source=words, name=words, rate=rates.map(str), start_frame=frames, drop_frame=st.just(False), n_frames=frames,
    revision=words, weights=words, vision=words, scenes=st.lists(scenes, max_size=2).map(tuple),
    cues=st.lists(cues, max_size=2).map(tuple),
    markers=st.lists(st.builds(ScoredMarker, frames, words, words), max_size=2).map(tuple),
)  # fmt: skip

EMPTY = Score("a.otio", "a", "25", 90_000, False, 100, "r", "w", "compact", (), ())


@given(scores)
def test_a_score_is_read_back_from_its_file_and_written_again_in_the_same_bytes(score: Score) -> None:
    data = score.to_json()
    again = score_from_json(data)
    assert again == score
    assert again.to_json() == data


@given(scores, frames)
def test_labels_and_cue_starts_count_from_the_first_frame_of_the_edit(score: Score, frame: int) -> None:
    assert score.label(frame) == timecode(score.frame_time(score.start_frame + frame))
    for cue in score.cues:
        assert score.cue_start_ns(cue) == cue.in_frame * 10**9 // Fraction(score.rate)
        assert score.cue_of(cue.number) in score.cues
    assert score.cue_of("no such cue") is None


@given(st.binary(max_size=60))
def test_bytes_that_are_no_score_are_a_timeline_error(data: bytes) -> None:
    with pytest.raises(TimelineError) as caught:
        score_from_json(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"source":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"extra":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        EMPTY.to_json()[:-4],
        EMPTY.to_json().replace(b'"25"', b"25"),
        EMPTY.to_json().replace(b'"25"', b'"fast"'),
        EMPTY.to_json().replace(b'"25"', b'"25/0"'),
        EMPTY.to_json().replace(b'"25"', b'"-25"'),
        replace(EMPTY, rate="30000/1001", drop_frame=True).to_json().replace(b"30000/1001", b"25"),
        EMPTY.to_json().replace(b'"n_frames": 100', b'"n_frames": 1e400'),
        replace(EMPTY, schema=99).to_json(),
    ],
    ids=lambda data: f"{data[:24]!r}+{len(data)}",
)
def test_a_file_that_is_damaged_hostile_or_of_another_schema_is_a_timeline_error(data: bytes) -> None:
    with pytest.raises(TimelineError) as caught:
        score_from_json(data)
    assert caught.value.hint


@given(scores, st.data())
def test_a_damaged_score_is_a_timeline_error_or_another_whole_score(score: Score, data: st.DataObject) -> None:
    whole = bytearray(score.to_json())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(score_from_json(bytes(whole)), Score)
    except TimelineError as exc:
        assert exc.hint


def test_a_file_that_is_not_there_is_a_timeline_error(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="cannot read"):
        read_score(tmp_path / "none.json")
    with pytest.raises(TimelineError, match="cannot read"):
        read_score(tmp_path)


@pytest.mark.parametrize(
    "note", [Note(-1, 1, 60, 64), Note(0, 0, 60, 64), Note(0, 1, 128, 64), Note(0, 1, 60, 0), Note(0, 1, 60, 128)]
)
def test_a_note_that_midi_cannot_say_is_refused(note: Note) -> None:
    with pytest.raises(ValueError, match="note"):
        Part("piano", 1, 0, (note,))


@pytest.mark.parametrize(("channel", "program"), [(0, 0), (17, 0), (1, -1), (1, 128)])
def test_a_part_that_midi_cannot_say_is_refused(channel: int, program: int) -> None:
    with pytest.raises(ValueError, match="channel"):
        Part("piano", channel, program, ())

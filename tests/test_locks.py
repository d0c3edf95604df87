"""Random edits with random locks, cut again: what is locked is a rigid block, and what comes before a cut stays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recut_scores import (
    SEEN,
    Recipe,
    Recut,
    any_locks,
    edit_of,
    recut,
    recuts,
    weights,
)
from v2m_bridge.core.cue import EARLIEST_HIT_NS, Cue
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction
from v2m_bridge.core.score import CueMusic, Note, Part, Score, ScoredHit
from v2m_bridge.pipeline import compose_seen
from v2m_bridge.spotting.regrid import is_within_limits

pytestmark = pytest.mark.usefixtures("one_thread")

RATE = Fraction(25)
ROUNDING_NS = 2
SHOTS = [("a.mov", 0, 150), ("b.mov", 0, 150), ("c.mov", 0, 200), ("a.mov", 300, 150), ("b.mov", 400, 350)]


def block(cue: CueMusic, until_tick: int | None = None, until_frame: int | None = None) -> bytes:
    """Return tempo, meters, grid and hits of a cue as bytes, counted from its first frame, up to a tick and a frame."""
    tick = cue.end_tick if until_tick is None else until_tick
    frame = cue.out_frame - cue.in_frame if until_frame is None else until_frame
    hits: list[ScoredHit] = [replace(hit, frame=hit.frame - cue.in_frame) for hit in cue.hits]
    if until_tick is not None:
        hits = [hit for hit in hits if hit.tick < tick and hit.frame < frame]
    tempi = [change for change in cue.tempo.tempi if change.tick < tick]
    meters = [change for change in cue.tempo.meters if change.tick < tick]
    lines = [int(line) for line in cue.tempo.bar_lines(tick)]
    return msgspec.json.encode([tempi, meters, cue.tempo.pickup_ticks, lines, hits])


def is_cut(old: CueMusic, new: CueMusic) -> bool:
    return new.out_frame - new.in_frame < old.out_frame - old.in_frame


def check_rigid(made: Recut) -> None:
    """Check that every cue whose tempo is locked is what it was, from wherever conform has put its first frame."""
    starts = {cue.number: cue.start.frame for cue in made.direction.spotted or ()}
    for old, new in made.pairs():
        assert new.in_frame == starts[new.number]
        if "tempo" not in made.locks(new):
            continue
        if is_cut(old, new):
            n_frames = new.out_frame - new.in_frame
            assert block(new) == block(old, new.end_tick, n_frames)
            limits = [cue.in_frame for cue in made.new.cues if cue.in_frame > new.in_frame] + [made.new.n_frames]
            assert new.out_frame == limits[0]
            assert any(said.startswith(f"{new.number} is locked and") for said in made.new.remarks)
        else:
            assert block(new) == block(old)
            assert [msgspec.json.encode(part) for part in new.parts] == [
                msgspec.json.encode(part) for part in old.parts
            ] or set(made.locks(new)) != set(LOCKS)
        listed = next(cue for cue in made.direction.spotted or () if cue.number == new.number)
        if listed.end.frame > new.out_frame:
            assert any(new.number in said and "silence from" in said for said in made.new.remarks)


def check_apart(score: Score) -> None:
    """Check that no cue and no note reaches into the next cue or past the end of the edit."""
    for before, after in pairwise(score.cues):
        assert before.out_frame <= after.in_frame
    for cue in score.cues:
        assert cue.out_frame <= score.n_frames
        length_ns = score.frame_time(cue.out_frame).ns - score.cue_start_ns(cue)
        assert cue.tempo.ns_at(cue.end_tick) <= length_ns + 1
        assert cue.slots[0].onset_tick == 0
        assert all(a.onset_tick + a.length_ticks == b.onset_tick for a, b in pairwise(cue.slots))
        assert cue.slots[-1].onset_tick + cue.slots[-1].length_ticks == cue.end_tick
        assert {slot.onset_tick for slot in cue.slots} >= set(cue.tempo.bar_lines(cue.end_tick))
        lines = {0, *cue.tempo.bar_lines(cue.end_tick)}
        assert {change.tick for change in cue.tempo.tempi} | {change.tick for change in cue.tempo.meters} <= lines
        assert cue.fit != "musical" or is_within_limits(cue.tempo)
        for hit in cue.hits:
            late_ns = score.cue_start_ns(cue) + cue.tempo.ns_at(hit.tick) - score.frame_time(hit.frame).ns
            window_ns = EARLIEST_HIT_NS - ROUNDING_NS, score.frame_time(1).ns + ROUNDING_NS
            assert not hit.met or window_ns[0] <= late_ns <= window_ns[1]
        for part in cue.parts:
            assert all(note.onset_tick + note.length_ticks <= cue.end_tick for note in part.notes)
            for own in _by_pitch(part):
                assert all(a.onset_tick + a.length_ticks <= b.onset_tick for a, b in pairwise(own)), part.name


def _by_pitch(part: Part) -> list[list[Note]]:
    pitches = sorted({note.pitch for note in part.notes})
    return [sorted(note for note in part.notes if note.pitch == pitch) for pitch in pitches]


def check_layers(made: Recut) -> None:
    """Check that chords and notes that are locked stay, bar by bar, where the bars are those that they stood in."""
    for old, new in made.pairs():
        locks = made.locks(new)
        same_bars = [(s.onset_tick, s.length_ticks) for s in old.slots] == [
            (s.onset_tick, s.length_ticks) for s in new.slots
        ]
        if {"harmony", "texture"} & set(locks):
            assert new.key == old.key
            if same_bars:
                assert [slot.chord for slot in new.slots] == [slot.chord for slot in old.slots]
        if "texture" in locks and same_bars:
            assert new.parts == old.parts


def check_stays(made: Recut) -> None:
    """Check that an unlocked cue keeps the bars before the first frame at which its picture was cut anew."""
    for old, new in made.pairs():
        if made.locks(new):
            continue
        n_frames = min(old.out_frame - old.in_frame, new.out_frame - new.in_frame)
        moved = (made.conformed.moved_frame(old.in_frame + frame) for frame in range(n_frames))
        same = next((k for k, frame in enumerate(moved) if frame != new.in_frame + k), n_frames)
        rel = ({(h.frame - cue.in_frame, h.kind) for h in cue.hits} for cue in (old, new))
        first, second = rel
        same = min([same, *(frame for frame, _ in first ^ second)])
        same_ns = made.new.frame_time(new.in_frame + same).ns - made.new.cue_start_ns(new)
        line = max((t for t in old.tempo.bar_lines(old.end_tick) if old.tempo.ns_at(t) <= same_ns), default=0)
        assert block(new, line, 0) == block(old, line, 0)
        if old.end_tick != new.end_tick:  # endings are composed for where a cue ends
            bars = sorted({slot.bar for slot in old.slots})[-2:]
            line = min(line, next(slot.onset_tick for slot in old.slots if slot.bar == bars[0]))
            bars = sorted({slot.bar for slot in new.slots})[-2:]
            line = min(line, next(slot.onset_tick for slot in new.slots if slot.bar == bars[0]))
        assert new.key == old.key or not line
        assert notes_before(new, line) == notes_before(old, line)


def notes_before(cue: CueMusic, tick: int) -> list[tuple[str, list[Note]]]:
    return sorted((part.name, [n for n in part.notes if n.onset_tick < tick]) for part in cue.parts)


def check(made: Recut) -> None:
    check_rigid(made)
    check_apart(made.new)
    check_layers(made)
    check_stays(made)


@pytest.mark.long
@settings(max_examples=40)
@given(recuts(any_locks))
def test_locked_cues_are_rigid_blocks_wherever_an_edit_puts_them(recipe: Recipe) -> None:
    check(recipe.made())


@pytest.mark.long
@settings(max_examples=200)
@given(recuts(any_locks))
def test_two_hundred_random_edits_with_random_locks_leave_what_is_locked_as_it_was(recipe: Recipe) -> None:
    check(recipe.made())


@settings(max_examples=10)
@given(recuts(st.just(LOCKS)))
def test_a_cue_with_every_layer_locked_is_the_same_but_for_where_it_stands(recipe: Recipe) -> None:
    made = recipe.made()
    for old, new in made.pairs():
        if is_cut(old, new):
            continue
        moved = new.in_frame - old.in_frame
        there = replace(
            old,
            in_frame=new.in_frame,
            out_frame=new.out_frame,
            hits=tuple(replace(hit, frame=hit.frame + moved) for hit in old.hits),
            slots=tuple(replace(a, scene_id=b.scene_id) for a, b in zip(old.slots, new.slots, strict=True)),
        )
        assert msgspec.json.encode(new) == msgspec.json.encode(there)


@settings(max_examples=10)
@given(recuts(any_locks))
def test_a_score_of_the_same_edit_with_the_same_wishes_stays_as_it_is(recipe: Recipe) -> None:
    made = recipe.made()
    again = compose_seen(made.edit, made.direction, made.new, seen=SEEN, weights=weights())
    assert again.cues == made.new.cues


def one_cue(**wishes: object) -> Direction:
    return Direction(defaults=CueDirection(**wishes))  # type: ignore[arg-type]


def test_a_wish_that_is_locked_out_changes_nothing_until_the_lock_is_taken_off() -> None:
    edit = edit_of(SHOTS, RATE)
    first = compose_seen(edit, one_cue(seed=1), None, seen=SEEN, weights=weights())
    locked = compose_seen(edit, one_cue(seed=2, locks=("harmony",)), first, seen=SEEN, weights=weights())
    free = compose_seen(edit, one_cue(seed=2), locked, seen=SEEN, weights=weights())
    anew = compose_seen(edit, one_cue(seed=2), None, seen=SEEN, weights=weights())
    chords = [[slot.chord for slot in score.cues[0].slots] for score in (first, locked, free, anew)]
    assert chords[0] == chords[1]
    assert chords[2] == chords[3] != chords[0]


def test_a_lock_on_texture_keeps_every_note_whatever_style_is_asked_for() -> None:
    edit = edit_of(SHOTS, RATE)
    first = compose_seen(edit, one_cue(), None, seen=SEEN, weights=weights())
    asked = one_cue(style="reference", locks=("tempo", "texture"))
    locked = compose_seen(edit, asked, first, seen=SEEN, weights=weights())
    assert locked.cues[0].parts == first.cues[0].parts
    assert locked.cues[0].style == first.cues[0].style
    assert compose_seen(edit, one_cue(style="reference"), first, seen=SEEN, weights=weights()).cues[0].parts


def test_a_locked_cue_that_is_asked_to_last_longer_is_followed_by_silence_and_says_so() -> None:
    edit = edit_of(SHOTS, RATE)
    short, long = (Cue("1m01", edit.frame(0), edit.frame(end)) for end in (500, 580))
    first = compose_seen(edit, Direction(spotted=(short,)), None, seen=SEEN, weights=weights())
    asked = Direction(spotted=(long,), defaults=CueDirection(locks=LOCKS))
    again = compose_seen(edit, asked, first, seen=SEEN, weights=weights())
    assert again.cues == first.cues
    assert again.remarks == ("1m01 is locked and 3.2 s shorter than its cue: silence from 00:00:20:00",)


def test_a_cue_that_no_list_places_goes_with_its_pictures_where_it_is_locked() -> None:
    edit, later = edit_of(SHOTS, RATE), edit_of([("c.mov", 900, 60), *SHOTS, ("c.mov", 1000, 40)], RATE)
    first = compose_seen(edit, one_cue(), None, seen=SEEN, weights=weights())
    again = compose_seen(later, one_cue(locks=LOCKS), first, seen=SEEN, weights=weights())
    ((old,), (new,)) = (first.cues, again.cues)
    assert (new.in_frame, new.out_frame, new.parts, new.tempo) == (60, 1060, old.parts, old.tempo)
    assert [said[:44] for said in again.remarks] == [
        "nothing sounds from 00:00:00:00 to 00:00:02:",
        "nothing sounds from 00:00:42:10 to 00:00:44:",
    ]
    free = compose_seen(later, one_cue(), first, seen=SEEN, weights=weights())
    assert (free.cues[0].in_frame, free.cues[0].out_frame, free.remarks) == (0, 1100, ())


def test_a_lock_without_earlier_music_holds_nothing() -> None:
    edit = edit_of(SHOTS, RATE)
    free, locked = (
        compose_seen(edit, one_cue(locks=locks), None, seen=SEEN, weights=weights()) for locks in (None, LOCKS)
    )
    assert free == locked


def test_a_shot_put_in_late_keeps_the_bars_before_it_in_every_way_of_fitting() -> None:
    for fit in ("constant", "musical", "exact"):
        again = [*SHOTS[:4], ("c.mov", 900, 60), SHOTS[4]]
        cue = Cue("1m01", edit_of(SHOTS, RATE).frame(0), edit_of(SHOTS, RATE).end)
        direction = Direction(spotted=(cue,), cues={"1m01": CueDirection(fit=fit)})
        made = recut(SHOTS, again, direction, RATE, {"1m01": ()})
        check(made)
        ((old, new),) = made.pairs()
        ns = edit_of(SHOTS, RATE).frame(650).ns
        line = max(t for t in old.tempo.bar_lines(old.end_tick) if old.tempo.ns_at(t) <= ns)
        assert line > 5 * 3840
        assert notes_before(new, line) == notes_before(old, line)
        assert notes_before(new, new.end_tick) != notes_before(old, old.end_tick)

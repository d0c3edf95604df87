"""What holds for every re-edit."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.recuts import RATE, Shot, edit, edits, ids, recut, recuts
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.conform import ChangeKind, Conformed
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.cue import Cue, Hit
from v2m_bridge.core.direction import Direction, SceneDirection
from v2m_bridge.core.follow_edit import follow_edit

Recut = tuple[list[Shot], list[Shot]]


@given(edits())
def test_an_edit_against_itself_is_unchanged(shots: list[Shot]) -> None:
    old = edit(shots)
    made = conform(old, edit(shots))
    assert made.timeline == old
    assert made.is_unchanged
    assert [(run.old_in, run.new_in, run.n_frames) for run in made.runs] == [(0, 0, old.end.frame)]


@settings(max_examples=200)
@given(recuts())
def test_a_scene_that_was_not_touched_keeps_its_id_and_what_it_shows(both: Recut) -> None:
    old, made = edit(both[0]), recut(*both)
    prints = Counter(scene.fingerprint for scene in old.scenes)
    known = {scene.fingerprint: scene for scene in old.scenes if scene.media and prints[scene.fingerprint] == 1}
    again = Counter(scene.fingerprint for scene in made.timeline.scenes)
    for scene, change in zip(made.timeline.scenes, made.changes, strict=False):
        before = known.get(scene.fingerprint)
        if before is not None and again[scene.fingerprint] == 1:
            assert scene.id == before.id
            in_place = scene.record_in == before.record_in
            assert change.kind is (ChangeKind.UNCHANGED if in_place else ChangeKind.MOVED)
            assert made.moved_frame(before.record_in.frame) == scene.record_in.frame


@settings(max_examples=200)
@given(recuts())
def test_every_scene_of_both_edits_is_told_once_and_no_id_is_given_twice(both: Recut) -> None:
    old, made = edit(both[0]), recut(*both)
    assert made.timeline.revision == made.timeline.revision
    assert len(set(ids(made.timeline))) == len(made.timeline.scenes)
    n_new = len(made.timeline.scenes)
    here, gone = made.changes[:n_new], made.changes[n_new:]
    assert [(c.id, c.new_in, c.new_out) for c in here] == [
        (s.id, s.record_in.frame, s.record_out.frame) for s in made.timeline.scenes
    ]
    assert all(change.kind is ChangeKind.REMOVED and change.new_in is None for change in gone)
    told = Counter((c.id, c.old_in, c.old_out) for c in made.changes if c.old_in is not None)
    assert told == Counter((s.id, s.record_in.frame, s.record_out.frame) for s in old.scenes)
    assert {c.id for c in here if c.kind is ChangeKind.NEW}.isdisjoint(ids(old))


@settings(max_examples=200)
@given(recuts())
def test_runs_are_in_order_apart_and_show_the_same_pictures(both: Recut) -> None:
    old, made = edit(both[0]), recut(*both)
    new = made.timeline
    assert all(a.old_out <= b.old_in for a, b in pairwise(made.runs))
    placed = sorted(made.runs, key=lambda run: run.new_in)
    assert all(a.new_out <= b.new_in for a, b in pairwise(placed))
    for frame in sorted(
        {f for run in made.runs for f in (run.old_in, run.old_in + run.n_frames // 2, run.old_out - 1)}
    ):
        moved = made.moved_frame(frame)
        assert moved is not None
        assert 0 <= moved < new.end.frame
        a, b = old.scene_at(frame / RATE), new.scene_at(moved / RATE)
        assert a.media == b.media
        if a.media is not None and b.media is not None:
            sources = a.source_s(frame / RATE - a.record_in.exact_s), b.source_s(moved / RATE - b.record_in.exact_s)
            assert abs(sources[0] - sources[1]) * RATE <= 1


@settings(max_examples=100)
@given(recuts())
def test_frames_of_every_scene_that_is_whole_are_all_there(both: Recut) -> None:
    made = recut(*both)
    for change in made.changes:
        if change.kind in (ChangeKind.UNCHANGED, ChangeKind.MOVED):
            assert change.old_in is not None
            assert change.old_out is not None
            assert change.new_in is not None
            length = change.old_out - change.old_in
            assert [made.moved_frame(change.old_in + k) for k in range(length)] == [
                change.new_in + k for k in range(length)
            ]


@settings(max_examples=50)
@given(recuts())
def test_the_answer_is_the_same_every_time_and_travels_between_processes(both: Recut) -> None:
    made = recut(*both)
    assert recut(*both) == made
    assert decode(encode(made), Conformed) == made


@settings(max_examples=100)
@given(recuts(), recuts())
def test_ids_go_from_revision_to_revision(first: Recut, second: Recut) -> None:
    made = conform(edit(first[0]), edit(first[1])).timeline
    later = conform(made, edit(second[1]))
    assert len(set(ids(later.timeline))) == len(later.timeline.scenes)
    assert conform(later.timeline, edit(second[1])).timeline == later.timeline


@settings(max_examples=200)
@given(recuts(), st.data())
def test_wishes_hits_and_cues_follow_every_re_edit(both: Recut, data: st.DataObject) -> None:
    old, made = edit(both[0]), recut(*both)
    new = made.timeline
    marked = data.draw(st.lists(st.integers(0, old.end.frame - 1), max_size=4, unique=True))
    edges = sorted(data.draw(st.lists(st.integers(0, old.end.frame), min_size=2, max_size=8, unique=True)))
    direction = Direction(
        scenes={
            scene.id: SceneDirection(
                emotion=Emotion.SAD,
                hits=tuple(Hit(old.frame(f)) for f in marked if scene.record_in.frame <= f < scene.record_out.frame),
            )
            for scene in old.scenes
        },
        spotted=tuple(
            Cue(f"1m{k:02}", old.frame(a), old.frame(b)) for k, (a, b) in enumerate(pairwise(edges)) if k % 3 < 2
        ),
    )
    followed, _ = follow_edit(direction, made)
    assert all(followed.scenes[scene.id].emotion is Emotion.SAD for scene in old.scenes)
    n_hits = sum(len(wish.hits) + len(wish.parked) for wish in followed.scenes.values())
    assert n_hits <= len(marked)
    here = {scene.id: scene for scene in new.scenes}
    for scene_id, wish in followed.scenes.items():
        for hit in wish.hits:
            assert here[scene_id].record_in <= hit.at < here[scene_id].record_out
    stayed = {made.moved_frame(frame) for frame in marked} - {None}
    assert stayed <= {hit.at.frame for wish in followed.scenes.values() for hit in wish.hits}
    assert followed.spotted is not None
    for cue in followed.spotted:
        assert 0 <= cue.start.frame < cue.end.frame <= new.end.frame
    assert all(a.end <= b.start for a, b in pairwise(followed.spotted))

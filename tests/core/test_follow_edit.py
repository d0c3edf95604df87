"""Hits and cue lists go where their frames went."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.conform import ChangeKind, Conformed, FrameRun, SceneChange
from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.follow_edit import follow_edit
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline

RATE = Fraction(25)
Piece = tuple[str, int, int]
"""Letter of a scene, first source frame, length in frames."""


def at(frame: int) -> FrameTime:
    return FrameTime(frame, RATE)


def cut(*pieces: Piece) -> Timeline:
    """Return an edit of scenes whose ids and media are letters."""
    scenes, start = [], 0
    for letter, source, n_frames in pieces:
        scenes.append(
            Scene(letter, letter, at(start), at(start + n_frames), Media(f"{letter}.mov"), Fraction(source, RATE))
        )
        start += n_frames
    return Timeline("cut", RATE, tuple(scenes), at(90_000))


def recut(old: tuple[Piece, ...], new: tuple[Piece, ...]) -> Conformed:
    """Return what became of an edit: a scene is known by its letter."""
    before, after = cut(*old), cut(*new)
    here = {scene.id: scene for scene in after.scenes}
    there = {scene.id: scene for scene in before.scenes}
    runs, left, changes = [], [], []
    for scene in before.scenes:
        other = here.get(scene.id)
        change = SceneChange(ChangeKind.REMOVED, scene.id, scene.name, scene.record_in.frame, scene.record_out.frame)
        if other is None or other.fingerprint != scene.fingerprint:
            left.append(scene)
        if other is None:
            changes.append(change)
            continue
        edges = (other.record_in.frame, other.record_out.frame)
        changes.append(replace(change, kind=ChangeKind.MOVED, new_in=edges[0], new_out=edges[1]))
        ins = [int(s.source_in_s * RATE) for s in (scene, other)]
        first = max(ins)
        n_frames = min(ins[0] + scene.n_frames, ins[1] + other.n_frames) - first
        if n_frames > 0:
            runs.append(
                FrameRun(scene.record_in.frame + first - ins[0], other.record_in.frame + first - ins[1], n_frames)
            )
    changes += [SceneChange(ChangeKind.NEW, s.id, s.name) for s in after.scenes if s.id not in there]
    return Conformed(after, tuple(changes), tuple(runs), tuple(left), before.start)


def hits(direction: Direction) -> dict[str, list[int]]:
    return {key: [hit.at.frame for hit in wish.hits] for key, wish in direction.scenes.items() if wish.hits}


def cues(direction: Direction) -> list[tuple[str, int, int]]:
    assert direction.spotted is not None
    return [(cue.number, cue.start.frame, cue.end.frame) for cue in direction.spotted]


def wish(**frames: list[int]) -> Direction:
    return Direction(
        scenes={
            key: SceneDirection(emotion=Emotion.TENSE, hits=tuple(Hit(at(f), HitKind.ACCENT, Need.MUST) for f in own))
            for key, own in frames.items()
        }
    )


def spotted(*spans: tuple[int, int]) -> Direction:
    return Direction(spotted=tuple(Cue(f"1m{n:02}", at(a), at(b)) for n, (a, b) in enumerate(spans, 1)))


ABC = (("a", 0, 100), ("b", 0, 100), ("c", 0, 100))


def test_an_edit_that_stayed_as_it_was_moves_nothing() -> None:
    direction = replace(wish(a=[10], b=[120]), spotted=spotted((0, 150), (150, 300)).spotted)
    followed, said = follow_edit(direction, recut(ABC, ABC))
    assert followed is direction
    assert said == ()


def test_hits_and_cues_move_with_a_scene_inserted_before_everything() -> None:
    direction = replace(wish(a=[10], c=[299]), spotted=spotted((0, 150), (150, 300)).spotted)
    followed, said = follow_edit(direction, recut(ABC, (("n", 0, 40), *ABC)))
    assert hits(followed) == {"a": [50], "c": [339]}
    assert cues(followed) == [("1m01", 40, 190), ("1m02", 190, 340)]
    assert said == ()


def test_hits_follow_scenes_that_change_places() -> None:
    followed, said = follow_edit(wish(a=[10], b=[120]), recut(ABC, (ABC[1], ABC[0], ABC[2])))
    assert hits(followed) == {"a": [110], "b": [20]}
    assert followed.scenes["a"].emotion is Emotion.TENSE
    assert said == ()


def test_a_hit_that_was_trimmed_away_is_out_of_play_and_comes_back_with_its_picture() -> None:
    trimmed = (ABC[0], ("b", 30, 70), ABC[2])
    out, said = follow_edit(wish(b=[110, 150]), recut(ABC, trimmed))
    assert hits(out) == {"b": [120]}
    assert [parked.hit.at.frame for parked in out.scenes["b"].parked] == [110]
    assert len(said) == 1
    assert "01:00:04:10" in said[0]
    assert "out of play" in said[0]
    back, said = follow_edit(out, recut(trimmed, (ABC[0], ("b", 5, 95), ABC[2])))
    assert sorted(hits(back)["b"]) == [105, 145]
    assert back.scenes["b"].parked == ()
    assert len(said) == 1
    assert "in play again" in said[0]


def test_a_hit_of_a_removed_scene_waits_for_the_scene() -> None:
    out, said = follow_edit(wish(b=[110]), recut(ABC, (ABC[0], ABC[2])))
    assert hits(out) == {}
    assert len(said) == 1
    still, said = follow_edit(out, recut((ABC[0], ABC[2]), (("n", 0, 20), ABC[0], ABC[2])))
    assert still is out
    assert said == ()
    back, _ = follow_edit(out, recut((ABC[0], ABC[2]), (ABC[0], ABC[2], ABC[1])))
    assert hits(back) == {"b": [210]}
    assert back.scenes["b"].emotion is Emotion.TENSE


def test_a_hit_in_a_scene_at_another_speed_stays_on_its_picture() -> None:
    old, new = cut(*ABC), cut(ABC[0], ("b", 0, 50), ABC[2])
    fast = replace(
        new.scenes[1],
        retime=(RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(2), Fraction(4))),
    )
    conformed = Conformed(
        replace(new, scenes=(new.scenes[0], fast, new.scenes[2])),
        tuple(
            SceneChange(kind, a.id, a.name, a.record_in.frame, a.record_out.frame)
            for kind, a in zip((ChangeKind.UNCHANGED, ChangeKind.RETIMED, ChangeKind.MOVED), old.scenes, strict=True)
        ),
        (FrameRun(0, 0, 100), FrameRun(200, 150, 100)),
        (old.scenes[1],),
    )
    followed, said = follow_edit(wish(b=[140]), conformed)
    assert hits(followed) == {"b": [120]}
    assert said == ()


@pytest.mark.parametrize(("kind", "scene"), [(HitKind.STOP, "a"), (HitKind.ACCENT, "b")])
def test_only_what_ends_a_scene_stays_at_its_end(kind: HitKind, scene: str) -> None:
    direction = Direction(scenes={"a": SceneDirection(hits=(Hit(at(100), kind, Need.MUST),))})
    followed, _ = follow_edit(direction, recut(ABC, (ABC[1], ABC[2], ABC[0])))
    assert hits(followed) == {scene: [300 if scene == "a" else 0]}


def test_a_cue_whose_first_scene_was_trimmed_begins_with_what_is_left_of_it() -> None:
    new = (ABC[0], ("n", 0, 50), ("b", 30, 70), ABC[2])
    followed, said = follow_edit(spotted((0, 100), (100, 300)), recut(ABC, new))
    assert cues(followed) == [("1m01", 0, 100), ("1m02", 150, 320)]
    assert said == ("cue 1m02 begins at 01:00:06:00: its first frame is not in the edit any more",)


def test_a_cue_goes_on_over_what_replaced_its_first_and_last_scene() -> None:
    new = (("x", 0, 80), ABC[1], ("z", 0, 60))
    followed, said = follow_edit(spotted((0, 300)), recut(ABC, new))
    assert cues(followed) == [("1m01", 0, 240)]
    assert len(said) == 1
    assert "begins" in said[0]
    assert "ends" in said[0]


def test_a_cue_of_which_nothing_remains_is_left_out_and_named() -> None:
    followed, said = follow_edit(spotted((0, 100), (100, 200), (200, 300)), recut(ABC, (ABC[0], ABC[2])))
    assert cues(followed) == [("1m01", 0, 100), ("1m03", 100, 200)]
    assert len(said) == 1
    assert "1m02" in said[0]


def test_cues_change_places_with_their_scenes() -> None:
    followed, said = follow_edit(spotted((0, 100), (100, 300)), recut(ABC, (ABC[1], ABC[2], ABC[0])))
    assert cues(followed) == [("1m02", 0, 200), ("1m01", 200, 300)]
    assert said == ()


def test_a_cue_over_scenes_that_change_places_still_covers_them() -> None:
    followed, said = follow_edit(spotted((0, 200), (200, 300)), recut(ABC, (ABC[1], ABC[0], ABC[2])))
    assert cues(followed) == [("1m01", 0, 200), ("1m02", 200, 300)]
    assert len(said) == 1


def test_a_torn_cue_keeps_its_longest_part_and_runs_into_no_other() -> None:
    old = (("a", 0, 30), ("b", 0, 100), ("c", 0, 100), ("d", 0, 30))
    new = (old[1], old[2], old[0], old[3])
    followed, said = follow_edit(spotted((0, 130), (130, 260)), recut(old, new))
    assert cues(followed) == [("1m01", 0, 100), ("1m02", 100, 260)]
    assert any("1m01" in sentence for sentence in said)


def test_other_wishes_stay_as_they_are() -> None:
    direction = Direction(
        defaults=CueDirection(seed=3),
        cues={"1m01": CueDirection(seed=4)},
        scenes={"b": SceneDirection(emotion=Emotion.SAD), "gone": SceneDirection(mute=True)},
    )
    followed, said = follow_edit(direction, recut(ABC, (ABC[1], ("n", 0, 10))))
    assert followed is direction
    assert said == ()


def test_wishes_follow_an_edit_that_is_counted_at_another_rate() -> None:
    old = cut(*ABC)
    rate = Fraction(50)
    scenes = tuple(
        replace(s, record_in=FrameTime(s.record_in.frame * 2, rate), record_out=FrameTime(s.record_out.frame * 2, rate))
        for s in old.scenes
    )
    new = Timeline("cut", rate, scenes, FrameTime(180_000, rate))
    changes = tuple(
        SceneChange(ChangeKind.UNCHANGED, a.id, a.name, a.record_in.frame, a.record_out.frame) for a in old.scenes
    )
    conformed = Conformed(new, changes, (FrameRun(0, 0, 300, Fraction(2)),), (), old.start)
    direction = replace(wish(b=[111]), spotted=spotted((0, 150), (150, 300)).spotted)
    followed, said = follow_edit(direction, conformed)
    assert followed.scenes["b"].hits[0].at == FrameTime(222, rate)
    assert cues(followed) == [("1m01", 0, 300), ("1m02", 300, 600)]
    assert said == ()

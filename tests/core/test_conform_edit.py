"""Each kind of change, made and then found."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.timeline.recuts import RATE, Shot, edit, ids, kinds, recut, removed
from v2m_bridge.core.conform import FrameRun
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline, name_scenes

A, B, C, D = (Shot(f"{letter}.mov", 50, 100) for letter in "abcd")
NEW = Shot("new.mov", 0, 40)
BLACK = Shot("", 0, 30)
ABCD = [A, B, C, D]


def test_the_same_edit_is_unchanged_and_moves_no_frame() -> None:
    old = edit(ABCD)
    made = conform(old, edit(ABCD))
    assert made.timeline == old
    assert made.is_unchanged
    assert made.runs == (FrameRun(0, 0, 400),)
    assert made.before == ()
    assert [made.moved_frame(frame) for frame in (-1, 0, 399, 400, 401)] == [None, 0, 399, 400, None]


def test_a_scene_inserted_before_everything_moves_all_others() -> None:
    old = edit(ABCD)
    made = recut(ABCD, [NEW, *ABCD])
    assert kinds(made) == ["new", "moved", "moved", "moved", "moved"]
    assert ids(made.timeline)[1:] == ids(old)
    assert made.runs == (FrameRun(0, 40, 400),)


def test_a_removed_scene_is_named_last_and_its_frames_are_gone() -> None:
    made = recut(ABCD, [A, C, D])
    assert kinds(made) == ["unchanged", "moved", "moved", "removed"]
    assert removed(made) == {edit(ABCD).scenes[1].id}
    assert [made.moved_frame(frame) for frame in (99, 100, 199, 200)] == [99, None, None, 100]
    assert [made.moved_end(frame) for frame in (0, 100, 101, 200, 201)] == [None, 100, None, None, 101]


@pytest.mark.parametrize("shorter", [replace(B, source=70, n_frames=80), replace(B, n_frames=80)])
def test_a_trimmed_scene_keeps_its_id_and_the_frames_that_are_left(shorter: Shot) -> None:
    made = recut(ABCD, [A, shorter, C, D])
    assert kinds(made) == ["unchanged", "trimmed", "moved", "moved"]
    assert ids(made.timeline) == ids(edit(ABCD))
    gone = range(100, 120) if shorter.source == 70 else range(180, 200)
    assert [frame for frame in range(400) if made.moved_frame(frame) is None] == list(gone)
    assert [scene.name for scene in made.before] == ["b.mov"]


def test_a_lengthened_scene_is_trimmed_too_and_loses_no_frame() -> None:
    made = recut(ABCD, [A, Shot("b.mov", 30, 150), C, D])
    assert kinds(made)[1] == "trimmed"
    assert [made.moved_frame(frame) for frame in (99, 100, 199, 200)] == [99, 120, 219, 250]


def test_a_slipped_scene_stays_in_place_and_shows_other_frames() -> None:
    made = recut(ABCD, [A, replace(B, source=60), C, D])
    assert kinds(made) == ["unchanged", "trimmed", "unchanged", "unchanged"]
    assert [made.moved_frame(frame) for frame in (109, 110, 199, 200)] == [None, 100, 189, 200]


@pytest.mark.parametrize("speed", [Fraction(2), Fraction(1, 2), Fraction(-1), Fraction(0)])
def test_a_retimed_scene_keeps_its_id_and_none_of_its_frames(speed: Fraction) -> None:
    source = 149 if speed < 0 else 50
    n_frames = 100 if speed <= 0 else int(100 / speed)
    made = recut(ABCD, [A, Shot("b.mov", source, n_frames, speed), C, D])
    assert kinds(made)[1] == "retimed"
    assert ids(made.timeline) == ids(edit(ABCD))
    assert [made.moved_frame(frame) for frame in (100, 150, 199)] == [None, None, None]


def test_scenes_that_change_places_have_moved() -> None:
    made = recut(ABCD, [A, C, B, D])
    assert kinds(made) == ["unchanged", "moved", "moved", "unchanged"]
    assert sorted(ids(made.timeline)) == sorted(ids(edit(ABCD)))
    assert [made.moved_frame(frame) for frame in (100, 200, 300)] == [200, 100, 300]


@pytest.mark.parametrize(("at", "kept"), [(30, 2), (70, 1)])
def test_of_a_split_shot_the_longer_part_keeps_the_id_and_both_keep_their_frames(at: int, kept: int) -> None:
    parts = [replace(B, n_frames=at), replace(B, source=50 + at, n_frames=100 - at)]
    made = recut(ABCD, [A, parts[0], parts[1], C, D])
    assert kinds(made) == [
        "unchanged",
        *(("new", "trimmed") if kept == 2 else ("trimmed", "new")),
        "unchanged",
        "unchanged",
    ]
    assert made.timeline.scenes[kept].id == edit(ABCD).scenes[1].id
    assert made.runs == (FrameRun(0, 0, 400),)


def test_frames_of_a_split_shot_are_found_wherever_its_parts_went() -> None:
    made = recut(ABCD, [A, replace(B, n_frames=70), C, D, replace(B, source=120, n_frames=30)])
    assert [made.moved_frame(frame) for frame in (100, 169, 170, 199)] == [100, 169, 370, 399]


def test_two_joined_shots_keep_the_id_of_the_longer_and_all_frames() -> None:
    parts = [replace(B, n_frames=30), replace(B, source=80, n_frames=70)]
    old = [A, *parts, C]
    made = recut(old, [A, B, C])
    assert kinds(made) == ["unchanged", "trimmed", "unchanged", "removed"]
    assert made.timeline.scenes[1].id == edit(old).scenes[2].id
    assert made.runs == (FrameRun(0, 0, 300),)


def test_a_cut_rolled_between_two_parts_of_a_take_loses_no_frame() -> None:
    old = [A, replace(B, n_frames=50), replace(B, source=100, n_frames=50), C]
    made = recut(old, [A, replace(B, n_frames=60), replace(B, source=110, n_frames=40), C])
    assert kinds(made) == ["unchanged", "trimmed", "trimmed", "unchanged"]
    assert made.runs == (FrameRun(0, 0, 300),)


def test_of_a_shot_that_comes_three_times_the_one_that_was_cut_out_is_known_by_its_neighbours() -> None:
    old = [A, B, A, C, A, D]
    names = ids(edit(old))
    assert len(set(names)) == len(old)
    for gone in (0, 2, 4):
        made = recut(old, old[:gone] + old[gone + 1 :])
        assert removed(made) == {names[gone]}
        assert ids(made.timeline) == names[:gone] + names[gone + 1 :]


def test_of_a_shot_that_comes_three_times_the_trimmed_one_keeps_its_id() -> None:
    old = [A, B, A, C, A, D]
    for place in (0, 2, 4):
        new = list(old)
        new[place] = replace(A, n_frames=90)
        made = recut(old, new)
        assert ids(made.timeline) == ids(edit(old))
        assert kinds(made)[place] == "trimmed"


def test_of_two_trimmed_uses_of_one_shot_each_keeps_its_id() -> None:
    old = [A, B, A, C]
    made = recut(old, [replace(A, n_frames=60), B, replace(A, n_frames=80), C])
    assert ids(made.timeline) == ids(edit(old))


def test_black_is_known_by_its_neighbours() -> None:
    old = [A, BLACK, B, BLACK, C, BLACK]
    made = recut(old, [A, replace(BLACK, n_frames=12), B, BLACK, C])
    assert kinds(made) == ["unchanged", "trimmed", "moved", "moved", "moved", "removed"]
    assert ids(made.timeline) == ids(edit(old))[:5]
    made = recut(old, [B, BLACK, C, BLACK, A, replace(BLACK, n_frames=50)])
    names = ids(edit(old))
    assert ids(made.timeline) == [names[2], names[3], names[4], names[5], names[0], names[1]]


def test_a_title_is_no_black() -> None:
    old = edit([A, BLACK, B])
    title = replace(old.scenes[1], name="Part two", id="")
    made = conform(old, replace(old, scenes=name_scenes((old.scenes[0], title, old.scenes[2]))))
    assert kinds(made) == ["unchanged", "new", "unchanged", "removed"]


def test_a_new_scene_never_takes_the_id_of_an_old_one() -> None:
    first = edit([A, B])
    second = recut([A, B], [replace(A, n_frames=60), B]).timeline
    assert ids(second) == ids(first)
    # The whole shot again, beside the trimmed one that has its id.
    third = conform(second, edit([replace(A, n_frames=60), B, A]))
    assert ids(third.timeline)[:2] == ids(first)
    assert ids(third.timeline)[2] not in ids(first)
    assert conform(third.timeline, edit([replace(A, n_frames=60), B, A])).timeline == third.timeline


def test_another_take_in_its_place_is_another_scene() -> None:
    made = recut(ABCD, [A, NEW, C, D])
    assert kinds(made) == ["unchanged", "new", "moved", "moved", "removed"]
    made = recut(ABCD, [A, replace(B, source=900), C, D])
    assert kinds(made) == ["unchanged", "new", "unchanged", "unchanged", "removed"]


def _ramped(n_frames: int, source: int = 0, later: int = 0) -> Scene:
    """Return a shot whose speed doubles after its first 50 frames, `later` frames of them cut off."""
    turn = Fraction(50 - later, 25)
    points = (
        RetimePoint(Fraction(0), Fraction(0)),
        RetimePoint(turn, turn),
        RetimePoint(turn + 2, turn + 4),
    )
    return Scene(
        "", "ramp", FrameTime(0, RATE), FrameTime(n_frames, RATE), Media("r.mov"), Fraction(source, 25), points
    )


def test_a_speed_ramp_that_was_trimmed_runs_on_and_one_that_was_redrawn_is_retimed() -> None:
    def alone(scene: Scene) -> Timeline:
        return Timeline("cut", RATE, name_scenes((scene,)), FrameTime(0, RATE))

    old = alone(_ramped(100))
    tail, head = conform(old, alone(_ramped(80))), conform(old, alone(_ramped(70, 30, 30)))
    assert kinds(tail) == kinds(head) == ["trimmed"]
    assert tail.runs == (FrameRun(0, 0, 80),)
    assert head.runs == (FrameRun(30, 0, 70),)
    straight = replace(
        _ramped(100), retime=(RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(4), Fraction(6)))
    )
    assert kinds(conform(old, alone(straight))) == ["retimed"]


def _counted(timeline: Timeline, rate: Fraction) -> Timeline:
    """Return the same times counted at another rate, cuts snapped to its frames."""
    scenes = tuple(
        replace(s, id="", record_in=s.record_in.at_rate(rate), record_out=s.record_out.at_rate(rate))
        for s in timeline.scenes
    )
    return replace(timeline, rate=rate, scenes=name_scenes(scenes), start=timeline.start.at_rate(rate))


@pytest.mark.parametrize("rates", [(24, "24000/1001"), ("24000/1001", 24), (25, 24), (24, 30), (25, 50)])
def test_an_edit_counted_at_another_rate_is_matched_in_seconds(rates: tuple[str, str]) -> None:
    before, after = (Fraction(rate) for rate in rates)
    rng = np.random.default_rng(3)
    shots = [Shot(f"{k % 7}.mov", int(rng.integers(9000)), int(rng.integers(20, 300))) for k in range(60)]
    old = edit(shots, before)
    made = conform(old, _counted(old, after))
    assert set(kinds(made)) == {"unchanged"}
    assert ids(made.timeline) == ids(old)
    for scene in old.scenes[::7]:
        moved = made.moved_frame(scene.record_in.frame + 11)
        assert moved is not None
        assert abs(moved / after - (scene.record_in.frame + 11) / before) <= 1 / min(before, after)


def test_footage_declared_to_run_at_another_rate_is_matched_in_frames() -> None:
    rng = np.random.default_rng(3)
    shots = [Shot(f"{k % 7}.mov", int(rng.integers(90_000)), int(rng.integers(20, 300))) for k in range(60)]
    old, new = edit(shots, Fraction(24)), edit(shots, Fraction(24000, 1001))
    made = conform(old, new)
    assert set(kinds(made)) == {"unchanged"}
    assert ids(made.timeline) == ids(old)
    assert made.runs == (FrameRun(0, 0, old.end.frame),)


@pytest.mark.parametrize("n_media", [1, 100])
def test_two_thousand_scenes_take_well_under_a_second_whatever_happened_to_them(n_media: int) -> None:
    rng = np.random.default_rng(n_media)
    drawn = zip(
        rng.integers(n_media, size=2000), rng.integers(100_000, size=2000), rng.integers(10, 200, 2000), strict=True
    )
    shots = [Shot(f"{medium}.mov", int(source), int(n_frames)) for medium, source, n_frames in drawn]
    shuffled = [shots[k] for k in rng.permutation(len(shots))]
    trimmed = [replace(shot, source=shot.source + 1, n_frames=shot.n_frames - 3) for shot in shots]
    old = edit(shots)
    for new in (shots, [NEW, *shots], shuffled, trimmed):
        remade = edit(new)
        took_s = min(_time(old, remade) for _ in range(3))
        assert took_s < 0.6  # 0.15 to 0.3 s where nothing else runs


def _time(old: Timeline, new: Timeline) -> float:
    began = time.process_time()
    conform(old, new)
    return time.process_time() - began


def test_names_of_kinds_are_words_for_other_programs() -> None:
    assert json.loads(json.dumps(kinds(recut([A], [B])))) == ["new", "removed"]

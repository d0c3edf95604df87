"""Scenes, retimes and identities that survive a re-export."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import rates, retimes, timelines
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker, Media, RetimePoint, Scene, Timeline, name_scenes

RATE = Fraction(25)
seconds = st.fractions(0, 40, max_denominator=1000)


def shot(
    *,
    at: int = 0,
    n_frames: int = 100,
    retime: tuple[RetimePoint, ...] = (),
    media: Media | None = None,
    source_in: int = 0,
) -> Scene:
    return Scene(
        id="",
        name="shot",
        record_in=FrameTime(at, RATE),
        record_out=FrameTime(at + n_frames, RATE),
        media=media or Media("a.mov"),
        source_in_s=Fraction(source_in, 25),
        retime=retime,
    )


def constant(speed: Fraction, length_s: Fraction) -> tuple[RetimePoint, ...]:
    return RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, length_s * speed)


@given(seconds)
def test_without_a_retime_the_source_runs_with_the_record(at_s: Fraction) -> None:
    assert shot(source_in=50).source_s(at_s) == 2 + at_s


@given(retimes(), seconds)
def test_a_retime_starts_at_the_source_in_and_passes_through_its_points(
    retime: tuple[RetimePoint, ...], at_s: Fraction
) -> None:
    scene = shot(retime=retime, source_in=50)
    assert scene.source_s(Fraction(0)) == 2
    for point in retime:
        assert scene.source_s(point.record_s) == 2 + point.source_s
    for a, b in pairwise(retime):
        if a.record_s <= at_s <= b.record_s:
            share = (at_s - a.record_s) / (b.record_s - a.record_s)
            assert scene.source_s(at_s) == 2 + a.source_s + share * (b.source_s - a.source_s)


@given(st.fractions(-4, 4, max_denominator=100), seconds, st.fractions(Fraction(1, 25), 10, max_denominator=100))
def test_a_constant_speed_holds_beyond_its_points(speed: Fraction, at_s: Fraction, length_s: Fraction) -> None:
    assert shot(retime=constant(speed, length_s)).source_s(at_s) == at_s * speed


@given(
    st.fractions(-4, 4, max_denominator=100),
    st.lists(st.fractions(Fraction(1, 25), 10), min_size=1, max_size=4, unique=True),
)
def test_one_speed_written_in_other_points_is_the_same_scene(speed: Fraction, knots: list[Fraction]) -> None:
    points = tuple(RetimePoint(at, at * speed) for at in [Fraction(0), *sorted(knots)])
    assert shot(retime=points).fingerprint == shot(retime=constant(speed, Fraction(1))).fingerprint
    if speed == 1:
        assert shot(retime=points).fingerprint == shot().fingerprint


def test_a_ramp_is_another_scene_than_the_constant_speed_between_the_same_frames() -> None:
    ramp = (
        RetimePoint(Fraction(0), Fraction(0)),
        RetimePoint(Fraction(2), Fraction(1)),
        RetimePoint(Fraction(4), Fraction(4)),
    )
    assert shot(retime=ramp).fingerprint != shot().fingerprint


@given(timelines(), st.text("abc/\\", max_size=8))
def test_ids_do_not_depend_on_folders_names_or_case(edit: Timeline, folder: str) -> None:
    moved = tuple(
        replace(
            scene,
            id="",
            name="other",
            media=scene.media and Media(f"{folder}/{scene.media.name.upper()}", f"/elsewhere/{scene.media.name}"),
        )
        for scene in edit.scenes
    )
    assert [scene.id for scene in name_scenes(moved)] == [scene.id for scene in edit.scenes]


@given(timelines())
def test_ids_are_all_different(edit: Timeline) -> None:
    assert len({scene.id for scene in edit.scenes}) == len(edit.scenes)


@given(timelines(), st.integers(1, 1000))
def test_a_scene_keeps_its_fingerprint_wherever_it_stands(edit: Timeline, later: int) -> None:
    scene = edit.scenes[0]
    step = FrameTime(later, edit.rate)
    moved = replace(scene, record_in=scene.record_in + step, record_out=scene.record_out + step)
    assert moved.fingerprint == scene.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        shot(n_frames=99),
        shot(source_in=1),
        shot(media=Media("b.mov")),
        shot(retime=constant(Fraction(1, 2), Fraction(4))),
    ],
)
def test_what_shows_something_else_has_another_fingerprint(other: Scene) -> None:
    assert other.fingerprint != shot().fingerprint


@given(timelines(), seconds)
def test_the_scene_on_screen_is_the_one_whose_frames_hold_the_time(edit: Timeline, at_s: Fraction) -> None:
    scene = edit.scene_at(at_s)
    if at_s < edit.end.exact_s:
        assert scene.record_in.exact_s <= at_s < scene.record_out.exact_s
    else:
        assert scene == edit.scenes[-1]


@given(timelines())
def test_the_revision_changes_with_cuts_and_markers_and_not_with_paths(edit: Timeline) -> None:
    assert replace(edit, source_path="elsewhere.edl", name="other").revision == edit.revision
    marked = replace(edit, markers=(*edit.markers, Marker(edit.frame(0), "!new")))
    assert marked.revision != edit.revision
    assert replace(edit, start=edit.start + edit.frame(1)).revision != edit.revision
    last = edit.scenes[-1]
    longer = replace(last, record_out=last.record_out + edit.frame(1))
    assert replace(edit, scenes=name_scenes((*edit.scenes[:-1], longer))).revision != edit.revision


@given(rates)
def test_an_edit_with_holes_or_without_scenes_is_refused(rate: Fraction) -> None:
    def piece(start: int, end: int) -> Scene:
        return Scene("", "", FrameTime(start, rate), FrameTime(end, rate))

    for scenes in ((), (piece(1, 5),), (piece(0, 5), piece(6, 9)), (piece(0, 5), piece(4, 9))):
        with pytest.raises(ValueError, match="scene"):
            Timeline("", rate, scenes, FrameTime(0, rate))
    with pytest.raises(ValueError, match="rate"):
        Timeline("", rate, (piece(0, 5),), FrameTime(0, rate + 1))


@pytest.mark.parametrize(
    "retime",
    [
        (RetimePoint(Fraction(0), Fraction(0)),),
        (RetimePoint(Fraction(0), Fraction(1)), RetimePoint(Fraction(1), Fraction(1))),
        (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(0), Fraction(1))),
    ],
)
def test_a_retime_that_is_no_function_of_record_time_is_refused(retime: tuple[RetimePoint, ...]) -> None:
    with pytest.raises(ValueError, match="retime"):
        shot(retime=retime)


def test_a_scene_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="no length"):
        shot(n_frames=0)

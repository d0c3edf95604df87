from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spotting.edits import make_timeline
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.timeline import Marker, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.spotting.cues import cues_of


def marked(*markers: tuple[int, str] | tuple[int, str, int]) -> Timeline:
    plain = make_timeline([(1000, "a.mov"), (1000, "b.mov")])
    made = [Marker(plain.frame(at), name, n_frames=length[0] if length else 0) for at, name, *length in markers]
    return make_timeline([(1000, "a.mov"), (1000, "b.mov")], markers=made)


def edges(cues: tuple[Cue, ...]) -> list[tuple[str, int, int]]:
    return [(cue.number, cue.start.frame, cue.end.frame) for cue in cues]


def test_an_edit_of_three_minutes_is_one_cue() -> None:
    timeline = make_timeline([(100, "a.mov")] * 45)
    assert edges(cues_of(timeline, Direction())) == [("1m01", 0, 4500)]


@given(st.lists(st.integers(25, 9000), min_size=1, max_size=30))
def test_a_longer_edit_is_divided_on_cuts_into_consecutive_cues_that_tile_it(lengths: list[int]) -> None:
    timeline = make_timeline([(length, "a.mov") for length in lengths])
    cues = cues_of(timeline, Direction())
    assert (cues[0].start.frame, cues[-1].end) == (0, timeline.end)
    assert all(a.end == b.start for a, b in pairwise(cues))
    assert {cue.start.frame for cue in cues} <= {scene.record_in.frame for scene in timeline.scenes}
    assert len({cue.number for cue in cues}) == len(cues)
    if timeline.end.frame <= 4500:
        assert len(cues) == 1


def test_a_division_lies_at_the_cuts_nearest_to_equal_parts() -> None:
    timeline = make_timeline([(100, "a.mov")] * 100)  # 400 s: three parts
    assert edges(cues_of(timeline, Direction())) == [("1m01", 0, 3300), ("1m02", 3300, 6700), ("1m03", 6700, 10_000)]


def test_the_users_list_wins_over_markers() -> None:
    timeline = marked((0, "IN 1m01"))
    mine = Cue("9m09", timeline.frame(5), timeline.frame(50))
    assert cues_of(timeline, Direction(spotted=(mine,))) == (mine,)
    assert cues_of(timeline, Direction(spotted=())) == ()


def test_markers_name_cues_with_and_without_an_out() -> None:
    timeline = marked(
        (100, "IN 1m02 The sea!"), (400, "OUT"), (400, "in 1m03"), (900, "IN 1m04 Home", 150), (1500, "!")
    )
    cues = cues_of(timeline, Direction())
    assert edges(cues) == [("1m02", 100, 400), ("1m03", 400, 900), ("1m04", 900, 1050)]
    assert [cue.title for cue in cues] == ["The sea!", "", "Home"]


def test_words_that_only_begin_like_a_spotting_marker_name_no_cue() -> None:
    timeline = marked((10, "IN the garden"), (20, "OUTSIDE"), (30, "OUT"))
    assert edges(cues_of(timeline, Direction())) == [("1m01", 0, 2000)]


@pytest.mark.parametrize(
    ("timeline", "words"),
    [
        (marked((100, "IN 1m01"), (400, "OUT"), (500, "OUT")), "OUT marker at 00:00:20:00 ends no cue"),
        (marked((100, "IN 1m01"), (100, "IN 1m02")), "has no length"),
        (marked((100, "IN 1m01"), (200, "IN 1m01")), "two cues 1m01"),
        (marked((100, "IN 1m01"), (200, "OUT 1m02")), "follows the IN of cue 1m01"),
        (marked((100, "IN 1m01", 5000)), "outside the edit"),
        (marked((2000, "IN 1m01")), "no length"),
    ],
)
def test_markers_that_do_not_pair_are_refused(timeline: Timeline, words: str) -> None:
    with pytest.raises(TimelineError, match=words):
        cues_of(timeline, Direction())

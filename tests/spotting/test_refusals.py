from fractions import Fraction

import pytest

from tests.spotting.edits import MEDIA, make_timeline
from v2m_bridge.core.cue import Cue, Hit
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.errors import DirectionError, TimelineError
from v2m_bridge.spotting.plan import plan_cues


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        (Direction(cues={"7m07": CueDirection()}), "no cue '7m07'"),
        (Direction(scenes={"s404": SceneDirection()}), "no scene 's404'"),
    ],
)
def test_a_wish_for_something_that_is_not_there_is_refused_with_what_there_is(direction: Direction, words: str) -> None:
    timeline = make_timeline([(100, "a.mov"), (100, "b.mov")])
    with pytest.raises(DirectionError, match=words) as caught:
        plan_cues(timeline, direction, MEDIA)
    assert "1m01" in caught.value.hint or timeline.scenes[0].id in caught.value.hint


def test_a_hit_outside_the_edit_is_refused() -> None:
    timeline = make_timeline([(100, "a.mov")])
    wish = SceneDirection(hits=(Hit(timeline.frame(101)),))
    with pytest.raises(DirectionError, match="outside the edit"):
        plan_cues(timeline, Direction(scenes={timeline.scenes[0].id: wish}), MEDIA)


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        ([("1m01", 0, 60), ("1m02", 59, 100)], "before cue 1m01 has ended"),
        ([("1m01", 0, 101)], "outside the edit"),
        ([("1m01", 0, 40), ("1m01", 50, 90)], "two cues 1m01"),
    ],
)
def test_cues_that_cannot_stand_are_refused(edges: list[tuple[str, int, int]], words: str) -> None:
    timeline = make_timeline([(100, "a.mov")])
    spotted = tuple(Cue(number, timeline.frame(a), timeline.frame(b)) for number, a, b in edges)
    with pytest.raises(TimelineError, match=words):
        plan_cues(timeline, Direction(spotted=spotted), MEDIA)


def test_a_cue_at_another_rate_is_refused() -> None:
    timeline = make_timeline([(100, "a.mov")])
    cue = Cue("1m01", FrameTime(0, Fraction(30)), FrameTime(50, Fraction(30)))
    with pytest.raises(TimelineError, match="25"):
        plan_cues(timeline, Direction(spotted=(cue,)), MEDIA)


def test_a_cue_of_one_frame_is_planned_or_refused_with_a_sentence() -> None:
    timeline = make_timeline([(1, "a.mov")])
    (plan,) = plan_cues(timeline, Direction(), MEDIA)
    assert len(plan.slots) == 1
    blink = make_timeline([(1, "a.mov")], rate=Fraction(1000))
    slow = Direction(defaults=CueDirection(tempo_bpm=(20.0, 20.0)))
    with pytest.raises(TimelineError, match="too short"):
        plan_cues(blink, slow, MEDIA)

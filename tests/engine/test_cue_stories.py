"""A player that starts late is told what leads its cues to where they are."""

from __future__ import annotations

import pytest

from tests.scores import make_score
from v2m_bridge.core.commands import HANDED_OVER, HELD, LIVE
from v2m_bridge.core.playing import DropCue, LoadCue, Quit, SetCueStand
from v2m_bridge.core.programme import programme_of
from v2m_bridge.engine.cue_stories import CueStories

_SCORE = make_score()


def _told(*events: str | int) -> list[str | int]:
    """Tell loads (by generation) and stands; return the story that is left."""
    stories = CueStories()
    for event in events:
        if isinstance(event, int):
            stories.take(LoadCue(programme_of(_SCORE, _SCORE.cues[0], event)))
        else:
            stories.take(SetCueStand("1m01", event))
    found: list[str | int] = []
    for message in stories.all():
        if isinstance(message, LoadCue):
            found.append(message.programme.generation)
        elif isinstance(message, SetCueStand):
            found.append(message.stand)
    return found


@pytest.mark.parametrize(
    ("events", "story"),
    [
        ((1, 2), [2]),
        ((1, HELD, 2, 3), [1, HELD, 3]),
        ((1, HELD, 2, LIVE), [2]),
        ((1, HELD, 2, HANDED_OVER), [2, HANDED_OVER]),
        ((1, HANDED_OVER, 2), [2, HANDED_OVER]),
        ((1, HANDED_OVER, 2, HELD, 3), [2, HELD, 3]),
        ((HELD, 1), [1]),
    ],
)
def test_a_story_is_as_short_as_it_can_be(events: tuple[str | int, ...], story: list[str | int]) -> None:
    assert _told(*events) == story


def test_a_cue_that_is_dropped_has_no_story_and_other_messages_are_passed_over() -> None:
    stories = CueStories()
    assert stories.take(LoadCue(programme_of(_SCORE, _SCORE.cues[0], 1)))
    assert stories.take(DropCue("1m01"))
    assert stories.all() == []
    assert not stories.take(Quit())

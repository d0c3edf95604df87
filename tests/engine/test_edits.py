"""What a lock command does to the direction."""

from __future__ import annotations

import pytest

from v2m_bridge.core.commands import Command, SetEnding, SetEntry, SetLock, SetRhythm, SetTheme, check
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction
from v2m_bridge.core.harmonic_rhythm import RhythmWish, parse_rhythm, rhythm_text
from v2m_bridge.engine.edits import edited
from v2m_bridge.errors import DirectionError


def test_a_lock_holds_the_layers_of_its_cue_alone_and_keeps_its_other_wishes() -> None:
    direction = Direction(cues={"1m02": CueDirection(seed=4)})
    locked = edited(direction, SetLock("1m02", 15), cues=["1m01", "1m02"], scenes=[])
    assert locked.for_cue("1m02").locks == LOCKS
    assert locked.for_cue("1m02").seed == 4
    assert locked.for_cue("1m01").locks is None
    part = edited(locked, SetLock("1m02", 1 | 4), cues=["1m01", "1m02"], scenes=[])
    assert part.for_cue("1m02").locks == ("tempo", "melody")
    assert edited(part, SetLock("1m02", 0), cues=["1m02"], scenes=[]).for_cue("1m02").locks == ()


def test_a_cue_that_is_not_there_cannot_be_locked() -> None:
    with pytest.raises(DirectionError, match="1m09"):
        edited(Direction(), SetLock("1m09", 15), cues=["1m01"], scenes=[])


@pytest.mark.parametrize(
    ("command", "wishes"),
    [
        (SetEntry("1m01", "pickup"), CueDirection(entry="pickup")),
        (SetEnding("1m01", " button "), CueDirection(ending="button")),
        (SetRhythm("1m01", "vamp 2 bars"), CueDirection(rhythm=RhythmWish(2, None, 2))),
        (SetTheme("1m01", "hero:minor"), CueDirection(theme="hero", theme_form="minor")),
        (SetTheme("1m01", "none"), CueDirection(theme="none")),
    ],
)
def test_entries_endings_rhythms_and_themes_are_wishes_of_their_cue(command: Command, wishes: CueDirection) -> None:
    check(command)
    direction = edited(Direction(), command, cues=["1m01"], scenes=[])
    assert direction.cues == {"1m01": wishes}
    cleared = edited(direction, type(command)("1m01", ""), cues=["1m01"], scenes=[])
    assert cleared.cues == {"1m01": CueDirection()}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (SetEntry("1m01", "bang"), "entry 'bang' is none of downbeat"),
        (SetEnding("1m01", "bang"), "ending 'bang' is none of ring"),
        (SetRhythm("1m01", "often"), "'often' is not a harmonic rhythm"),
        (SetTheme("1m01", "a/b"), "no name for a theme"),
        (SetTheme("1m01", "hero:sad"), "theme form 'sad' is none of plain"),
    ],
)
def test_what_a_cue_cannot_be_asked_for_is_refused_before_it_is_a_wish(command: Command, why: str) -> None:
    with pytest.raises(DirectionError, match=why):
        check(command)


@pytest.mark.parametrize("text", ["pedal", "0.25", "1 bar", "8 bars", "vamp 1 bar", "vamp 2 bars"])
def test_a_rhythm_is_shown_as_it_is_written(text: str) -> None:
    assert rhythm_text(parse_rhythm(text)) == text

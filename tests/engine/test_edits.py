"""What a lock command does to the direction."""

from __future__ import annotations

import pytest

from v2m_bridge.core.commands import SetLock
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction
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

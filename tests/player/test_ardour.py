"""A real Ardour leads and records what the player streams."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

import pytest

from tests.player.ardour import CLOCK_OUT, INPUT, MTC_OUT, ardour
from tests.player.ardour_chase import (
    LOCK_IN_S,
    SYNC_IN,
    TOLERANCE_MS,
    errors_ms,
    following,
    onsets,
    roll,
    score_of,
    stand_at_start,
    taken,
)
from tests.player.processes import OUTPUT, connect, ear, sounding
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_ON
from v2m_bridge.core.timebase import NS_PER_S

pytestmark = pytest.mark.long

_MOST_OFFSET_MS = 5.0
"""How far a whole take may lie from its plan; JACK transport shifts it by nothing."""


def _tell(source: str, errors: list[float], drifts: list[float]) -> None:
    """Show the figures where pytest is asked for them with -rP."""
    sys.stdout.write(
        f"{source}: {len(errors)} notes, {min(errors):.3f} to {max(errors):.3f} ms, drift {max(drifts):.3f} ms"
    )


@pytest.mark.parametrize("source", ["jack", "mtc", "clock"])
def test_ardour_records_two_minutes_that_follow_it_note_for_note(source: str, tmp_path: Path) -> None:
    seconds = 120
    with (
        ardour(tmp_path, follows_jack=source == "jack", mtc=source == "mtc", clock=source == "clock") as daw,
        following(source, score_of(seconds + 4)) as (child, programme),
    ):
        connect(OUTPUT, INPUT)
        if source != "jack":
            connect(MTC_OUT if source == "mtc" else CLOCK_OUT, SYNC_IN)
        daw.say("/transport_stop", 1.0)
        daw.record()
        stand_at_start(child)
        daw.say("/transport_play", 1.0)
        drifts = roll(child, seconds)
        take = taken(daw.recorded())
        stopped = child.wait_for(lambda state: not state.playing)
    errors = errors_ms(take, programme, seconds - 2)
    _tell(source, errors, drifts)
    assert len(errors) == sum(LOCK_IN_S <= at_s <= seconds - 2 for at_s, _, _ in onsets(programme))
    assert len(errors) >= 4 * (seconds - 4)
    ons = [note for note in take if note[1] & 0xF0 == NOTE_ON]
    planned = {note[1:] for note in onsets(programme)}
    assert {note[1:] for note in ons} <= planned
    assert len([note for note in ons if LOCK_IN_S - 0.1 < note[0] < seconds - 1.9]) == len(errors), "nothing besides"
    middle = median(errors)
    assert max(abs(error - middle) for error in errors) <= TOLERANCE_MS
    assert abs(middle) <= _MOST_OFFSET_MS
    assert max(drifts) < 1
    assert stopped.n_sounding == 0
    assert 2 * len(ons) == len(take), "every note that was recorded has ended"


def test_ardour_is_followed_over_osc_and_goes_where_the_panel_says(tmp_path: Path) -> None:
    with (
        ardour(tmp_path) as daw,
        ear() as listening,
        following("osc:ardour", score_of(30)) as (child, _),
    ):
        connect()
        child.wait_for(lambda state: state.sync is not None and state.sync.state != "waiting")
        daw.say("/transport_stop", 1.0)
        child.tell(say.LocateTo(10 * NS_PER_S))
        child.wait_for(lambda state: not state.playing and abs(state.at_ns - 10 * NS_PER_S) < NS_PER_S // 10)
        child.tell(say.StartRolling())
        drifts = roll(child, 15)
        listening.wait_until(lambda h: bool(sounding(h)), 5.0)
        child.tell(say.StopRolling())
        child.wait_for(lambda state: not state.playing)
        listening.wait_until(lambda h: not sounding(h), 2.0)
    _tell("osc", [0.0], drifts)
    assert max(drifts) < 20

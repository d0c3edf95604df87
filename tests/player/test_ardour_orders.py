"""Locate, loop and stop in a real Ardour, which the player follows: no note that belongs elsewhere, none that hangs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.player.ardour import MTC_OUT, Ardour, ardour
from tests.player.ardour_chase import following, onsets, score_of, stand_at_start
from tests.player.ardour_runs import Onset, Run, missing, runs_of_timecode, runs_of_transport, strays
from tests.player.jack_server import RATE
from tests.player.jack_watch import jack_watch
from tests.player.processes import INPUT, Child, Ear, Heard, connect, ear, notes, sounding
from v2m_bridge.core.programme import NOTE_ON
from v2m_bridge.core.score import Note, Part, Score

pytestmark = pytest.mark.long

_SECONDS = 30
_HUSH_S = 1.0
_BEGINS_S = 0.2
"""How exactly a run is known to begin: timecode needs two frames, and a moment to be heard."""
_TURNS_S = 0.03
_AT_LOOP_END = (NOTE_ON | 3, 54)
"""Begins at 6 s, where the loop ends."""
_PAD = NOTE_ON | 4
_PAD_S = 4.0


def _score() -> Score:
    """Return eighths that name their place, each pitch 20 s apart from its next, over a pad that holds for two bars."""
    melody = Part("melody", 4, 73, tuple(Note(480 * n, 400, 30 + n % 80, 80) for n in range(4 * _SECONDS)))
    pad = Part("pad", 5, 89, tuple(Note(7680 * n, 7680, 40 + n, 70) for n in range(_SECONDS // 4)))
    return score_of(_SECONDS, parts=(melody, pad))


def _play_locate_stop(daw: Ardour, listening: Ear) -> None:
    daw.say("/transport_play", 1.0)
    time.sleep(3)
    daw.say("/locate", 10 * RATE + 7_001, 1)
    time.sleep(2)
    daw.say("/locate", 2 * RATE, 1)
    time.sleep(2)
    _stop(daw, listening)


def _loop_stop(daw: Ardour, listening: Ear) -> None:
    daw.say("/loop_location", 4 * RATE, 6 * RATE)
    daw.say("/loop_toggle", 1.0)
    time.sleep(7)
    _stop(daw, listening)


def _stop(daw: Ardour, listening: Ear) -> None:
    """Stop while notes sound, and hear that none does any more."""
    daw.say("/transport_stop", 1.0)
    time.sleep(_HUSH_S)
    assert sounding(listening.heard()) == set()


def _ready(daw: Ardour, child: Child, listening: Ear) -> int:
    daw.say("/transport_stop", 1.0)
    daw.say("/goto_start")
    stand_at_start(child)
    return listening.now_frame()


def _check(source: str, heard: list[Heard], runs: list[Run], planned: list[Onset]) -> None:
    pads = [onset for onset in planned if onset[1] == _PAD]
    sustained = [(at_s, at_s + _PAD_S, status, key) for at_s, status, key in pads]
    wrong = strays(heard, runs, planned, sustained)
    ons = sum(status & 0xF0 == NOTE_ON for _, status, _ in notes(heard))
    sys.stdout.write(f"{source}: {len(runs)} runs, {ons} notes, {len(wrong)} strays")
    assert wrong == []
    assert [missing(heard, run, planned) for run in runs] == [[]] * len(runs)
    assert ons * 2 == len(notes(heard)), "each onset has one end"
    assert ons > 20


def test_a_locate_and_a_stop_under_jack_transport_leave_no_stray_and_no_stuck_note(tmp_path: Path) -> None:
    with (
        ardour(tmp_path, follows_jack=True) as daw,
        ear() as listening,
        jack_watch() as cycles,
        following("jack", _score()) as (child, programme),
    ):
        connect()
        begin = _ready(daw, child, listening)
        _play_locate_stop(daw, listening)
        heard = [h for h in listening.heard() if h.frame > begin]
        runs = runs_of_transport([cycle for cycle in cycles if cycle.frame > begin])
    assert [run.at_s for run in runs] == pytest.approx([0.0, 10.1, 2.0], abs=_BEGINS_S)
    _check("jack", heard, runs, onsets(programme))


def test_a_locate_a_loop_and_a_stop_under_timecode_leave_no_stray_and_no_stuck_note(tmp_path: Path) -> None:
    with (
        ardour(tmp_path, mtc=True) as daw,
        ear() as listening,
        following("mtc", _score()) as (child, programme),
    ):
        connect()
        connect(MTC_OUT, "v2m_bridge Sync:In")
        connect(MTC_OUT, INPUT)
        begin = _ready(daw, child, listening)
        _play_locate_stop(daw, listening)
        _loop_stop(daw, listening)
        heard = [h for h in listening.heard() if h.frame > begin]
        runs = runs_of_timecode(heard)
    assert [run.at_s for run in runs] == pytest.approx([0.0, 10.2, 2.0, 4.0, 4.0, 4.0, 4.0], abs=_BEGINS_S)
    _check("mtc", heard, runs, onsets(programme))
    beyond = [frame for frame, status, key in notes(heard) if (status, key) == _AT_LOOP_END and frame > runs[3].begin]
    assert [(frame - runs[4].begin) / RATE for frame in beyond] == pytest.approx([0.0], abs=_TURNS_S), "once alone"

"""A real Ardour leads and records what the player streams."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path

import mido
import pytest

from tests.player.ardour import CLOCK_OUT, INPUT, MTC_OUT, ardour
from tests.player.jack_sender import jack_sender
from tests.player.jack_server import RATE
from tests.player.processes import OUTPUT, Child, Heard, connect, ear, notes, player, sounding
from tests.scores import make_cue, make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import NS_PER_S

_SYNC_IN = "v2m_bridge Sync:In"
_FPS = Fraction(30)
_LOCK_IN_S = 1.0
"""A loop has found the source by then; what was sent before may be late."""
_MOST_SPREAD_MS = 2.0
_MOST_OFFSET_MS = 12.0
"""What Ardour records lies 5.7 ms earlier than it was sent by its own timecode or clock, each note alike."""


def _score(seconds: int) -> Score:
    frames = int(seconds * _FPS)
    cue = make_cue(out_frame=frames, rate=_FPS)
    return make_score(rate=_FPS, n_frames=frames, cues=(cue,), start="00:00:00:00")


def _taken(path: Path) -> list[tuple[float, int, int]]:
    """Seconds, status and pitch of the notes of a take; Ardour writes no tempo, so it is 120."""
    file = mido.MidiFile(path)
    at, found = 0, []
    for message in file.tracks[0]:
        at += message.time
        if message.type in ("note_on", "note_off"):
            is_on = message.type == "note_on" and message.velocity > 0
            status = (NOTE_ON if is_on else NOTE_OFF) | message.channel
            found.append((at / file.ticks_per_beat / 2, status, message.note))
    return found


def _errors_ms(taken: list[tuple[float, int, int]], programme: Programme, until_s: float) -> list[float]:
    """How far each planned onset is from the nearest of its pitch that was recorded; each must be there once."""
    planned = [
        (int(event["at_ns"]) / NS_PER_S, int(event["status"]), int(event["data1"]))
        for event in programme.events
        if int(event["status"]) & 0xF0 == NOTE_ON
    ]
    errors = []
    for at_s, status, key in planned:
        if _LOCK_IN_S <= at_s <= until_s:
            near = [t - at_s for t, s, k in taken if (s, k) == (status, key) and abs(t - at_s) < 0.45]
            assert len(near) == 1, f"{status:x} {key} at {at_s:.3f} s was recorded {len(near)} times"
            errors.append(near[0] * 1000)
    return errors


def _errors_heard_ms(heard: list[Heard], programme: Programme, zero: int) -> list[float]:
    """How far each onset that was heard is from the nearest of its pitch in the plan."""
    planned: dict[tuple[int, int], list[float]] = {}
    for event in programme.events:
        planned.setdefault((int(event["status"]), int(event["data1"])), []).append(int(event["at_ns"]) / NS_PER_S)
    return [
        min(((frame - zero) / RATE - at_s for at_s in planned[status, key]), key=abs) * 1000
        for frame, status, key in notes(heard)
        if status & 0xF0 == NOTE_ON and frame > zero + _LOCK_IN_S * RATE
    ]


def _tell(source: str, errors: list[float], drifts: list[float]) -> None:
    """Show the figures where pytest is asked for them with -rP."""
    sys.stdout.write(
        f"{source}: {len(errors)} notes, {min(errors):.3f} to {max(errors):.3f} ms, drift {max(drifts):.3f} ms"
    )


@contextmanager
def _following(source: str, seconds: int) -> Iterator[tuple[Child, Programme]]:
    """Start a player that follows Ardour and has music for so long."""
    score = _score(seconds)
    programme = programme_of(score, score.cues[0], 1)
    with player("--sink", "jack:v2m_bridge Out", "--sync", source, "--sync-start", "00:00:00:00") as child:
        child.wait_for(lambda state: not state.sinks[0].error and state.sync is not None)
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme))
        yield child, programme


def _is_past(at_ns: int, state: say.PlayerState) -> bool:
    return state.playing and state.at_ns > at_ns


def _roll(child: Child, seconds: int) -> list[float]:
    """Let it roll, and return its drift in milliseconds every second after it has locked."""
    drifts = []
    for second in range(2, seconds):
        state = child.wait_for(partial(_is_past, second * NS_PER_S))
        drifts.append(abs(state.sync.drift_ns) / 1e6 if state.sync else 0.0)
    return drifts


@pytest.mark.long
@pytest.mark.parametrize("source", ["mtc", "clock"])
def test_ardour_records_two_minutes_that_follow_its_timecode_or_clock(source: str, tmp_path: Path) -> None:
    seconds = 120
    with (
        ardour(tmp_path, mtc=source == "mtc", clock=source == "clock") as daw,
        _following(source, seconds + 4) as (child, programme),
    ):
        connect(OUTPUT, INPUT)
        connect(MTC_OUT if source == "mtc" else CLOCK_OUT, _SYNC_IN)
        daw.say("/transport_stop", 1.0)
        daw.record()
        daw.say("/transport_play", 1.0)
        drifts = _roll(child, seconds)
        taken = _taken(daw.recorded())
        stopped = child.wait_for(lambda state: not state.playing)
    errors = _errors_ms(taken, programme, seconds - 2)
    ons = sum(status & 0xF0 == NOTE_ON for _, status, _ in taken)
    _tell(source, errors, drifts)
    assert len(errors) >= 4 * (seconds - 4)
    assert max(errors) - min(errors) <= _MOST_SPREAD_MS
    assert abs(sorted(errors)[len(errors) // 2]) <= _MOST_OFFSET_MS
    assert max(drifts) < 1
    assert stopped.n_sounding == 0
    assert ons == len(taken) - ons, "every note that was recorded has ended"


@pytest.mark.long
def test_ardour_leads_jack_transport_for_two_minutes_and_every_note_is_on_its_frame(tmp_path: Path) -> None:
    seconds = 120
    with (
        ardour(tmp_path, follows_jack=True) as daw,
        ear() as listening,
        _following("jack", seconds + 4) as (child, programme),
        jack_sender() as watch,
    ):
        connect()
        daw.say("/transport_stop", 1.0)
        daw.say("/goto_start")
        daw.say("/transport_play", 1.0)
        before = listening.now_frame()
        drifts = _roll(child, seconds)
        _, position = watch.client.transport_query_struct()
        zero = watch.client.last_frame_time - position.frame
        daw.say("/transport_stop", 1.0)
        heard = listening.wait_until(lambda h: not sounding(h), 5.0)
        child.wait_for(lambda state: not state.playing)
    errors = _errors_heard_ms([h for h in heard if h.frame > before], programme, zero)
    _tell("jack", errors, drifts)
    assert len(errors) >= 4 * (seconds - 4)
    assert max(map(abs, errors)) <= 1.01 * 1000 / RATE, "one frame"


@pytest.mark.long
def test_ardour_is_followed_over_osc_and_goes_where_the_panel_says(tmp_path: Path) -> None:
    with (
        ardour(tmp_path) as daw,
        ear() as listening,
        _following("osc:ardour", 30) as (child, _),
    ):
        connect()
        child.wait_for(lambda state: state.sync is not None and state.sync.state != "waiting")
        daw.say("/transport_stop", 1.0)
        child.tell(say.LocateTo(10 * NS_PER_S))
        child.wait_for(lambda state: not state.playing and abs(state.at_ns - 10 * NS_PER_S) < NS_PER_S // 10)
        child.tell(say.StartRolling())
        drifts = _roll(child, 15)
        listening.wait_until(lambda h: bool(sounding(h)), 5.0)
        child.tell(say.StopRolling())
        child.wait_for(lambda state: not state.playing)
        listening.wait_until(lambda h: not sounding(h), 2.0)
    _tell("osc", [0.0], drifts)
    assert max(drifts) < 20

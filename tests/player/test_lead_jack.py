"""JACK transport goes where playing goes, as an independent client of the server sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.player.jack_sender import JackSender, jack_sender
from tests.player.jack_server import PERIOD, RATE, jack_server
from tests.player.processes import Child, connect, ear, notes, player
from tests.player.stage import score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_ON, programme_of
from v2m_bridge.core.timebase import NS_PER_S

_ROLLING, _STOPPED = 1, 0


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with jack_server("v2m_test_lead"):
        yield


@pytest.fixture
def onlooker() -> Iterator[JackSender]:
    with jack_sender() as sender:
        sender.client.transport_stop()
        sender.client.transport_frame = 12 * RATE
        yield sender


def _until(onlooker: JackSender, holds: Callable[[int, int], bool]) -> tuple[int, int]:
    """Wait until state and frame of the transport are as wanted."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        state, position = onlooker.client.transport_query_struct()
        if holds(state, position.frame):
            return state, position.frame
        time.sleep(0.005)
    raise AssertionError(f"the transport is {state} at frame {position.frame}")


def _zero(onlooker: JackSender) -> int:
    """The frame of the server's clock on which the transport's frame 0 lay."""
    while True:
        before = onlooker.client.last_frame_time
        _, position = onlooker.client.transport_query_struct()
        if onlooker.client.last_frame_time == before:
            return int(before - position.frame)


def _started(child: Child) -> None:
    child.wait_for(lambda state: all(not sink.error for sink in state.sinks))
    score = score_with_pad()
    child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme_of(score, score.cues[0], 1)))


def test_play_locate_loop_and_stop_move_jack_transport_to_where_the_notes_are(onlooker: JackSender) -> None:
    with ear() as listening, player("--sink", "jack:v2m_bridge Out", "--sink", "transport:v2m_bridge Lead") as child:
        _started(child)
        connect()
        _until(onlooker, lambda state, frame: (state, frame) == (_STOPPED, 0))
        child.tell(say.LocateTo(NS_PER_S))
        _until(onlooker, lambda state, frame: (state, frame) == (_STOPPED, RATE))
        child.tell(say.StartRolling())
        _until(onlooker, lambda state, frame: state == _ROLLING and frame > RATE)
        heard = listening.wait_until(lambda h: len(notes(h)) > 4)
        first_note = next(frame for frame, status, _ in notes(heard) if status & 0xF0 == NOTE_ON)
        assert abs(first_note - RATE - _zero(onlooker)) <= 2 * PERIOD, "the struck chord of one second"
        child.tell(say.LocateTo(5 * NS_PER_S))
        _until(onlooker, lambda state, frame: state == _ROLLING and 5 * RATE <= frame < 6 * RATE)
        child.tell(say.LoopBetween(6 * NS_PER_S, 6 * NS_PER_S + NS_PER_S // 2))
        _until(onlooker, lambda state, frame: frame > 6.4 * RATE)
        _until(onlooker, lambda state, frame: state == _ROLLING and 6 * RATE <= frame < 6.2 * RATE)
        child.wait_for(lambda state: state.playing and state.at_ns > 6 * NS_PER_S)
        child.tell(say.StopRolling())
        stopped = child.wait_for(lambda state: not state.playing)
        _until(onlooker, lambda state, frame: (state, frame) == (_STOPPED, round(stopped.at_ns * RATE / NS_PER_S)))


@pytest.mark.long
def test_a_panic_does_not_move_the_transport_and_a_player_that_quits_stops_it(onlooker: JackSender) -> None:
    with player("--sink", "jack:v2m_bridge Out", "--sink", "transport:v2m_bridge Lead") as child:
        _started(child)
        child.tell(say.StartRolling())
        _until(onlooker, lambda state, frame: state == _ROLLING and frame > RATE // 4)
        zero = _zero(onlooker)
        child.tell(say.EndAllNotes())
        child.run_for(0.4)
        assert _zero(onlooker) == zero
        child.tell(say.Quit())
        _until(onlooker, lambda state, _: state == _STOPPED)


@pytest.mark.long
def test_without_a_server_the_output_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "v2m_nobody")
    with player("--sink", "transport:v2m_bridge Lead") as child:
        state = child.wait_for(lambda state: bool(state.sinks[0].error))
    assert "cannot lead JACK transport" in state.sinks[0].error
    assert "leave --sync-out jack out" in state.sinks[0].error

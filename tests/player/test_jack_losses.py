"""Servers and programs that go away and come back; and system MIDI over the same server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.player.jack_server import PERIOD, RATE, jack_server
from tests.player.processes import INPUT, connect, ear, notes, player, sounding
from tests.player.stage import FakeClock, FakeSink, Listener, score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.jack_seat import load_jack
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.sinks import parse_sink
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTable, NoteTables

_NAME = "v2m_test_losses"


@pytest.fixture
def load() -> say.LoadCue:
    score = score_with_pad()
    return say.LoadCue(programme_of(score, score.cues[0], 1))


@pytest.fixture
def _server() -> Iterator[None]:
    with jack_server(_NAME):
        yield


def test_playing_outlives_the_server_and_the_port_comes_back_with_it(
    load: say.LoadCue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", _NAME)
    with player("--sink", "jack:v2m_bridge Out") as child:
        child.tell(load, say.LoopBetween(0, 8_000_000_000), say.StartRolling())
        child.wait_for(lambda state: state.playing and bool(state.sinks[0].error))
        for is_first in (True, False):
            with jack_server(_NAME), ear() as listening:
                child.wait_for(lambda state: not state.sinks[0].error)
                if is_first:
                    connect()
                listening.wait_until(lambda heard: len(notes(heard)) > 2)
            lost = child.wait_for(lambda state: bool(state.sinks[0].error))
            assert child.run_for(0.2).at_ns != lost.at_ns


def test_a_server_that_goes_in_the_middle_of_a_cycle_is_left_without_a_deadlock() -> None:
    command = [sys.executable, "-m", "tests.player.jack_slow"]
    with jack_server(_NAME):
        slow = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert slow.stdout is not None
        assert slow.stdout.readline() == "ready\n"
        time.sleep(0.5)
    try:
        rest, _ = slow.communicate(timeout=5)
    finally:
        slow.kill()
    assert rest == "closed\n"


def test_a_server_that_goes_while_the_port_is_opened_is_an_error_of_that_port_until_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jack, server = load_jack(), ExitStack()
    server.enter_context(jack_server(_NAME))
    activate = jack.Client.activate

    def activate_too_late(client: Any) -> None:
        server.close()
        activate(client)

    outlets = Outlets([parse_sink("jack:v2m_bridge Out")], NoteTables())
    with monkeypatch.context() as patch:
        patch.setattr(jack.Client, "activate", activate_too_late)
        outlets.open()
    assert "cannot open the JACK port" in outlets.states()[0].error
    with jack_server(_NAME):
        time.sleep(1.0)
        outlets.mind()
        assert not outlets.states()[0].error
        outlets.close(0)


@pytest.mark.long
def test_ports_that_jack_had_wait_for_its_server_and_take_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", _NAME)
    sinks = ["midi:v2m_bridge Out", "parts:Deep Bass", "mtc:v2m_bridge Sync Out", "clock:v2m_bridge Clock Out"]
    options = [option for sink in sinks for option in ("--sink", sink)]
    with ExitStack() as first:
        first.enter_context(jack_server(_NAME))
        with player(*options, "--sync", "clock") as child:
            child.wait_for(lambda state: not any(_warnings(state)))
            first.close()
            child.wait_for(lambda state: all("JACK has gone away" in warning for warning in _warnings(state)))
            child.wait_for(lambda state: all("cannot open the JACK port" in warning for warning in _warnings(state)))
            with jack_server(_NAME):
                child.wait_for(lambda state: not any(_warnings(state)))


def _warnings(state: say.PlayerState) -> list[str]:
    """What is wrong with each output and with the source."""
    assert state.sync is not None
    return [*(sink.error for sink in state.sinks), state.sync.warning]


def test_an_output_asks_for_jack_alone_once_jack_had_it() -> None:
    clock, asked, sinks = FakeClock(), list[str](), list[FakeSink]()

    def make(kind: str, name: str, table: NoteTable) -> Sink:
        asked.append(f"{kind} {name}")
        sinks.append(FakeSink(table, clock, 0, Listener()))
        sinks[-1].kind = "jack" if name != "c" else "rtmidi"  # type: ignore[misc]
        return sinks[-1]

    wanted = [parse_sink(text) for text in ("midi:a", "mtc:b", "midi:c", "osc:d:1")]
    outlets = Outlets(wanted, NoteTables(), monotonic=clock, make=make)
    outlets.open()
    for round_of in range(2):
        for sink in sinks[4 * round_of :]:
            sink.lost = "gone"
        outlets.mind()
        clock.now_ns += 2 * NS_PER_S
        outlets.mind()
    again = ["jack a", "jack mtc b", "midi c", "osc d:1"]
    assert asked == ["midi a", "mtc b", "midi c", "osc d:1", *again, *again]


@pytest.mark.usefixtures("_server")
def test_a_listener_that_comes_back_is_connected_again(load: say.LoadCue) -> None:
    with player("--sink", "jack:v2m_bridge Out") as child:
        child.wait_for(lambda state: not state.sinks[0].error)
        with ear():
            connect()
            child.tell(load, say.LoopBetween(0, 8_000_000_000), say.StartRolling())
            child.run_for(0.5)
        with ear() as again:
            again.wait_until(lambda heard: len(notes(heard)) > 2)
            child.tell(say.StopRolling())
            again.wait_until(lambda heard: not sounding(heard))


@pytest.mark.usefixtures("_server")
def test_system_midi_plays_over_a_virtual_port(load: say.LoadCue) -> None:
    with player("--sink", "rtmidi:v2m_bridge Out") as child, ear() as listening:
        child.wait_for(lambda state: not state.sinks[0].error)
        connect("v2m_bridge:Out", INPUT)
        child.tell(load, say.StartRolling())
        listening.wait_until(lambda heard: len(notes(heard)) > 6)
        child.tell(say.StopRolling())
        listening.wait_until(lambda heard: not sounding(heard), 1.0)


@pytest.mark.usefixtures("_server")
def test_the_ports_of_a_running_server_are_listed() -> None:
    with ear():
        command = [sys.executable, "-m", "v2m_bridge.player", "--list-ports"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    jack = json.loads(answer.stdout)["jack"]
    assert jack["running"] is True
    assert (jack["sample_rate"], jack["block_size"]) == (RATE, PERIOD)
    assert INPUT in jack["ports"]

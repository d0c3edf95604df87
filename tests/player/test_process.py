"""The player as a process: what it loads, what it answers, how it ends."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.player.processes import player
from v2m_bridge.core import playing as say
from v2m_bridge.errors import OutputError
from v2m_bridge.player.jack_peers import Peers
from v2m_bridge.player.sinks import parse_sink

_NO_SERVER = os.environ | {"JACK_DEFAULT_SERVER": "v2m_no_such_server"}


def _run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(("-c", code) if code else ("-m", "v2m_bridge.player")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_NO_SERVER, timeout=30)


def test_ports_are_listed_as_json_also_where_there_is_no_midi() -> None:
    answer = _run("--list-ports")
    assert answer.returncode == 0
    assert answer.stderr == ""
    ports = json.loads(answer.stdout)
    assert ports["jack"]["running"] is False
    assert ports["jack"]["error"]
    for system in ports["rtmidi"]["systems"]:
        assert system["available"] or system["error"]


def test_the_player_loads_neither_torch_nor_decoders_nor_qt() -> None:
    heavy = ["torch", "cv2", "av", "open_clip", "opentimelineio", "PyQt6"]
    code = (
        "import sys, v2m_bridge.player.__main__ as m; from v2m_bridge.player.sinks import preload; "
        f"preload(['midi', 'osc']); print([name for name in {heavy} if name in sys.modules])"
    )
    assert _run(code=code).stdout.strip() == "[]"


def test_only_the_libraries_of_chosen_outputs_are_loaded() -> None:
    code = (
        "import sys, v2m_bridge.player.__main__; from v2m_bridge.player.sinks import preload; preload(['osc']); "
        "print([name for name in ('jack', 'rtmidi', 'pythonosc') if name in sys.modules])"
    )
    assert _run(code=code).stdout.strip() == "['pythonosc']"


def test_without_an_engine_the_player_says_so_in_one_sentence() -> None:
    answer = _run()
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "--list-ports" in answer.stderr


@pytest.mark.parametrize("text", ["", "jack", "jack:", "tape:reel", ":x"])
def test_an_output_that_is_none_is_an_error_that_names_the_kinds(text: str) -> None:
    with pytest.raises(OutputError) as caught:
        parse_sink(text)
    assert "rtmidi" in caught.value.hint


def test_a_machine_without_midi_is_a_warning_and_playing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "v2m_no_such_server")
    with player("--sink", "jack:v2m_bridge Out") as child:
        state = child.wait_for(lambda state: bool(state.sinks[0].error))
        assert "start a JACK server" in state.sinks[0].error
        child.tell(say.StartRolling())
        child.wait_for(lambda state: state.playing and state.at_ns > 100_000_000)


def test_the_player_says_how_it_stands_ten_times_a_second() -> None:
    with player("--sink", "osc:127.0.0.1:9") as child:
        times = [child.wait_for(lambda _: True).at_mono_ns for _ in range(12)]
        gaps_ms = sorted((b - a) / 1e6 for a, b in itertools.pairwise(times))
        assert 50 < gaps_ms[len(gaps_ms) // 2] < 150


@pytest.mark.parametrize("options", [(), ("--spare",)], ids=["player", "spare"])
def test_the_player_ends_when_the_pipe_closes_or_it_is_told(options: tuple[str, ...]) -> None:
    for end in ("pipe", "signal", "word"):
        with player(*options, "--sink", "osc:127.0.0.1:9") as child:
            child.wait_for(lambda state: not state.playing)
            if end == "pipe":
                child.hang_up()
            elif end == "signal":
                child.process.send_signal(signal.SIGTERM)
            else:
                child.tell(say.Quit())
            assert child.process.wait(3) == 0


def test_a_peer_that_went_away_is_joined_again_and_one_that_was_disconnected_is_not() -> None:
    both, synth = {"daw:in", "synth:in"}, {"synth:in"}
    peers = Peers({"daw:in"})
    assert peers.look(set(), both) == {"daw:in"}, "it was connected before this player began"
    assert peers.look({"daw:in"}, both) == set()
    assert peers.look(set(), both) == set(), "disconnected, and about to go"
    assert peers.look(set(), synth) == set()
    assert peers.wanted == {"daw:in"}
    assert peers.look(set(), both) == {"daw:in"}, "it is back"
    assert peers.look({"daw:in"}, both) == set()
    assert peers.look(set(), both, {"daw:in"}) == {"daw:in"}, "it was gone and is back since we last looked"
    assert peers.look({"daw:in"}, both) == set()
    assert peers.look(set(), both) == peers.look(set(), both) == set()
    assert peers.wanted == set(), "the user disconnected it"
    assert peers.look(set(), synth) == peers.look(set(), both) == set()

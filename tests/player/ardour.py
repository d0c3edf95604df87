"""Ardour without a window on a JACK server of its own, driven over OSC; started anew where JACK drops it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from tests.player.jack_server import jack_server

INPUT = "ardour:v2m/midi_in 1"
MTC_OUT = "ardour:MTC out"
CLOCK_OUT = "ardour:MIDI Clock out"
_OSC = ("127.0.0.1", 3819)
_TRIES = 6
_START_S = 20.0
_SETTLE_S = 3.0
_LUA = Path(__file__).with_name("ardour_session.lua")
_NOTES_LUA = Path(__file__).with_name("ardour_notes.lua")
_LUA_S = 60
TEMPO_MAP = re.compile(r"<TempoMap .*?</TempoMap>", re.DOTALL)
"""What a session's file says of tempo and meter."""
TICKS_PER_QUARTER = 1920
"""As Ardour counts."""
_CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="send-mtc" value="{mtc}"/>
    <Option name="send-midi-clock" value="{clock}"/>
    <Option name="mtc-qf-speed-tolerance" value="5"/>
  </Config>
  <TransportMasters current="JACK Transport">
    <TransportMaster type="Engine" name="JACK Transport" collect="1" removeable="0"/>
    <TransportMaster type="MTC" name="MTC" collect="1" removeable="0"/>
    <TransportMaster type="LTC" name="LTC" collect="1" removeable="0"/>
    <TransportMaster type="MIDIClock" name="MIDI Clock" collect="1" removeable="0"/>
  </TransportMasters>
</Ardour>
"""


class Recorded(NamedTuple):
    """A note of a take, where Ardour has it: ticks of its own tempo map, and the samples that these are."""

    channel: int
    pitch: int
    on_tick: int
    off_tick: int
    on_sample: int
    off_sample: int


class Installed(NamedTuple):
    """The Ardour of this machine and the environment of a home folder of its own."""

    program: Path
    luasession: str
    environment: dict[str, str]

    def lua(self, script: Path, *words: str) -> str:
        """Run a script without a window, and return what it printed."""
        command = [self.luasession, str(script), *words]
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_LUA_S,
            text=True,
        )
        return done.stdout


class Ardour:
    """A running Ardour with one MIDI track."""

    def __init__(self, installed: Installed, session: Path) -> None:
        self._installed, self.session = installed, session
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def say(self, address: str, *args: float) -> None:
        """Send an order; Ardour wants a pause between two."""
        builder = OscMessageBuilder(address=address)
        for value in args:
            builder.add_arg(value, "f" if isinstance(value, float) else "i")
        self._socket.sendto(builder.build().dgram, _OSC)
        time.sleep(0.4)

    def record(self) -> None:
        """Arm the track and the session; what plays from now on is recorded."""
        self.say("/goto_start")
        self.say("/strip/recenable", 1, 1)
        self.say("/rec_enable_toggle", 1.0)

    def recorded(self) -> Path:
        """Stop, save, and return the MIDI file of the take."""
        self.say("/transport_stop", 1.0)
        time.sleep(1.0)
        self.say("/save_state")
        takes = self.session / "interchange" / self.session.name / "midifiles"
        until(lambda: any(path.stat().st_size > 0 for path in takes.glob("*.mid")), 20)
        return max(takes.glob("*.mid"), key=lambda path: path.stat().st_size)

    def notes(self) -> list[Recorded]:
        """Return the notes of the take as Ardour names them; only after it has ended."""
        said = self._installed.lua(_NOTES_LUA, str(self.session), self.session.name)
        rows = [line.split("\t")[1:] for line in said.splitlines() if line.startswith("note\t")]
        return [Recorded(*map(int, row)) for row in rows]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds; False where it never did."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


@contextmanager
def ardour(
    folder: Path, *, follows_jack: bool = False, mtc: bool = False, clock: bool = False, tempo_map: str = ""
) -> Iterator[Ardour]:
    """Start a JACK server and Ardour on it; both again where the server drops Ardour, as it does now and then.

    Ardour's outputs stay unconnected: with the latency of an output 7.3 never ends a take that JACK transport leads,
    and moves every other take ahead by it.
    """
    installed = _install(folder, mtc=mtc, clock=clock)
    session = _new_session(installed, folder / "take", follows_jack=follows_jack, tempo_map=tempo_map)
    for attempt in range(_TRIES):
        with ExitStack() as stack:
            stack.enter_context(jack_server(f"v2m_test_ardour{attempt}"))
            command = [str(installed.program), "--no-connect-ports", "-c", "ardour", str(session), session.name]
            env = installed.environment | {"JACK_DEFAULT_SERVER": os.environ["JACK_DEFAULT_SERVER"]}
            log = stack.enter_context((folder / f"ardour{attempt}.log").open("wb"))
            process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            stack.callback(_end, process)
            if until(_has_port, _START_S) and not until(lambda: not _has_port(), _SETTLE_S):
                running = Ardour(installed, session)
                stack.callback(running.close)
                yield running
                return
    pytest.fail(f"Ardour was dropped by JACK {_TRIES} times")


def _install(folder: Path, *, mtc: bool, clock: bool) -> Installed:
    program = next(iter(sorted(Path("/usr/lib").glob("ardour*/hardour-*"))), None)
    luasession = next((path for n in (7, 8, 6) if (path := shutil.which(f"ardour{n}-lua"))), None)
    if program is None or luasession is None:
        pytest.skip("Ardour is not installed; apt-get install ardour")
    home = folder / "home"
    config = home / ".config" / program.parent.name / "config"
    config.parent.mkdir(parents=True)
    config.write_text(_CONFIG.format(mtc=int(mtc), clock=int(clock)))
    environment = os.environ | {
        "HOME": str(home),
        "ARDOUR_DATA_PATH": f"/usr/share/{program.parent.name}",
        "ARDOUR_CONFIG_PATH": f"/etc/{program.parent.name}",
        "ARDOUR_DLL_PATH": str(program.parent),
        "LD_LIBRARY_PATH": str(program.parent),
    }
    environment.pop("XDG_CONFIG_HOME", None)
    return Installed(program, luasession, environment)


def _new_session(installed: Installed, session: Path, *, follows_jack: bool, tempo_map: str) -> Path:
    """Make a session that takes orders over OSC; a tempo map is the element of another session's file."""
    installed.lua(_LUA, str(session), session.name, "external" if follows_jack else "alone")
    state = session / f"{session.name}.ardour"
    off = 'name="Open Sound Control (OSC)" active="0"'
    text = state.read_text().replace(off, off.replace('"0"', '"1"'))
    if tempo_map:
        text, n_maps = TEMPO_MAP.subn(lambda _: tempo_map, text)
        assert n_maps == 1
    state.write_text(text)
    return session


def _has_port() -> bool:
    return INPUT in subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False, timeout=10).stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)

"""The real player process, its spare and a real listener, driven the way the engine drives them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Listener
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, NamedTuple

from v2m_bridge.core import playing as say
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON

INPUT = "v2m_listener:in"
OUTPUT = "v2m_bridge:Out"
_PATIENCE_S = 10.0


class Heard(NamedTuple):
    """A MIDI message and the absolute JACK frame on which it arrived."""

    frame: int
    message: bytes


class Child:
    """A player process and our end of its pipe."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: Connection) -> None:
        self.process, self._pipe = process, pipe
        self.last: say.PlayerState | None = None

    def tell(self, *messages: say.ToPlayer) -> None:
        """Send messages."""
        for message in messages:
            self._pipe.send_bytes(encode(message))

    def wait_for(self, holds: Callable[[say.PlayerState], bool]) -> say.PlayerState:
        """Read states until one is as wanted."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if self._pipe.poll(0.05):
                self.last = decode(self._pipe.recv_bytes(), say.PlayerState)
                if holds(self.last):
                    return self.last
        raise AssertionError(f"the player never said so; last: {self.last}")

    def run_for(self, seconds: float) -> say.PlayerState:
        """Let it play until its own clock has moved on by so much, and return its last state."""
        first = self.wait_for(lambda state: state.playing)
        return self.wait_for(lambda state: state.at_mono_ns >= first.at_mono_ns + seconds * 1e9)

    def hang_up(self) -> None:
        """Close the pipe."""
        self._pipe.close()


class Ear:
    """The listening process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def heard(self) -> list[Heard]:
        """Everything that arrived so far."""
        return [Heard(frame, bytes.fromhex(data)) for frame, data in self._ask()[1]]

    def now_frame(self) -> int:
        """The present JACK frame."""
        return int(self._ask()[0])

    def _ask(self) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def wait_until(self, holds: Callable[[list[Heard]], bool], within_s: float = _PATIENCE_S) -> list[Heard]:
        """Ask until what arrived is as wanted."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if holds(heard := self.heard()):
                return heard
            time.sleep(0.01)
        raise AssertionError(f"not heard within {within_s:g} s; still sounding: {sounding(self.heard())}")


def notes(heard: list[Heard]) -> list[tuple[int, int, int]]:
    """Frame, status and key of the note messages."""
    return [(h.frame, h.message[0], h.message[1]) for h in heard if h.message[0] & 0xF0 in (NOTE_ON, NOTE_OFF)]


def sounding(heard: list[Heard]) -> set[tuple[int, int]]:
    """Channel and key of what still sounds."""
    keys: set[tuple[int, int]] = set()
    for _, message in heard:
        key = (message[0] & 0x0F, message[1])
        if message[0] & 0xF0 == NOTE_ON:
            keys.add(key)
        elif message[0] & 0xF0 == NOTE_OFF:
            keys.discard(key)
    return keys


@contextmanager
def note_table() -> Iterator[str]:
    """Shared memory for the table of sounding notes, as the engine makes it."""
    memory = SharedMemory(create=True, size=say.NOTE_TABLE_BYTES)
    try:
        yield memory.name
    finally:
        memory.close()
        memory.unlink()


@contextmanager
def player(*options: str, table: str = "") -> Iterator[Child]:
    """Start the player as a child and end it."""
    key = secrets.token_bytes(16)
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "player")
        with Listener(address, "AF_UNIX", authkey=key) as listener:
            environment = os.environ | {
                say.ADDRESS_VARIABLE: address,
                say.KEY_VARIABLE: key.hex(),
                say.TABLE_VARIABLE: table,
            }
            process = subprocess.Popen(
                [sys.executable, "-m", "v2m_bridge.player", *options], env=environment, stdin=subprocess.DEVNULL
            )
            child = Child(process, listener.accept())
    try:
        yield child
    finally:
        child.hang_up()
        try:
            process.wait(5)
        finally:
            process.kill()
            process.wait(5)


@contextmanager
def ear() -> Iterator[Ear]:
    """Start the listening process."""
    command = [sys.executable, "-m", "tests.player.jack_receiver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield Ear(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(5)


def connect(output: str = OUTPUT, target: str = INPUT) -> None:
    """Connect two JACK ports, once both are there."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        done = subprocess.run(["jack_connect", output, target], capture_output=True, check=False, timeout=10)
        if done.returncode == 0:
            return
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.02)

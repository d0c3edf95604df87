"""The last part of ``make demo``: the engine plays ten seconds of the edit, another process hears them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from v2m_bridge.bridge import Bridge
from v2m_bridge.core.commands import OpenTimeline, Play, Stop
from v2m_bridge.core.snapshot import Snapshot

SECONDS: Final = 10.0
SERVER: Final = "v2m_demo"
HERE: Final = Path(__file__).resolve().parent


def stream(edit: Path, session: Path, console: Console) -> bool:
    """Play ten seconds into a real MIDI port and OSC, and print what a second process heard; False where notes hang."""
    shutil.rmtree(session, ignore_errors=True)
    with midi_system(console) as system:
        if system is None:
            console.print("No MIDI system and no JACK here: the streaming part is left out (apt install jackd2).")
            return True
        with listener(system) as (process, port):
            options = ["--osc-in", "127.0.0.1:0", "--osc-out", f"127.0.0.1:{port}"]
            with Bridge(session, options) as bridge:
                _play(bridge, edit, system, console)
            heard, _ = process.communicate(timeout=20)
    return _show(json.loads(heard.splitlines()[-1]), console)


@contextmanager
def midi_system(console: Console) -> Iterator[str | None]:
    """Yield how notes are heard here: ``rtmidi`` by CoreMIDI or ALSA, ``jack`` by a server of our own, or None."""
    if sys.platform == "darwin" or Path("/dev/snd/seq").exists():
        yield "rtmidi"
        return
    if shutil.which("jackd") is None:
        yield None
        return
    command = ["jackd", "-R", "-S", "-n", SERVER, "-p", "256", "-d", "dummy", "-r", "48000", "-p", "256"]
    console.print("No ALSA here: starting a JACK server of our own.")
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ["JACK_DEFAULT_SERVER"] = SERVER
    try:
        deadline = time.monotonic() + 15
        while server.poll() is None and time.monotonic() < deadline:
            if subprocess.run(["jack_lsp"], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        yield "jack" if server.poll() is None else None
    finally:
        server.terminate()
        server.wait(5)


@contextmanager
def listener(system: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the listening process; yields it and its OSC port."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "demo_listener.py"), system],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, int(process.stdout.readline() if process.stdout else 0)
    finally:
        process.kill()
        process.wait(5)


def _play(bridge: Bridge, edit: Path, system: str, console: Console) -> None:
    bridge.do(OpenTimeline(str(edit)))
    with console.status("The engine composes the edit ..."):
        bridge.wait(lambda shown: bool(shown.cues) and shown.busy is None, timeout_s=180)
    if system == "jack":
        subprocess.run(["jack_connect", "v2m_bridge:Out", "v2m_demo_listener:in"], check=True, capture_output=True)
    bridge.do(Play())
    with console.status(f"Playing {SECONDS:.0f} seconds ..."):
        bridge.wait(lambda shown: _at_s(shown) >= SECONDS, timeout_s=60)
    bridge.do(Stop())
    time.sleep(0.5)


def _at_s(shown: Snapshot) -> float:
    return shown.player.at_ns / 1e9 if shown.player else 0.0


def _show(heard: dict[str, list[Any]], console: Console) -> bool:
    messages = [bytes.fromhex(data) for _, data in heard["midi"]]
    sounding: set[tuple[int, int]] = set()
    counts: Counter[str] = Counter()
    for message in messages:
        kind, key = message[0] & 0xF0, (message[0] & 0x0F, message[1])
        if kind == 0x90 and message[2]:
            sounding.add(key)
            counts["note on"] += 1
        elif kind in (0x80, 0x90):
            sounding.discard(key)
            counts["note off"] += 1
        else:
            counts["controller and other"] += 1
    counts.update(address for address, _ in heard["osc"])
    table = Table(title="Heard by another process in ten seconds", title_justify="left")
    table.add_column("Message", no_wrap=True)
    table.add_column("Count", justify="right")
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    console.print(table)
    chords = " ".join(str(args[3]) for address, args in heard["osc"] if address == "/v2m/chord")
    console.print(f"Chords as heard over OSC: {chords}")
    console.print(f"Notes left sounding: {len(sounding)}")
    return counts["note on"] > 0 and not sounding

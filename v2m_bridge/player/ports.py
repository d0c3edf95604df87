"""Which MIDI systems and ports this machine has."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from v2m_bridge.errors import OutputError
from v2m_bridge.player.jack_seat import is_server_there, load_jack
from v2m_bridge.player.sinks.rtmidi_sink import load_rtmidi


def is_jack_running() -> bool:
    """Whether a JACK server answers; False also where JACK is not installed."""
    with contextlib.suppress(OutputError):
        return is_server_there(load_jack())
    return False


def list_ports() -> dict[str, Any]:
    """Return every MIDI system with its input ports (what we can send to); a system that is absent says why."""
    with _silent_stderr():
        return {"jack": _jack_ports(), "rtmidi": _rtmidi_ports()}


def _jack_ports() -> dict[str, Any]:
    try:
        jack = load_jack()
    except OutputError as exc:
        return {"installed": False, "running": False, "ports": [], "error": exc.sentence()}
    try:
        with jack.Client("v2m_probe", no_start_server=True) as client:
            names = sorted(str(port.name) for port in client.get_ports(is_midi=True, is_input=True))
            rates = {"sample_rate": int(client.samplerate), "block_size": int(client.blocksize)}
    except jack.JackError:
        return {"installed": True, "running": False, "ports": [], "error": "no JACK server runs; start jackd"}
    return {"installed": True, "running": True, "ports": names, "error": "", **rates}


def _rtmidi_ports() -> dict[str, Any]:
    try:
        rtmidi = load_rtmidi()
    except OutputError as exc:
        return {"installed": False, "systems": [], "error": exc.sentence()}
    return {"installed": True, "systems": [_system(rtmidi, api) for api in rtmidi.get_compiled_api()], "error": ""}


def _system(rtmidi: Any, api: int) -> dict[str, Any]:
    name = str(rtmidi.get_api_display_name(api))
    makes_ports = api != rtmidi.API_WINDOWS_MM
    try:
        out = rtmidi.MidiOut(api, name="v2m_probe")
        ports = [str(port) for port in out.get_ports()]
        out.delete()
    except (OSError, RuntimeError, rtmidi.RtMidiError) as exc:
        return {"name": name, "available": False, "makes_ports": False, "ports": [], "error": str(exc)}
    return {"name": name, "available": True, "makes_ports": makes_ports, "ports": ports, "error": ""}


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep the chatter of C libraries away: the answer is on stdout."""
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  a device, not a file
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)

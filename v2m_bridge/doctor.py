"""What this machine has and lacks, and the command that fixes it."""

from __future__ import annotations

import ctypes.util
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from v2m_bridge.core.sound_fonts import installed_sound_font
from v2m_bridge.errors import SettingsError

_INSTALL_AGAIN: Final = "Install v2m_bridge again: pip install --force-reinstall v2m_bridge"
_LIST_LIMIT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty where nothing need be done."""

    what: str
    state: str
    remedy: str = ""
    is_needed: bool = True

    @property
    def is_fine(self) -> bool:
        """Whether everything works as it stands."""
        return not (self.remedy and self.is_needed)


@dataclass(frozen=True, slots=True)
class MidiSystem:
    """A MIDI system, its ports that can be sent to, and why it cannot be used where it cannot."""

    name: str
    ports: tuple[str, ...]
    error: str


def findings() -> Iterator[Finding]:
    """Yield what was found, one line for each part that can be missing."""
    yield _weights()
    yield _sound()
    yield _sound_font()
    yield from _midi()
    yield _graphics()


def _weights() -> Finding:
    folder = files("v2m_bridge.model") / "starter"
    if (folder / "chords.safetensors").is_file() and (folder / "dynamics.safetensors").is_file():
        return Finding("Starter weights", "present")
    return Finding("Starter weights", "missing", _INSTALL_AGAIN)


def _sound() -> Finding:
    if ctypes.util.find_library("fluidsynth"):
        return Finding("FluidSynth", "present")
    remedies = {"darwin": "brew install fluid-synth", "win32": "choco install fluidsynth"}
    return Finding("FluidSynth (v2m render)", "missing", remedies.get(sys.platform, "apt install libfluidsynth3"))


def _sound_font() -> Finding:
    installed = installed_sound_font()
    if installed is not None:
        return Finding("SoundFont", installed.title)
    return Finding("SoundFont", "the small one of pretty_midi", "v2m doctor --fetch-sound", is_needed=False)


def _midi() -> Iterator[Finding]:
    try:
        systems = midi_systems()
    except SettingsError as exc:
        yield Finding("MIDI", str(exc), exc.hint)
        return
    ready = [system.name for system in systems if not system.error]
    if ready:
        yield Finding("MIDI", ", ".join(ready))
        return
    remedy = "Create a port with loopMIDI" if sys.platform == "win32" else "Start JACK, or: apt install jackd2"
    yield Finding("MIDI", "no system answers; OSC works", remedy, is_needed=False)


def midi_systems() -> tuple[MidiSystem, ...]:
    """Ask the player which MIDI systems there are.

    Raises
    ------
    SettingsError
        When it cannot say.
    """
    command = [sys.executable, "-P", "-m", "v2m_bridge.player", "--list-ports"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_LIST_LIMIT_S)  # noqa: S603 our own
        listed = json.loads(done.stdout)
        jack = listed["jack"]
        others = listed["rtmidi"]["systems"]
        return (
            MidiSystem("JACK", tuple(jack["ports"]), jack["error"]),
            *(MidiSystem(f"rtmidi: {other['name']}", tuple(other["ports"]), other["error"]) for other in others),
        )
    except subprocess.TimeoutExpired as exc:
        raise SettingsError("a MIDI system does not answer", hint="Restart the JACK or ALSA server.") from exc
    except (OSError, ValueError, LookupError, TypeError) as exc:
        raise SettingsError("the MIDI systems cannot be listed", hint=_INSTALL_AGAIN) from exc


def _graphics() -> Finding:
    if importlib.util.find_spec("PyQt6") is not None:
        return Finding("Panel (PyQt6)", "present")
    return Finding("Panel (PyQt6)", "missing", "pip install PyQt6")

"""A real Ardour on a virtual screen: it imports a MIDI file with its tempo map and tells what it has then."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from defusedxml.ElementTree import parse

from tests.footage import ROOT

CANNOT_INSTALL: Final = 3
SAMPLE_RATE: Final = 48_000
TICKS_PER_QUARTER: Final = 1920
"""As Ardour counts."""
_PATIENCE_S: Final = 120
_FROM_OUR_PYTHON: Final = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH", "PYTHONPATH")
_NEW_SESSION: Final = """
AudioEngine:set_backend("None (Dummy)", "", "")
local session = create_session(arg[1], arg[2], 48000)
session:save_state("", false, false, false, false, false)
close_session()
quit()
"""
_IMPORT: Final = """
local begun = false
local function ticks_of(beats)
  local low, high = 0, 1 << 30
  while low < high do
    local middle = (low + high) // 2
    if Temporal.Beats(middle // 1920, middle % 1920) < beats then low = middle + 1 else high = middle end
  end
  return low
end
local function sample(ticks) return Temporal.timepos_t.from_ticks(ticks):samples() end
local function tell_notes(out, track)
  for region in track:playlist():region_list():iter() do
    local model = region:to_midiregion():midi_source(0):model()
    for note in ARDOUR.LuaAPI.note_list(model):iter() do
      local on = ticks_of(note:time())
      local off = on + ticks_of(note:length())
      local row = {{track:name(), note:channel(), note:note(), note:velocity(), on, off, sample(on), sample(off)}}
      out:write(table.concat(row, "\\t"), "\\n")
    end
  end
end
local function import(out)
  local files = C.StringVector()
  files:push_back("{file}")
  Editor:do_import(files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
    ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoUse,
    Temporal.timepos_t(0), ARDOUR.PluginInfo(), ARDOUR.Track(), false)
  for route in Session:get_routes():iter() do
    local track = route:to_track()
    if not track:isnil() then tell_notes(out, track) end
  end
  Session:save_state("", false, false, false, false, false)
end
return function ()
  if begun then return end
  begun = true
  local out = io.open("{said}.part", "w")
  local ok, why = pcall(import, out)
  if not ok then out:write("failed: " .. tostring(why)) end
  out:close()
  os.rename("{said}.part", "{said}")
end
"""


class Heard(NamedTuple):
    """A note as Ardour has it; ticks are Ardour's, samples where it plays it."""

    track: str
    channel: int
    pitch: int
    velocity: int
    on_tick: int
    off_tick: int
    on_sample: int
    off_sample: int


class TempoPoint(NamedTuple):
    """A tempo of Ardour's map."""

    tick: int
    at_s: Fraction
    quarters_per_minute: float


class MeterPoint(NamedTuple):
    """A meter of Ardour's map."""

    tick: int
    at_s: Fraction
    beats: int
    unit: int


@dataclass(frozen=True)
class Imported:
    """What Ardour has after the import: what its session file says of time, and the notes it names itself."""

    tempi: list[TempoPoint]
    meters: list[MeterPoint]
    notes: list[Heard]


class Ardour:
    """The Ardour of this machine, with a home folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        libraries = sorted(path for path in Path("/usr/lib").glob("ardour[0-9]*") if path.is_dir())
        self.library = libraries[-1]
        (self.program,) = self.library.glob("ardour-[0-9]*")
        self.config = folder / "home" / ".config" / self.library.name
        self.config.mkdir(parents=True)
        self._only_the_silent_engine()

    def imports(self, file: Path) -> Imported:
        """Import a MIDI file with its tempo map into a new session."""
        session = self.folder / file.stem
        self._lua(session)
        said = self.folder / f"{file.stem}.txt"
        self._hook(_IMPORT.format(said=said, file=file))
        self._run_until(session / "peer.ardour", said)
        text = said.read_text(encoding="utf-8")
        assert "failed: " not in text, text
        return _imported(session / "peer.ardour", text)

    def _only_the_silent_engine(self) -> None:
        """Leave Ardour one audio engine to choose from, and let it start that without asking."""
        (self.folder / "dll" / "backends").mkdir(parents=True)
        for path in self.library.iterdir():
            if path.name != "backends" and path.is_dir():
                (self.folder / "dll" / path.name).symlink_to(path)
        (engine,) = (self.library / "backends").glob("libdummy*")
        (self.folder / "dll" / "backends" / engine.name).symlink_to(engine)
        options = '<Option name="hide-dummy-backend" value="0"/><Option name="try-autostart-engine" value="1"/>'
        (self.config / "config").write_text(f"<Ardour><Config>{options}</Config></Ardour>", encoding="utf-8")
        (self.config / f".a{self.library.name.removeprefix('ardour')}").touch()  # no first-start wizard

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if name not in _FROM_OUR_PYTHON}
        version = self.library.name
        return clean | {
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "LD_LIBRARY_PATH": str(self.library),
            "GTK_PATH": f"/etc/{version}:{self.library}",
            "ARDOUR_DATA_PATH": f"/usr/share/{version}",
            "ARDOUR_CONFIG_PATH": f"/etc/{version}",
            "ARDOUR_DLL_PATH": str(self.folder / "dll"),
        }

    def _lua(self, session: Path) -> None:
        script = self.folder / "new.lua"
        script.write_text(_NEW_SESSION, encoding="utf-8")
        subprocess.run(
            [str(self.library / "luasession"), str(script), str(session), "peer"],
            check=True,
            capture_output=True,
            timeout=_PATIENCE_S,
            env=self._environment(),
        )

    def _hook(self, function: str) -> None:
        """Let Ardour run a Lua function as soon as a session is open, on whatever it says first."""
        text = function.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        state = f's = {{}} s["n"] = "import" s["s"] = "" s["f"] = "{text}" s["a"] = {{}}'
        content = base64.b64encode(state.encode()).decode()
        callback = f'<LuaCallback lua="Lua 5.3" id="9000" name="import" signals="{"1" * 64}">{content}</LuaCallback>'
        xml = f'<?xml version="1.0"?><UIScripts><ActionHooks>{callback}</ActionHooks></UIScripts>'
        (self.config / "ui_scripts").write_text(xml, encoding="utf-8")

    def _run_until(self, session: Path, said: Path) -> None:
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1600x900x24"]
        command = [*screen, str(self.program), "--no-splash", "--no-announcements", str(session)]
        with (self.folder / "ardour.log").open("wb") as log:
            run = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment(), start_new_session=True)
            try:
                until_s = time.monotonic() + _PATIENCE_S
                while not said.exists() and run.poll() is None and time.monotonic() < until_s:
                    time.sleep(0.2)
            finally:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
        assert said.exists(), (self.folder / "ardour.log").read_text(errors="replace")[-3000:]


def ardour_in(folder: Path) -> Ardour:
    """Return the Ardour of this machine, installed where it is missing."""
    made = subprocess.run([str(ROOT / ".ci" / "ardour.sh")], check=False, capture_output=True, text=True)
    if made.returncode == CANNOT_INSTALL:
        pytest.skip(f"Ardour is not here: {made.stderr.strip()}")
    assert made.returncode == 0, f"Ardour could not be installed: {made.stderr[-2000:]}"
    return Ardour(folder)


def _imported(session: Path, said: str) -> Imported:
    root = parse(session).getroot()
    time_map = root.find("TempoMap")
    per_second = int(time_map.get("superclocks-per-second"))

    def place(element: Any) -> tuple[int, Fraction]:
        quarters, ticks = element.get("quarters").split(":")
        return int(quarters) * TICKS_PER_QUARTER + int(ticks), Fraction(int(element.get("sclock")), per_second)

    return Imported(
        [TempoPoint(*place(tempo), float(tempo.get("npm"))) for tempo in time_map.iter("Tempo")],
        [
            MeterPoint(*place(meter), int(meter.get("divisions-per-bar")), int(meter.get("note-value")))
            for meter in time_map.iter("Meter")
        ],
        [Heard(name, *map(int, numbers)) for name, *numbers in (line.split("\t") for line in said.splitlines())],
    )

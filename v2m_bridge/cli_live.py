"""`v2m run`, `v2m ports` and `v2m doctor`."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge.bridge import Bridge
from v2m_bridge.cli_edit import (
    GuideOpt,
    GuideStartOpt,
    MediaOpt,
    PartsOpt,
    RateOpt,
    folders_of,
    guide_of,
    routing_of,
)
from v2m_bridge.core.commands import Follow, OpenTimeline
from v2m_bridge.core.conversation import Endpoint
from v2m_bridge.core.output_shift import split_shift
from v2m_bridge.core.rate_text import rate_of
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.sync_choice import (
    DEFAULT_FREEWHEEL_FRAMES,
    INTERNAL,
    check_freewheel,
    check_leading,
    check_start,
    parse_sync,
)
from v2m_bridge.doctor import findings, midi_systems
from v2m_bridge.errors import SettingsError
from v2m_bridge.fetch_sound import fetch_sound as fetch_sound_font
from v2m_bridge.settings import default_session

MidiOpt = Annotated[
    list[str] | None,
    typer.Option("--midi-port", help="Virtual MIDI port, NAME[@-12ms]; repeatable."),
]
OscOutOpt = Annotated[list[str] | None, typer.Option("--osc-out", help="[due:]HOST:PORT that hears of it; repeatable.")]
OscInOpt = Annotated[str | None, typer.Option("--osc-in", help="[HOST:]PORT that takes commands.")]
SyncOpt = Annotated[
    str, typer.Option("--sync", help="What leads: internal, mtc, clock, jack, link or osc[:reaper|ardour|live|plugin].")
]
SyncOutOpt = Annotated[
    list[str] | None, typer.Option("--sync-out", help="Lead others: mtc, clock, jack or link; repeatable.")
]
SyncPortOpt = Annotated[int | None, typer.Option("--sync-port", help="UDP port that --sync osc listens on.")]
SyncStartOpt = Annotated[
    str | None, typer.Option("--sync-start", help="Timecode of the DAW at the first frame of the edit.")
]
FreewheelOpt = Annotated[
    int, typer.Option("--sync-freewheel", help="Frames that playing goes on for when the sync is lost.")
]
AnnounceOpt = Annotated[
    bool, typer.Option("--announce", help="Announce the port of --osc-in in the local network (zeroconf).")
]
AllowOpt = Annotated[list[str] | None, typer.Option("--osc-allow", help="Only this sender may command; repeatable.")]
_TAKEN_AT_START: Final = ("--media", "--rate", "--guide", "--parts", "--announce")


def run(
    edit: Annotated[Path | None, typer.Argument(metavar="[INPUT]", help="A timeline or a video to open.")] = None,
    watch: Annotated[Path | None, typer.Option("--watch", help="Folder whose newest export is opened.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Without the panel.")] = False,
    session: Annotated[Path | None, typer.Option("--session", help="Session folder; $V2M_SESSION by default.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Apply new music by itself.")] = False,
    media: MediaOpt = None,
    rate: RateOpt = None,
    guide: GuideOpt = None,
    guide_start: GuideStartOpt = None,
    midi_port: MidiOpt = None,
    osc_out: OscOutOpt = None,
    osc_in: OscInOpt = None,
    osc_allow: AllowOpt = None,
    announce: AnnounceOpt = False,
    sync: SyncOpt = INTERNAL,
    sync_out: SyncOutOpt = None,
    sync_port: SyncPortOpt = None,
    sync_start: SyncStartOpt = None,
    sync_freewheel: FreewheelOpt = DEFAULT_FREEWHEEL_FRAMES,
    parts: PartsOpt = None,
) -> None:
    """Run the engine: watch an edit, compose it, and play it into MIDI and OSC until Ctrl-C."""
    folder = (session or default_session()).absolute()
    if edit is not None and watch is not None:
        raise SettingsError("both an edit and a folder to watch are given", hint="Leave one of them out.")
    edit = edit or watch
    if edit is not None and not edit.exists():
        raise SettingsError(f"there is no {edit}", hint="Name a timeline export, a video or a folder.")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _end(ended))
    options = [
        *_engine_options(midi_port, osc_out, osc_in, osc_allow),
        *(["--announce", "yes"] if announce else []),
        *_edit_options(media, rate),
        *_guide_options(guide, guide_start),
        *_sync_options(sync, sync_port, sync_start, sync_freewheel),
        *_sync_out_options(sync, sync_out or []),
    ]
    if parts is not None:
        routing_of(parts)
        options += ["--parts", str(parts.absolute())]
    try:
        _run(folder, edit, options, ended, headless=headless, follow=follow)
    except SettingsError:
        if not ended.is_set():  # Ctrl-C reaches the engine as well, and may find it starting
            raise


def _run(
    folder: Path, edit: Path | None, options: list[str], ended: threading.Event, *, headless: bool, follow: bool
) -> None:
    changed = threading.Event()
    with Bridge(folder, options, on_change=changed.set) as bridge:
        endpoint = bridge.endpoint
        if endpoint is None:
            raise SettingsError("the engine ended at once", hint="Run v2m doctor.")
        if not bridge.owns_engine:
            _same_ports(endpoint, options)
        typer.echo(f"session {folder}\nOSC in {endpoint.osc_in}, OSC out {', '.join(endpoint.osc_out)}")
        if follow:
            bridge.do(Follow(True))
        if edit is not None:
            bridge.do(OpenTimeline(str(edit.absolute())))
        panel = None if headless else subprocess.Popen([sys.executable, "-m", "ui.app", "--session", str(folder)])  # noqa: S603 our own module
        try:
            _tell_changes(bridge, changed, ended)
        finally:
            if panel is not None:
                _end_panel(panel)


def _end(ended: threading.Event, _frame: FrameType | None = None) -> None:
    ended.set()


def _end_panel(panel: subprocess.Popen[bytes]) -> None:
    panel.terminate()
    try:
        panel.wait(timeout=5)
    except subprocess.TimeoutExpired:
        panel.kill()
        panel.wait()


def _tell_changes(bridge: Bridge, changed: threading.Event, ended: threading.Event) -> None:
    """Print one line for each thing worth knowing until told to end."""
    told: dict[str, str] = {}
    while not ended.is_set() and not bridge.lost:
        changed.wait(0.2)
        changed.clear()
        for what, line in _lines(bridge.latest()).items():
            if line and told.get(what) != line:
                typer.echo(line)
            told[what] = line
    if bridge.lost and not ended.is_set():
        time.sleep(0.1)
        raise SettingsError("the engine ended unexpectedly", hint="Start it again: the session is as it was.")


def _lines(snapshot: Snapshot) -> dict[str, str]:
    staged = [cue.number for cue in snapshot.cues if cue.is_staged]
    player = snapshot.player
    sinks = player.sinks if player else ()
    sync = player.sync if player else None
    return {
        "cues": ", ".join(f"{c.number} {c.key} {c.bpm:.2f} bpm" for c in snapshot.cues)
        and f"{snapshot.name}: " + ", ".join(f"{c.number} {c.key} {c.bpm:.2f} bpm" for c in snapshot.cues),
        "staged": f"staged: {', '.join(staged)}" if staged else "",
        "moved": ", ".join(f"{c.number} is handed over and has {c.moved_text}" for c in snapshot.cues if c.moved_text),
        "transport": ("playing" if player.playing else "stopped") if player else "",
        "sync": f"sync {sync.source}: {sync.state}" + (f"; {sync.warning}" if sync.warning else "") if sync else "",
        "error": f"error: {snapshot.errors[-1]}" if snapshot.errors else "",
        "warnings": "; ".join(snapshot.warnings),
        **{f"sink {sink.name}": f"warning: {sink.error}" if sink.error else "" for sink in sinks},
    }


def _engine_options(
    midi_port: list[str] | None, osc_out: list[str] | None, osc_in: str | None, osc_allow: list[str] | None
) -> list[str]:
    options: list[str] = []
    for output in [*(midi_port or []), *(osc_out or [])]:
        split_shift(output)
    for name, values in (("--midi-port", midi_port), ("--osc-out", osc_out), ("--osc-allow", osc_allow)):
        for value in values or []:
            options += [name, value]
    return [*options, "--osc-in", osc_in] if osc_in else options


def _sync_options(sync: str, port: int | None, start: str | None, freewheel: int) -> list[str]:
    choice = parse_sync(sync)
    if port is not None and (choice is None or choice.kind != "osc" or not 0 < port < 65536):
        raise SettingsError(f"--sync-port {port} is no port of --sync osc", hint="Give it with --sync osc:reaper.")
    if start:
        check_start(start)
    if choice is None:
        return []
    words = ["--sync", str(choice), "--sync-freewheel", str(check_freewheel(freewheel))]
    return [*words, *(["--sync-port", str(port)] if port else []), *(["--sync-start", start] if start else [])]


def _sync_out_options(sync: str, kinds: list[str]) -> list[str]:
    check_leading(parse_sync(sync), kinds)
    return [word for kind in kinds for word in ("--sync-out", kind)]


def _edit_options(media: list[Path] | None, rate: str | None) -> list[str]:
    rate_of(rate)
    words = [word for folder in folders_of(media) for word in ("--media", str(folder.absolute()))]
    return [*words, *(["--rate", rate] if rate else [])]


def _guide_options(guide: Path | None, guide_start: str | None) -> list[str]:
    path, start = guide_of(guide, guide_start)
    if guide is not None and not guide.is_file():
        raise SettingsError(f"there is no guide movie {guide}", hint="Name the movie of this edit with --guide.")
    return [word for name, value in (("--guide", path), ("--guide-start", start)) if value for word in (name, value)]


def _same_ports(endpoint: Endpoint, options: list[str]) -> None:
    """Refuse to attach to a running engine with other ports than it has."""
    wanted: dict[str, list[str]] = {}
    for name, value in zip(options[::2], options[1::2], strict=True):
        wanted.setdefault(name, []).append(value)
    if taken := next((name for name in _TAKEN_AT_START if name in wanted), ""):
        raise SettingsError(
            f"an engine already runs for this session, and {taken} is taken when an engine starts",
            hint="End it and start again, or choose another folder with --session.",
        )
    midi, out, osc_in, sync = (wanted.get(name, []) for name in ("--midi-port", "--osc-out", "--osc-in", "--sync"))
    other = (
        (midi and tuple(midi) != endpoint.midi_ports)
        or (out and tuple(out) != endpoint.osc_out)
        or (sync and sync[0] != endpoint.sync)
        or (osc_in and osc_in[0].rpartition(":")[2] != endpoint.osc_in.rpartition(":")[2])
    )
    if other:
        ports = (
            f"MIDI {', '.join(endpoint.midi_ports)}, OSC in {endpoint.osc_in}, out {', '.join(endpoint.osc_out)}, "
            f"sync {endpoint.sync}"
        )
        raise SettingsError(
            f"an engine with other ports already runs for this session ({ports})",
            hint="Leave the ports out to attach to it, or choose another folder with --session.",
        )


def ports() -> None:
    """List the MIDI systems and ports of this machine."""
    systems = midi_systems()
    table = Table("MIDI system", "State", "Ports that can be sent to")
    for system in systems:
        table.add_row(system.name, system.error or "ready", "\n".join(system.ports) or "-")
    Console().print(table)


def doctor(
    fetch_sound: Annotated[
        bool, typer.Option("--fetch-sound", help="Install a larger free SoundFont with apt; says what it runs.")
    ] = False,
) -> None:
    """Say what is there, what is missing, and the command that fixes it."""
    if fetch_sound:
        fetch_sound_font(lambda line: typer.echo(line))
    table = Table("What", "State", "What to do")
    fine = True
    for finding in findings():
        fine = fine and finding.is_fine
        table.add_row(finding.what, finding.state, finding.remedy or "-")
    Console().print(table)
    if not fine:
        raise typer.Exit(1)

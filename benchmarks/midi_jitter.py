"""How exactly notes leave, while the engine's worker composes and the panel draws on the same machine.

A JACK server of its own runs synchronously on a dummy device, 256 frames at 48 kHz.  Through JACK the player sends
10,000 notes in 60 s; another JACK client stamps each with its frame, and it counts where it lies within one frame of
the plan.  Through rtmidi's virtual ports it sends 3,333 notes in 20 s, three times over, and so does
``mido.MidiFile.play()`` beside one busy thread of its process; the figures are the medians of the three 99th
percentiles of how far the latency of a note is from the median latency.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, Final, cast

import mido
import numpy as np

from benchmarks import midi_ear, midi_mido
from v2m_bridge.bridge import Bridge
from v2m_bridge.core import playing as say
from v2m_bridge.core.commands import Loop, OpenTimeline, Play, SetSeed
from v2m_bridge.core.programme import EVENT, NOTE_OFF, NOTE_ON, Programme
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.engine.player_process import PlayerProcess
from v2m_bridge.player.realtime import raise_priority

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "build" / "footage" / "bikes.mp4"
RATE, PERIOD = 48_000, 256
N_NOTES, LENGTH_MS = 10_000, 60_000
N_SHORT, SHORT_MS = 3_333, 20_000
N_RUNS: Final = 3
_MS: Final = 1_000_000
_NOTE_MS: Final = 40
_LOWEST, _N_PITCHES, _N_CHANNELS = 30, 60, 16
_SEED: Final = 7
_SERVER: Final = "v2m_bench"
_OUT: Final = "v2m_bridge:Out"
_PATIENCE_S: Final = 120.0

Notes = list[tuple[int, int, int]]
"""Onset in ms, channel and pitch."""


def measure(*, n_notes: int = N_NOTES, length_ms: int = LENGTH_MS, n_short: int = N_SHORT) -> dict[str, float]:
    """Return the share of notes on their frame through JACK, and the 99th percentiles of jitter in milliseconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v2m-")))
        stack.enter_context(_jack_server())
        stack.enter_context(_company(folder))
        exact = _jack_frames_off(_notes(n_notes, length_ms))
        short_ms = SHORT_MS * n_short // N_SHORT
        short = _notes(n_short, short_ms)
        ours = [_p99_ms(_rtmidi_latencies(short), short) for _ in range(N_RUNS)]
        file = folder / "notes.mid"
        _write(file, short)
        theirs = [_p99_ms(_mido_latencies(file, short_ms), short) for _ in range(N_RUNS)]
    rtmidi_p99_ms, mido_p99_ms = float(np.median(ours)), float(np.median(theirs))
    return {
        "jack_within_1_frame_pct": 100 * float(np.mean(np.abs(exact) <= 1)) * len(exact) / n_notes,
        "jack_worst_frames": float(np.max(np.abs(exact))),
        "jack_notes": float(len(exact)),
        "rtmidi_p99_ms": rtmidi_p99_ms,
        "mido_play_p99_ms": mido_p99_ms,
        "ratio_to_mido": mido_p99_ms / rtmidi_p99_ms,
        "sched_fifo": float(_has_fifo()),
        "period_ms": 1000 * PERIOD / RATE,
    }


def _notes(count: int, length_ms: int) -> Notes:
    """Return notes at random milliseconds, none of which sounds when its pitch comes again."""
    rng = np.random.Generator(np.random.Philox(key=_SEED))
    onsets = np.sort(rng.integers(0, length_ms, count))
    keys = _N_PITCHES * _N_CHANNELS
    return [(int(at), n % keys // _N_PITCHES, _LOWEST + n % _N_PITCHES) for n, at in enumerate(onsets)]


def _programme(notes: Notes) -> Programme:
    rows = []
    for number, (at_ms, channel, pitch) in enumerate(notes, start=1):
        rows.append((at_ms * _MS, 0, NOTE_ON | channel, pitch, 80, 0, number))
        rows.append(((at_ms + _NOTE_MS) * _MS, 0, NOTE_OFF | channel, pitch, 0, 0, number))
    rows.sort(key=lambda row: (row[0], row[2] & 0xF0))
    end_ns = (notes[-1][0] + 1000) * _MS
    return Programme(
        cue="1m01",
        generation=1,
        start_ns=0,
        end_ns=end_ns,
        bar_lines_ns=tuple(range(0, end_ns, 2 * NS_PER_S)),
        bpm=((0, 120.0),),
        events=np.array(rows, dtype=EVENT),
        notes=(),
        slots=(),
        parts=("figures",),
    )


def _jack_frames_off(notes: Notes) -> np.ndarray[Any, Any]:
    """Return how many frames each note is from its plan, counted from the median note."""
    heard = _played(notes, "jack")
    return _off(heard, notes, RATE / 1000)


def _rtmidi_latencies(notes: Notes) -> list[midi_ear.Heard]:
    return _played(notes, "rtmidi")


def _off(heard: list[midi_ear.Heard], notes: Notes, per_ms: float) -> np.ndarray[Any, Any]:
    """Return how far each stamp is from its plan, in units of the stamp, less the median."""
    plan: dict[tuple[int, int], list[int]] = {}
    for at_ms, channel, pitch in notes:
        plan.setdefault((channel, pitch), []).append(at_ms)
    off = np.array([stamp - plan[channel, pitch].pop(0) * per_ms for stamp, channel, pitch in heard])
    return cast("np.ndarray[Any, Any]", np.rint(off - np.median(off)))


def _p99_ms(heard: list[midi_ear.Heard], notes: Notes) -> float:
    if len(heard) != len(notes):
        raise RuntimeError(f"{len(heard)} notes arrived of {len(notes)}")
    return float(np.percentile(np.abs(_off(heard, notes, _MS)), 99)) / _MS


def _played(notes: Notes, kind: str) -> list[midi_ear.Heard]:
    """Let a player process play, and return what the other process heard."""
    ready, last = threading.Event(), [0]

    def heard(_: PlayerProcess, state: say.PlayerState) -> None:
        last[0] = state.at_ns
        if state.sinks and not state.sinks[0].error:
            ready.set()

    table = SharedMemory(create=True, size=say.NOTE_TABLE_BYTES)
    try:
        with _ear(kind) as collect, tempfile.TemporaryFile() as log:
            process = PlayerProcess(
                [f"{kind}:v2m_bridge Out"],
                spare=False,
                note_table=table.name,
                log=log,
                heard=heard,
                gone=lambda _: ready.set(),
            )
            try:
                ready.wait(_PATIENCE_S)
                _connect(_OUT)
                process.tell(say.LoadCue(_programme(notes)))
                process.tell(say.StartRolling())
                _until(lambda: last[0] > (notes[-1][0] + 500) * _MS or not process.is_alive)
                found = collect()
                process.tell(say.Quit())
                process.wait(5.0)
            finally:
                process.kill()
                process.close()
    finally:
        table.close()
        table.unlink()
    return found


def _mido_latencies(file: Path, length_ms: int) -> list[midi_ear.Heard]:
    command = [sys.executable, "-m", midi_mido.__name__, str(file)]
    with _ear("rtmidi") as collect, _child(command) as process:
        assert process.stdin is not None  # noqa: S101  it was asked for
        _connect(midi_mido.PORT)
        process.stdin.write("go\n")
        process.stdin.flush()
        process.wait(length_ms / 1000 + _PATIENCE_S)
        time.sleep(0.2)
        return collect()


def _write(path: Path, notes: Notes) -> None:
    """Write the notes as a MIDI file whose tick is a millisecond."""
    events = [(at, 1, channel, pitch) for at, channel, pitch in notes]
    events += [(at + _NOTE_MS, 0, channel, pitch) for at, channel, pitch in notes]
    file = mido.MidiFile(type=0, ticks_per_beat=500)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500_000)])
    now = 0
    for at, is_on, channel, pitch in sorted(events):
        kind = "note_on" if is_on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=80 * is_on, time=at - now))
        now = at
    file.tracks.append(track)
    file.save(path)


@contextmanager
def _ear(kind: str) -> Iterator[Callable[[], list[midi_ear.Heard]]]:
    """Start the listener; what is yielded ends it and returns what it heard."""
    with _child([sys.executable, "-m", midi_ear.__name__, kind]) as process:

        def collect() -> list[midi_ear.Heard]:
            said, _ = process.communicate(timeout=_PATIENCE_S)
            return [(int(stamp), int(channel), int(pitch)) for stamp, channel, pitch in json.loads(said)]

        yield collect


@contextmanager
def _child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a child that says when it is ready."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None  # noqa: S101  it was asked for
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[2]} did not start")
        yield process
    finally:
        process.kill()
        process.communicate()  # closes the pipes


@contextmanager
def _jack_server() -> Iterator[None]:
    command = ["jackd", "-R", "-S", "-n", _SERVER, "-p", "256", "-d", "dummy", "-r", str(RATE), "-p", str(PERIOD)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        os.environ["JACK_DEFAULT_SERVER"] = _SERVER
        try:
            _until(lambda: subprocess.run(["jack_lsp"], capture_output=True, check=False).returncode == 0)
            yield
        finally:
            os.environ.pop("JACK_DEFAULT_SERVER", None)
            process.terminate()
            process.wait(10)


@contextmanager
def _company(folder: Path) -> Iterator[None]:
    """Keep a worker composing and a panel drawing what plays, as in a session."""
    options = ["--osc-in", "127.0.0.1:0", "--osc-out", "127.0.0.1:9", "--midi-port", "v2m_company Out"]
    with Bridge(folder / "session", options) as bridge:
        bridge.do(OpenTimeline(str(PICTURE)))
        cue = bridge.wait(lambda shown: bool(shown.cues) and shown.busy is None, timeout_s=_PATIENCE_S).cues[0].number
        bridge.do(Loop(0.0, 8.0))
        bridge.do(Play())
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
        panel = [sys.executable, "-m", "ui.app", "--session", str(folder / "session")]
        shown = subprocess.Popen(panel, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL)
        ends = threading.Event()
        composing = threading.Thread(target=_compose, args=(bridge, cue, ends), daemon=True)
        composing.start()
        try:
            yield
        finally:
            ends.set()
            composing.join()
            shown.terminate()
            shown.wait(10)


def _compose(bridge: Bridge, cue: str, ends: threading.Event) -> None:
    """Ask for another seed as soon as the last one is composed."""
    seed = 1
    while not ends.wait(0.05):
        if bridge.latest().busy is None:
            seed += 1
            bridge.do(SetSeed(cue, seed))


def _connect(output: str) -> None:
    _until(
        lambda: (
            subprocess.run(["jack_connect", output, midi_ear.PORT], capture_output=True, check=False).returncode == 0
        )
    )


def _until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise RuntimeError("waited too long")
        time.sleep(0.05)


def _has_fifo() -> bool:
    """Whether a thread may be scheduled first in, first out; asked in a thread of its own, which ends."""
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(raise_priority(1)))
    asking.start()
    asking.join()
    return answers == [True]

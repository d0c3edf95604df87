"""How exactly notes leave, while the engine's worker composes and the panel draws on the same machine.

JACK servers of its own run synchronously on dummy devices at 48 kHz.  Through JACK, 256 frames a period, the player
sends 10,000 notes in 60 s; another JACK client stamps each with its frame, and it counts where it lies within one frame
of the plan.  Through rtmidi's virtual ports, 128 frames a period, it sends the same notes three times over, and so does
``mido.MidiFile.play()`` beside one busy thread of its process; the figures are the medians of the three 99th
percentiles of how far the latency of a note is from the median latency.  ``rtmidi_limit_ms`` is one period and 2 ms
where threads may be scheduled first in, first out, else two periods and 4 ms; ``rtmidi_holds`` is 1 where rtmidi stays
below it and mido is at least three times as far off.
"""

from __future__ import annotations

import json
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
from benchmarks.midi_company import PATIENCE_S, RATE, child, company, connect, jack_server, until
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import EVENT, NOTE_OFF, NOTE_ON, Programme
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.engine.player_process import PlayerProcess
from v2m_bridge.player.realtime import raise_priority

JACK_PERIOD, RTMIDI_PERIOD = 256, 128
N_NOTES, LENGTH_MS = 10_000, 60_000
LEAST_RATIO: Final = 3.0
N_RUNS: Final = 3
_MS: Final = 1_000_000
_NOTE_MS: Final = 40
_LOWEST, _N_PITCHES, _N_CHANNELS = 30, 60, 16
_SEED: Final = 7
_OUT: Final = "v2m_bridge:Out"

Notes = list[tuple[int, int, int]]
"""Onset in ms, channel and pitch."""


def measure(*, n_notes: int = N_NOTES, length_ms: int = LENGTH_MS, n_rtmidi: int = N_NOTES) -> dict[str, float]:
    """Return the share of notes on their frame through JACK, and the 99th percentiles of jitter in milliseconds.

    Parameters
    ----------
    n_notes, length_ms : int
        Notes through JACK, and in how long.
    n_rtmidi : int
        Notes of each run through rtmidi, as many a second as `N_NOTES` in `LENGTH_MS`.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v2m-")))
        stack.enter_context(jack_server(JACK_PERIOD))
        stack.enter_context(company(folder))
        exact = _jack_frames_off(_notes(n_notes, length_ms))
        stack.enter_context(jack_server(RTMIDI_PERIOD))  # the company stays where it is
        ours, theirs = _rtmidi_and_mido(folder, n_rtmidi)
    return {
        "jack_within_1_frame_pct": 100 * float(np.mean(np.abs(exact) <= 1)) * len(exact) / n_notes,
        "jack_worst_frames": float(np.max(np.abs(exact))),
        "jack_notes": float(len(exact)),
        **_rtmidi_figures(ours, theirs, has_fifo=_has_fifo()),
    }


def _rtmidi_and_mido(folder: Path, n_notes: int) -> tuple[float, float]:
    """Return the median 99th percentiles of jitter of `N_RUNS` runs, in milliseconds, ours and mido's."""
    length_ms = LENGTH_MS * n_notes // N_NOTES
    notes = _notes(n_notes, length_ms)
    file = folder / "notes.mid"
    _write(file, notes)
    ours = [_p99_ms(_rtmidi_latencies(notes), notes) for _ in range(N_RUNS)]
    theirs = [_p99_ms(_mido_latencies(file, length_ms), notes) for _ in range(N_RUNS)]
    return float(np.median(ours)), float(np.median(theirs))


def _rtmidi_figures(ours_ms: float, theirs_ms: float, *, has_fifo: bool) -> dict[str, float]:
    """Return what is told of the runs through rtmidi, with the limit that they keep or not."""
    period_ms = 1000 * RTMIDI_PERIOD / RATE
    limit_ms = period_ms + 2 if has_fifo else 2 * period_ms + 4
    ratio = theirs_ms / ours_ms
    return {
        "rtmidi_p99_ms": ours_ms,
        "rtmidi_limit_ms": limit_ms,
        "mido_play_p99_ms": theirs_ms,
        "ratio_to_mido": ratio,
        "rtmidi_holds": float(ours_ms < limit_ms and ratio >= LEAST_RATIO),
        "sched_fifo": float(has_fifo),
        "period_ms": period_ms,
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
                ready.wait(PATIENCE_S)
                connect(_OUT)
                process.tell(say.LoadCue(_programme(notes)))
                process.tell(say.StartRolling())
                until(lambda: last[0] > (notes[-1][0] + 500) * _MS or not process.is_alive)
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
    with _ear("rtmidi") as collect, child(command) as process:
        assert process.stdin is not None  # noqa: S101  it was asked for
        connect(midi_mido.PORT)
        process.stdin.write("go\n")
        process.stdin.flush()
        process.wait(length_ms / 1000 + PATIENCE_S)
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
    with child([sys.executable, "-m", midi_ear.__name__, kind]) as process:

        def collect() -> list[midi_ear.Heard]:
            said, _ = process.communicate(timeout=PATIENCE_S)
            return [(int(stamp), int(channel), int(pitch)) for stamp, channel, pitch in json.loads(said)]

        yield collect


def _has_fifo() -> bool:
    """Whether a thread may be scheduled first in, first out; asked in a thread of its own, which ends."""
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(raise_priority(1)))
    asking.start()
    asking.join()
    return answers == [True]

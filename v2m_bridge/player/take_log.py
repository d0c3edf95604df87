"""What was really sent since playing began, as a MIDI file: late notes are late in it, lost ones are not there.

A tick is 1/48 ms, so that frames of 48 kHz stay apart; the file begins where playing began.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import mido

from v2m_bridge.player.send_queue import Sent

_TICKS_PER_QUARTER: Final = 24_000
_US_PER_QUARTER: Final = 500_000
_NS_PER_TICK_NUM, _NS_PER_TICK_DEN = 1000 * _US_PER_QUARTER, _TICKS_PER_QUARTER


def take_bytes(sent: Sequence[Sent], start_ns: int, name: str) -> bytes:
    """Return the file of a take.

    Parameters
    ----------
    sent : sequence of Sent
        In order, on the clock of the output.
    start_ns : int
        When playing began, on the same clock; what was sent before lies at the beginning.
    name : str
        Of the track.
    """
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_QUARTER, charset="utf-8")
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    track.append(mido.MetaMessage("set_tempo", tempo=_US_PER_QUARTER))
    now = 0
    for due_ns, message in sent:
        tick = max(now, (due_ns - start_ns) * _NS_PER_TICK_DEN // _NS_PER_TICK_NUM)
        track.append(mido.Message.from_bytes(message, time=tick - now))
        now = tick
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def write_take(path: Path, sent: Sequence[Sent], start_ns: int, name: str, done: Callable[[str], None]) -> None:
    """Write a take in a thread of its own; `done` is told a sentence where that fails, else nothing."""

    def write() -> None:
        temporary = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as out:
                out.write(take_bytes(sent, start_ns, name))
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(path)
        except OSError as exc:
            done(f"the take could not be written to {path}: {exc.strerror or exc}")
        else:
            done("")

    threading.Thread(target=write, name="take", daemon=True).start()

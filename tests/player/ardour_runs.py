"""Where Ardour was while it rolled, told by JACK transport or by its timecode, and which notes belong there.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tests.player.ardour_chase import TOLERANCE_MS
from tests.player.jack_server import RATE
from tests.player.jack_watch import Cycle
from tests.player.processes import Heard, notes
from v2m_bridge.core.programme import NOTE_ON

NEWS_S = 0.03
"""What is due in a jump, or so short a time after it, may be on its way already."""
_ENTRY_S = 0.25
_LATEST_S = 0.1
"""A start is noticed after it happened: the first notes of a run may be as late as this."""
_FPS = 30
_SAME_RUN = RATE // 500

Onset = tuple[float, int, int]
"""Seconds of the edit, status and key."""

Span = tuple[float, float, int, int]
"""First and last second of a note, status and key."""


class Run(NamedTuple):
    """A stretch without a jump: server frames from `begin` to `end`, and the seconds of the edit at `begin`."""

    begin: int
    end: int
    at_s: float

    def place_s(self, frame: int) -> float:
        """Seconds of the edit at a frame of the server."""
        return self.at_s + (frame - self.begin) / RATE


def runs_of_transport(cycles: list[Cycle]) -> list[Run]:
    """Return the runs of JACK transport."""
    rolling = [(cycle.frame, cycle.at_frame / RATE) for cycle in cycles if cycle.rolling]
    return _runs(rolling, tail=cycles[1].frame - cycles[0].frame)


def runs_of_timecode(heard: list[Heard]) -> list[Run]:
    """Return the runs of MIDI timecode at 30 frames a second; each eight quarter frames tell where the first was."""
    told: list[tuple[int, float]] = []
    pieces: list[int] = []
    first = 0
    for frame, message in heard:
        if message[0] != 0xF1:
            continue
        if message[1] >> 4 == 0:
            pieces, first = [], frame
        if message[1] >> 4 == len(pieces):
            pieces.append(message[1] & 0x0F)
        if len(pieces) == 8:
            frames, seconds, minutes, hours = (low | high << 4 for low, high in zip(*[iter(pieces)] * 2, strict=True))
            told.append((first, (hours & 0x1F) * 3600 + minutes * 60 + seconds + frames / _FPS))
            pieces = []
    return _runs(told, tail=2 * RATE // _FPS)


def _runs(told: Iterable[tuple[int, float]], tail: int) -> list[Run]:
    """Join places that follow from each other; each holds for `tail` frames, at most until the next run."""
    runs: list[Run] = []
    for frame, at_s in told:
        if runs and frame <= runs[-1].end + _SAME_RUN and abs(runs[-1].place_s(frame) - at_s) * RATE <= _SAME_RUN:
            runs[-1] = runs[-1]._replace(end=frame + tail)
        else:
            if runs:
                runs[-1] = runs[-1]._replace(end=min(frame, runs[-1].end))
            runs.append(Run(frame, frame + tail, at_s))
    return runs


def strays(heard: list[Heard], runs: list[Run], planned: list[Onset], sustained: list[Span]) -> list[Onset]:
    """Return the onsets that no run has there: not on time, nor late or sustained at the entry of a run."""
    ons = [note for note in notes(heard) if note[1] & 0xF0 == NOTE_ON]
    return [note for note in ons if not any(_belongs(note, run, planned, sustained) for run in runs)]


def _belongs(note: tuple[int, int, int], run: Run, planned: list[Onset], sustained: list[Span]) -> bool:
    frame, status, key = note
    if not run.begin <= frame <= run.end + NEWS_S * RATE:
        return False
    place_s = run.place_s(frame)
    enters = frame - run.begin < _ENTRY_S * RATE
    latest_s = _LATEST_S if enters else TOLERANCE_MS / 1000
    late_s = [place_s - at_s for at_s, s, k in planned if (s, k) == (status, key)]
    return any(-TOLERANCE_MS / 1000 <= late <= latest_s for late in late_s) or (
        enters and any(s == status and k == key and on_s <= place_s < off_s for on_s, off_s, s, k in sustained)
    )


def missing(heard: list[Heard], run: Run, planned: list[Onset]) -> list[Onset]:
    """Return the planned onsets well inside a run that were not heard exactly once on time."""
    from_s, to_s = run.at_s + _ENTRY_S, run.place_s(run.end) - _LATEST_S
    found = []
    for onset in planned:
        if from_s <= onset[0] <= to_s:
            frame = run.begin + (onset[0] - run.at_s) * RATE
            near = [n for n in notes(heard) if n[1:] == onset[1:] and abs(n[0] - frame) <= TOLERANCE_MS * RATE / 1000]
            if len(near) != 1:
                found.append(onset)
    return found

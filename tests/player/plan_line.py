"""What was heard of a score, laid on its plan: which notes came, how late, and which are missing."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import NamedTuple

from tests.player.jack_server import RATE
from tests.player.processes import Heard, notes
from v2m_bridge.core.programme import NOTE_ON, programme_of
from v2m_bridge.core.score import Score

Key = tuple[int, int]
_NEAR_S = 0.25


class Onset(NamedTuple):
    """A note-on, in seconds of the edit."""

    at_s: float
    key: Key


class Line(NamedTuple):
    """Where the edit is on the listener's frames."""

    first_frame: float
    speed: float = 1.0

    def at_s(self, frame: int) -> float:
        """Seconds of the edit at a frame."""
        return (frame - self.first_frame) / RATE * self.speed


def planned_onsets(score: Score, until_s: float) -> list[Onset]:
    """Every note-on of a score up to a time, in order."""
    rows = [row for cue in score.cues for row in programme_of(score, cue, 1).events.tolist()]
    ons = [Onset(row[0] / 1e9, (row[2] & 0x0F, row[3])) for row in rows if row[2] & 0xF0 == NOTE_ON]
    return sorted(on for on in ons if on.at_s < until_s)


def heard_onsets(heard: list[Heard], line: Line) -> list[Onset]:
    """Every note-on that was heard, in order."""
    ons = [(frame, (status & 0x0F, key)) for frame, status, key in notes(heard) if status & 0xF0 == NOTE_ON]
    return [Onset(line.at_s(frame), key) for frame, key in ons]


def line_of(heard: list[Heard], plan: list[Onset]) -> Line:
    """Find the line from notes that were played from the beginning on, none missing."""
    ons = [row for row in notes(heard) if row[1] & 0xF0 == NOTE_ON]
    first: dict[Key, list[float]] = {}
    for onset in plan:
        first.setdefault(onset.key, []).append(onset.at_s)
    starts = []
    for frame, status, key in ons:
        starts.append(frame - first[status & 0x0F, key].pop(0) * RATE)
    return Line(median(starts))


def late_s(heard: list[Onset], plan: list[Onset]) -> list[float]:
    """How late each note of a plan came, in seconds, in the order of the plan.

    Raises
    ------
    AssertionError
        When a note did not come, came twice, or came more than a quarter of a second from its time.
    """
    times: dict[Key, list[float]] = {}
    for onset in sorted(heard):
        times.setdefault(onset.key, []).append(onset.at_s)
    late = []
    for at_s, key in plan:
        near = times.get(key, [])
        index = min(range(len(near)), key=lambda i: abs(near[i] - at_s), default=None)
        assert index is not None, f"note {key} of {at_s:.3f} s is lost"
        assert abs(near[index] - at_s) < _NEAR_S, f"note {key} of {at_s:.3f} s is lost; one came at {near[index]:.3f} s"
        late.append(near.pop(index) - at_s)
    return late


def check_pairs(heard: list[Heard]) -> None:
    """Every note-on found its pitch silent and got one note-off."""
    balance: Counter[Key] = Counter()
    for frame, status, pitch in notes(heard):
        key = (status & 0x0F, pitch)
        is_on = status & 0xF0 == NOTE_ON
        assert balance[key] == (0 if is_on else 1), f"note {key} at frame {frame}"
        balance[key] += 1 if is_on else -1
    assert not +balance, "notes sound on"

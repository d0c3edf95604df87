"""A player that follows Ardour, and what is compared with its plan: what was recorded, what was heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path

import mido

from tests.player.jack_server import PERIOD, RATE
from tests.player.processes import Child, player
from tests.scores import make_cue, make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.score import Part, Score
from v2m_bridge.core.timebase import NS_PER_S, TempoMap

SYNC_IN = "v2m_bridge Sync:In"
LOCK_IN_S = 1.0
"""A loop has found the source by then; what was sent before may be late."""
TOLERANCE_MS = PERIOD * 1000 / RATE + 1
"""One period of the server, and a millisecond."""
_FPS = Fraction(30)


def score_of(seconds: int, tempo: TempoMap | None = None, parts: tuple[Part, ...] | None = None) -> Score:
    """Return a score of one cue whose edit begins at 00:00:00:00 with 30 frames a second."""
    frames = int(seconds * _FPS)
    cue = make_cue(out_frame=frames, rate=_FPS, tempo=tempo, parts=parts)
    return make_score(rate=_FPS, n_frames=frames, cues=(cue,), start="00:00:00:00")


@contextmanager
def following(source: str, score: Score) -> Iterator[tuple[Child, Programme]]:
    """Start a player that follows Ardour and has the music of a score."""
    programme = programme_of(score, score.cues[0], 1)
    with player("--sink", "jack:v2m_bridge Out", "--sync", source, "--sync-start", "00:00:00:00") as child:
        child.wait_for(lambda state: not state.sinks[0].error and state.sync is not None)
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme))
        yield child, programme


def stand_at_start(child: Child) -> None:
    """Wait until it stands where the edit begins; Ardour rolls for a while when it opens a session under JACK."""
    child.wait_for(lambda state: not state.playing and state.at_ns == 0)


def roll(child: Child, seconds: int) -> list[float]:
    """Let it roll, and return its drift in milliseconds every second after it has locked."""
    drifts = []
    for second in range(2, seconds):
        state = child.wait_for(partial(_is_past, second * NS_PER_S))
        drifts.append(abs(state.sync.drift_ns) / 1e6 if state.sync else 0.0)
    return drifts


def _is_past(at_ns: int, state: say.PlayerState) -> bool:
    return state.playing and state.at_ns > at_ns


def taken(path: Path) -> list[tuple[float, int, int]]:
    """Seconds, status and pitch of the notes of a take; Ardour writes no tempo, so it is 120."""
    file = mido.MidiFile(path)
    at, found = 0, []
    for message in file.tracks[0]:
        at += message.time
        if message.type in ("note_on", "note_off"):
            is_on = message.type == "note_on" and message.velocity > 0
            status = (NOTE_ON if is_on else NOTE_OFF) | message.channel
            found.append((at / file.ticks_per_beat / 2, status, message.note))
    return found


def errors_ms(take: list[tuple[float, int, int]], programme: Programme, until_s: float) -> list[float]:
    """How far each planned onset is from the nearest of its pitch that was recorded; each must be there once."""
    errors = []
    for at_s, status, key in onsets(programme):
        if LOCK_IN_S <= at_s <= until_s:
            near = [t - at_s for t, s, k in take if (s, k) == (status, key) and abs(t - at_s) < 0.45]
            assert len(near) == 1, f"{status:x} {key} at {at_s:.3f} s was recorded {len(near)} times"
            errors.append(near[0] * 1000)
    return errors


def onsets(programme: Programme) -> list[tuple[float, int, int]]:
    """Seconds, status and pitch of the onsets of a programme."""
    return [
        (int(event["at_ns"]) / NS_PER_S, int(event["status"]), int(event["data1"]))
        for event in programme.events
        if int(event["status"]) & 0xF0 == NOTE_ON
    ]

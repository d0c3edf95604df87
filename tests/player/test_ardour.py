"""A real Ardour leads and records what the player streams."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mido
import pytest

from tests.player.ardour import CLOCK_OUT, INPUT, MTC_OUT, ardour
from tests.player.processes import OUTPUT, connect, player
from tests.scores import make_cue, make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.score import Score
from v2m_bridge.core.timebase import NS_PER_S

_SYNC_IN = "v2m_bridge Sync:In"
_FPS = Fraction(30)
_LOCK_IN_S = 1.0
"""A loop has found the source by then; what was sent before may be late."""


def _score(seconds: int) -> Score:
    frames = int(seconds * _FPS)
    cue = make_cue(out_frame=frames, rate=_FPS)
    return make_score(rate=_FPS, n_frames=frames, cues=(cue,), start="00:00:00:00")


def _taken(path: Path) -> list[tuple[float, int, int]]:
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


def _errors_ms(taken: list[tuple[float, int, int]], programme: Programme, until_s: float) -> list[float]:
    """How far each planned onset is from the nearest of its pitch that was recorded; each must be there once."""
    planned = [
        (int(event["at_ns"]) / NS_PER_S, int(event["status"]), int(event["data1"]))
        for event in programme.events
        if int(event["status"]) & 0xF0 == NOTE_ON
    ]
    errors = []
    for at_s, status, key in planned:
        if _LOCK_IN_S <= at_s <= until_s:
            near = [t - at_s for t, s, k in taken if (s, k) == (status, key) and abs(t - at_s) < 0.45]
            assert len(near) == 1, f"{status:x} {key} at {at_s:.3f} s was recorded {len(near)} times"
            errors.append(near[0] * 1000)
    return errors


@pytest.mark.long
@pytest.mark.parametrize(
    ("source", "seconds", "most_ms"),
    [("jack", 20, 0.05), ("mtc", 20, 3.0), ("clock", 20, 3.0), ("osc:ardour", 20, 60.0)],
)
def test_ardour_records_what_it_leads(source: str, seconds: int, most_ms: float, tmp_path: Path) -> None:
    score = _score(seconds + 4)
    programme = programme_of(score, score.cues[0], 1)
    options = ["--sink", "jack:v2m_bridge Out", "--sync", source, "--sync-start", "00:00:00:00"]
    with (
        ardour(tmp_path, follows_jack=source == "jack", mtc=source == "mtc", clock=source == "clock") as daw,
        player(*options) as child,
    ):
        child.wait_for(lambda state: not state.sinks[0].error and state.sync is not None)
        connect(OUTPUT, INPUT)
        if source in ("mtc", "clock"):
            connect(MTC_OUT if source == "mtc" else CLOCK_OUT, _SYNC_IN)
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme))
        daw.say("/transport_stop", 1.0)
        daw.record()
        daw.say("/transport_play", 1.0)
        states = [child.wait_for(lambda state: state.playing and state.at_ns > second * NS_PER_S)
                  for second in range(2, seconds, 2)]
        child.last = states[-1]
        path = daw.recorded()
        stopped = child.wait_for(lambda state: not state.playing)
        taken = _taken(path)
    errors = _errors_ms(taken, programme, seconds - 2)
    drifts = [abs(state.sync.drift_ns) / 1e6 for state in states if state.sync]
    print(f"{source}: {len(errors)} notes, worst {max(map(abs, errors)):.3f} ms, drift {max(drifts):.3f} ms")
    assert len(errors) > 3 * (seconds - 4)
    assert max(map(abs, errors)) <= most_ms
    assert stopped.n_sounding == 0
    ons = sum(status & 0xF0 == NOTE_ON for _, status, _ in taken)
    assert ons == len(taken) - ons, "every note that was recorded has ended"

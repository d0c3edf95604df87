"""Three minutes of the whole daemon behind a DAW whose tape runs fast, while its worker composes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from tests.end_to_end.daemon import Daemon, daemon, until
from tests.end_to_end.stage import Stage, write_stage
from tests.player.jack_sender import SENDER, JackSender, jack_sender
from tests.player.jack_server import RATE, jack_server
from tests.player.plan_line import Line, Onset, check_pairs, heard_onsets, late_s, planned_onsets
from tests.player.processes import Ear, connect, ear, sounding
from v2m_bridge.core.commands import SetSeed
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.send_queue import LATEST_NOTE_NS
from v2m_bridge.player.sync.mtc import quarter_frames
from v2m_bridge.player.sync.timecode_label import MtcRate

pytestmark = pytest.mark.long

SYNC_IN = "v2m_bridge Sync:In"
FPS = 25
LENGTH_S = 180
_START_FRAME = 90_000
_PRE_ROLL_S = 2
_SPEED = 1 + Fraction(50, 1_000_000)
_WARM_S = 40
_COMPOSE_EVERY_S = 10
_MOST_GROWTH_KB = 2_048
_FRAME_S = 1 / FPS


@pytest.fixture
def server() -> Iterator[None]:
    with jack_server("v2m_soak"):
        yield


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return an edit of three and a half minutes."""
    return write_stage(tmp_path / "stage", n_times=7)


def _rolls(daw: JackSender) -> Line:
    """Send the timecode of a tape that begins before the edit and runs a little fast."""
    first_frame = daw.now_frame + (1 + _PRE_ROLL_S) * RATE
    per_ns = RATE / NS_PER_S / float(_SPEED)
    tape = quarter_frames(
        -_PRE_ROLL_S * NS_PER_S, LENGTH_S * NS_PER_S, Fraction(FPS), MtcRate.PAL, start_frame=_START_FRAME
    )
    daw.send([(first_frame + round(at_ns * per_ns), message) for at_ns, message in tape])
    return Line(first_frame, float(_SPEED))


def _quiet_moment(plan: list[Onset]) -> float:
    """Return the middle of the longest time without a note-on near the end of the tape, in seconds of the edit."""
    times = sorted({onset.at_s for onset in plan if LENGTH_S - 4 < onset.at_s < LENGTH_S - 1})
    before, after = max(pairwise(times), key=lambda pair: pair[1] - pair[0])
    return (before + after) / 2


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _work(run: Daemon, line: Line, listening: Ear) -> dict[str, list[int]]:
    """Have the worker compose again and again until the tape ends; returns how large player and engine were."""
    endpoint = run.bridge.endpoint
    assert endpoint is not None
    pids = {"player": run.playing_player(), "engine": endpoint.pid}
    sizes: dict[str, list[int]] = {name: [] for name in pids}
    seed = 100
    while (at_s := line.at_s(listening.now_frame())) < LENGTH_S:
        if at_s > _WARM_S:
            for name, pid in pids.items():
                sizes[name].append(_resident_kb(pid))
        seed += 1
        run.bridge.do(SetSeed("1m01", seed))
        time.sleep(min(_COMPOSE_EVERY_S, max(0.1, LENGTH_S - at_s)))
    assert seed > 100 + LENGTH_S / _COMPOSE_EVERY_S / 2
    return sizes


def test_three_minutes_lose_no_note_drift_less_than_a_frame_and_grow_nothing(
    server: None, stage: Stage, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ear() as listening, daemon(stage, tmp_path, "--sync", "mtc") as run, jack_sender() as daw:
        connect()
        connect(SENDER, SYNC_IN)
        plan = planned_onsets(run.score, LENGTH_S)
        end_s = _quiet_moment(plan)
        line = _rolls(daw)
        sizes = _work(run, line, listening)
        state = run.bridge.latest().player
        until(lambda: not sounding(listening.heard()), 3, "silence after the tape has ended")
        heard = listening.heard()
    assert state is not None
    assert state.sinks[0].n_skipped == 0
    assert state.sinks[0].worst_late_ns <= LATEST_NOTE_NS
    check_pairs(heard)
    onsets = [onset for onset in heard_onsets(heard, line) if onset.at_s < end_s]
    plan = [onset for onset in plan if onset.at_s < end_s]
    late = late_s(onsets, plan)
    drift_s = fmean(late[-50:])
    for name, value in (("onsets", len(late)), ("latest_s", max(late)), ("drift_s", drift_s), ("kb", sizes)):
        record_property(name, value)
    assert len(onsets) == len(plan), "nothing came twice, nothing that was not planned"
    assert max(map(abs, late)) < LATEST_NOTE_NS / NS_PER_S
    assert abs(drift_s) < _FRAME_S
    for name, kb in sizes.items():
        assert max(kb) - kb[0] < _MOST_GROWTH_KB, f"the {name} grew: {kb}"

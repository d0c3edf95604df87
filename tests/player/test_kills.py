"""Whatever dies or stops reading while music plays: notes end within half a second, music is back within one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.end_to_end.daemon import Daemon, daemon, kill, until
from tests.end_to_end.stage import Stage, write_stage
from tests.player.jack_server import RATE, jack_server
from tests.player.plan_line import Line, Onset, heard_onsets, late_s, line_of, planned_onsets
from tests.player.processes import Ear, Heard, connect, ear, notes, sounding
from v2m_bridge.core.commands import Hold, Locate, Play, SetSeed, Stop
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON

pytestmark = pytest.mark.long

_NOTES_END_S = 0.5
_MUSIC_IS_BACK_S = 1.0
_LATEST_S = 0.1
_EXACT_S = 0.001
_TURNS = 3
"""Of which one must be quick: a hung player is given a quarter of a second, and two busy cores may take the rest."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return write_stage(tmp_path_factory.mktemp("stage"), n_times=2)


class Scene(NamedTuple):
    """Music that plays, and who listens."""

    run: Daemon
    listening: Ear
    plan: list[Onset]
    """The note-ons of the music that plays: what is staged meanwhile is never applied."""
    from_frame: int = 0

    @property
    def player(self) -> int:
        """Process id of the player that plays; its spare was started after it."""
        return self.run.pids("v2m_bridge.player")[0]

    def heard(self) -> list[Heard]:
        """What was heard since playing began."""
        return [h for h in self.listening.heard() if h.frame >= self.from_frame]

    def at_s(self) -> float:
        """Where playing is, as its clients see it."""
        player = self.run.bridge.latest().player
        return player.at_ns / 1e9 if player else 0.0

    def play_until(self, at_s: float) -> None:
        """Let it play on to a place."""
        until(lambda: self.at_s() >= at_s, 30, f"{at_s:g} s")

    def line(self) -> Line:
        """Where the edit is on the listener's frames."""
        return line_of(self.heard(), self.plan)

    def late_s(self, line: Line, from_s: float, to_s: float) -> list[float]:
        """How late the notes of a stretch came; none is lost."""
        heard = heard_onsets(self.heard(), line)
        plan = [onset for onset in self.plan if from_s <= onset.at_s < to_s]
        assert len(plan) > 4, "there is music to be heard"
        return late_s(heard, plan)


@contextmanager
def _running(stage: Stage, folder: Path, *, server_waits: bool = True) -> Iterator[Scene]:
    """Start an engine with its music, and a listener."""
    with jack_server("v2m_kills", waits=server_waits), ear() as listening, daemon(stage, folder) as run:
        connect()
        yield Scene(run, listening, planned_onsets(run.score, 1e9))


@contextmanager
def _begun(running: Scene) -> Iterator[Scene]:
    """Play to some seconds after the beginning."""
    bridge = running.run.bridge
    until(lambda: len(running.run.pids("v2m_bridge.player")) == 2, 30, "player and spare")
    bridge.do(Locate(0.0))
    now = running._replace(from_frame=running.listening.now_frame())
    bridge.do(Play())
    until(lambda: len(notes(now.heard())) > 8 and 4 < now.at_s() < 30, 30, "music")
    yield now
    bridge.do(Stop())
    running.listening.wait_until(lambda heard: not sounding(heard), 2.0)


@pytest.fixture(scope="module")
def running(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with _running(stage, tmp_path_factory.mktemp("run")) as scene:
        yield scene


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    with _begun(running) as now:
        yield now


@contextmanager
def _panel(run: Daemon) -> Iterator[subprocess.Popen[bytes]]:
    panel = subprocess.Popen(
        [sys.executable, "-m", "ui.app", "--session", str(run.session)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
    )
    try:
        time.sleep(3)
        assert panel.poll() is None, "the panel ended by itself"
        yield panel
    finally:
        panel.kill()
        panel.wait(5)


def _stopped_for(pid: int, seconds: float) -> None:
    """Let a process neither read nor write for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def _ends_s(heard: list[Heard], at_frame: int) -> dict[tuple[int, int], float]:
    """Return how long after a frame each pitch was ended first."""
    ends: dict[tuple[int, int], float] = {}
    for frame, status, pitch in notes(heard):
        if frame > at_frame and status & 0xF0 == NOTE_OFF:
            ends.setdefault((status & 0x0F, pitch), (frame - at_frame) / RATE)
    return ends


def _check_take_over(scene: Scene, line: Line, at_frame: int) -> None:
    """What sounded at a frame ended in time, and music was back in time."""
    at_s = line.at_s(at_frame)
    scene.play_until(at_s + 6)
    heard = scene.heard()
    struck = sounding([h for h in heard if h.frame <= at_frame])
    assert struck, "notes sounded"
    ends = _ends_s(heard, at_frame)
    assert {key: ends.get(key) for key in struck if not ends.get(key, 9.0) < _NOTES_END_S} == {}
    late = scene.late_s(line, at_s + _MUSIC_IS_BACK_S, at_s + 5)
    assert max(map(abs, late)) < _LATEST_S


def test_a_player_that_neither_reads_nor_writes_is_replaced(stage: Stage, tmp_path: Path) -> None:
    found = []
    for turn in range(_TURNS):
        found.append(_replaced_s(stage, tmp_path / str(turn)))
        if found[-1][0] < _NOTES_END_S and found[-1][1] < _MUSIC_IS_BACK_S:
            return
    pytest.fail(f"seconds to the end of the notes and to music: {found}")


def _replaced_s(stage: Stage, folder: Path) -> tuple[float, float]:
    """Stop a player for good, and return how long its notes sounded on, and when music was back, in seconds."""
    folder.mkdir()
    with _running(stage, folder, server_waits=False) as running, _begun(running) as scene:
        player, at_frame = scene.player, scene.listening.now_frame()
        os.kill(player, signal.SIGSTOP)
        until(lambda: scene.player != player, 3, "the spare")
        struck = sounding([h for h in scene.heard() if h.frame <= at_frame])
        until(lambda: struck <= set(_ends_s(scene.heard(), at_frame)), 3, "the end of what sounded")
        ends_s = max(_ends_s(scene.heard(), at_frame)[key] for key in struck)
        until(lambda: _onset_s(scene.heard(), at_frame, ends_s) > 0, 3, "music")
        return ends_s, _onset_s(scene.heard(), at_frame, ends_s)


def test_a_stop_that_a_hung_player_never_heard_is_done_by_its_spare(scene: Scene) -> None:
    player = scene.player
    os.kill(player, signal.SIGSTOP)
    scene.run.bridge.do(Stop())
    until(lambda: scene.player != player, 5, "the spare")
    scene.run.bridge.wait(lambda shown: shown.player is not None and not shown.player.playing, timeout_s=5)
    scene.listening.wait_until(lambda heard: not sounding(heard), 5.0)
    n_heard = len(notes(scene.heard()))
    time.sleep(1.0)
    assert len(notes(scene.heard())) == n_heard
    until(lambda: len(scene.run.pids("v2m_bridge.player")) == 2, 30, "player and spare")


def _onset_s(heard: list[Heard], at_frame: int, after_s: float) -> float:
    """Return how long after a frame the first note began once so much time had passed; 0 where none did."""
    ons = (frame for frame, status, _ in notes(heard) if status & 0xF0 == NOTE_ON)
    return next((s for frame in ons if (s := (frame - at_frame) / RATE) >= after_s), 0.0)


def test_a_killed_player_is_replaced(scene: Scene) -> None:
    line = scene.line()
    player = scene.player
    at_frame = scene.listening.now_frame()
    kill(player)
    _check_take_over(scene, line, at_frame)
    assert scene.player != player


def test_music_plays_on_while_a_killed_worker_is_replaced_and_composes(scene: Scene) -> None:
    line = scene.line()
    bridge = scene.run.bridge
    bridge.do(SetSeed("1m01", 1 + time.monotonic_ns() % 10_000))
    bridge.wait(lambda shown: shown.busy is not None, timeout_s=5)
    at_s = scene.at_s()
    [worker] = scene.run.pids("v2m_bridge.worker")
    kill(worker)
    bridge.wait(lambda shown: shown.busy is None and shown.cues[0].is_staged, timeout_s=60)
    assert scene.run.pids("v2m_bridge.worker") != [worker]
    scene.play_until(at_s + 6)
    assert max(map(abs, scene.late_s(line, at_s - 1, at_s + 5))) < _EXACT_S


def test_music_plays_on_when_the_panel_is_killed(scene: Scene) -> None:
    line = scene.line()
    with _panel(scene.run) as panel:
        at_s = scene.at_s()
        panel.kill()
        panel.wait(5)
        scene.play_until(at_s + 4)
        assert max(map(abs, scene.late_s(line, at_s - 2, at_s + 3))) < _EXACT_S


def test_music_plays_on_while_the_engine_does_not_read_what_the_player_says(scene: Scene) -> None:
    line, player, at_s = scene.line(), scene.player, scene.at_s()
    for _ in range(4):
        _check_engine_is_back(scene)
        assert scene.player == player, "a player that went on talking is not taken for one that hangs"
    assert max(map(abs, scene.late_s(line, at_s - 1, at_s + 10))) < _EXACT_S


def _check_engine_is_back(scene: Scene) -> None:
    """An engine that was stopped knows within a second where playing is, and does what it is told."""
    bridge = scene.run.bridge
    assert bridge.endpoint is not None
    stopped_at_s = scene.at_s()
    _stopped_for(bridge.endpoint.pid, 2.5)
    goes_on_s = time.monotonic()
    until(lambda: scene.at_s() > stopped_at_s + 2.4, _MUSIC_IS_BACK_S, "the state of the player")
    bridge.do(Hold(False))
    assert time.monotonic() - goes_on_s < _MUSIC_IS_BACK_S
    time.sleep(0.6)


def test_music_plays_on_and_the_engine_answers_while_a_panel_does_not_read(scene: Scene) -> None:
    line = scene.line()
    with _panel(scene.run) as panel:
        at_s = scene.at_s()
        os.kill(panel.pid, signal.SIGSTOP)
        try:
            for number in range(8):
                asked = time.monotonic()
                scene.run.bridge.do(SetSeed("1m01", number + 1))
                assert time.monotonic() - asked < _MUSIC_IS_BACK_S
                time.sleep(0.5)
        finally:
            os.kill(panel.pid, signal.SIGCONT)
        scene.play_until(at_s + 5)
        assert panel.poll() is None
        assert max(map(abs, scene.late_s(line, at_s - 2, at_s + 4))) < _EXACT_S

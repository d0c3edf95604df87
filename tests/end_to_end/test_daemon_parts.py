"""The engine on a real JACK server with a parts file, with versions restored, and with a DAW that imports its score."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.daemon import daemon, until
from tests.end_to_end.stage import Stage
from tests.player.jack_server import jack_server
from tests.player.processes import connect, ear, notes, sounding
from tests.plugins.reaper import choose, session
from v2m_bridge.core.commands import HANDED_OVER, LIVE, Apply, Loop, Play, SetSeed, StandCue, Stop

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def server() -> Iterator[None]:
    with jack_server("v2m_daemon_parts"):
        yield


def test_a_routed_part_is_heard_on_its_own_port_in_its_own_register(stage: Stage, tmp_path: Path) -> None:
    parts = tmp_path / "parts.toml"
    parts.write_text('[bass]\nport = "Deep Bass"\nchannel = 12\nrange = [24, 40]\nkeyswitch = 3\n', encoding="utf-8")
    with ear() as listening, daemon(stage, tmp_path, "--parts", str(parts)) as run:
        connect("Deep:Bass")
        run.bridge.do(Play())
        heard = listening.wait_until(lambda found: len(notes(found)) >= 10, 20)
        run.bridge.do(Stop())
    assert {status & 0x0F for _, status, _ in notes(heard)} == {11}
    keys = [key for _, status, key in notes(heard) if status & 0xF0 == 0x90]
    assert keys[0] == 3
    assert all(24 <= key <= 40 for key in keys[1:])


def test_a_version_is_restored_in_the_session_of_a_running_engine(stage: Stage, tmp_path: Path) -> None:
    with daemon(stage, tmp_path) as run:
        first = run.score.cues[0]
        run.bridge.do(SetSeed(first.number, 77))
        run.bridge.wait(lambda shown: shown.busy is None and shown.cues[0].is_staged, timeout_s=60)
        run.bridge.do(Apply())
        assert run.score.cues[0].version == 2
        listed = stage.v2m("versions", "list", run.session)
        assert listed.returncode == 0, listed.stderr
        assert "2*" in listed.stdout
        done = stage.v2m("versions", "restore", run.session, first.number, 1)
        assert done.returncode == 0, done.stderr
        until(lambda: run.bridge.latest().cues[0].is_staged, 5, "staged")
        assert run.bridge.latest().cues[0].seed == first.seed
        run.bridge.do(Apply())
        assert not run.bridge.latest().cues[0].is_staged
        refused = stage.v2m("versions", "restore", run.session, first.number, 9)
        assert refused.returncode == 2
        assert "no version 9" in refused.stderr


def test_cues_that_reaper_imports_are_silent_here(stage: Stage, tmp_path: Path) -> None:
    with ear() as listening, daemon(stage, tmp_path) as run:
        connect()
        number = run.score.cues[0].number
        run.bridge.do(Loop(0.0, 20.0))
        run.bridge.do(Play())
        listening.wait_until(lambda found: len(notes(found)) > 4, 20)
        session(f"state.answers = {{6}} {choose(run.session / 'score' / 'score.json')} run()")
        run.bridge.wait(lambda shown: shown.cues[0].stand == HANDED_OVER, timeout_s=10)
        listening.wait_until(lambda found: not sounding(found), 10)
        n_heard = len(notes(listening.heard()))
        run.bridge.do(StandCue(number, LIVE))
        listening.wait_until(lambda found: len(notes(found)) > n_heard, 10)

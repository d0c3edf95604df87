"""An engine whose player is led by another program: the choice arrives, and its state is in the snapshot."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from v2m_bridge import cli
from v2m_bridge.bridge import Bridge
from v2m_bridge.core import sync_choice
from v2m_bridge.core.playing import SyncState
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.sync_choice import check_freewheel, check_leading, check_start, parse_sync
from v2m_bridge.errors import SettingsError

_PORTS = ["--osc-in", "127.0.0.1:0", "--osc-out", "127.0.0.1:9"]
ROLLING_AT_2_5_S = b"/v2m/sync\0\0\0,if\0\0\0\0\x01\x40\x20\0\0"


def _sync(snapshot: Snapshot) -> SyncState | None:
    return snapshot.player.sync if snapshot.player else None


def test_the_source_that_was_asked_for_leads_the_player_of_an_engine(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [*_PORTS, "--sync", "osc", "--sync-port", str(port), "--sync-freewheel", "5"]
    with (
        Bridge(tmp_path / "session", options) as bridge,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as plugin,
    ):
        assert bridge.endpoint is not None
        assert bridge.endpoint.sync == "osc:plugin"
        bridge.wait(lambda snapshot: _sync(snapshot) is not None, timeout_s=30)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            plugin.sendto(ROLLING_AT_2_5_S, ("127.0.0.1", port))
            sync = _sync(bridge.latest())
            if sync is not None and sync.state == "rolling":
                break
            time.sleep(0.05)
        assert sync is not None
        assert (sync.source, sync.state) == ("osc:plugin", "rolling")
        bridge.wait(lambda snapshot: (now := _sync(snapshot)) is not None and now.state == "lost", timeout_s=30)


@pytest.mark.long
def test_the_ways_of_leading_that_were_asked_for_are_outputs_of_an_engine(tmp_path: Path) -> None:
    options = [*_PORTS, "--sync-out", "link", "--sync-out", "jack", "--sync-out", "link"]
    with Bridge(tmp_path / "session", options) as bridge:
        shown = bridge.wait(lambda snapshot: snapshot.player is not None, timeout_s=30)
        assert shown.player is not None
        sinks = {sink.name: sink.error for sink in shown.player.sinks}
    assert sinks["v2m_bridge Link"] == ""
    assert "v2m_bridge Transport Out" in sinks
    assert len(sinks) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sync", "telepathy"], "there is no sync source 'telepathy'"),
        (["--sync", "osc:tracktion"], "there is no sync source 'osc:tracktion'"),
        (["--sync", "jack", "--sync-port", "9125"], "no port of --sync osc"),
        (["--sync", "mtc", "--sync-start", "1 h"], "is not a timecode"),
        (["--sync", "mtc", "--sync-freewheel", "-1"], "no time to freewheel"),
        (["--sync-out", "ltc"], "--sync-out 'ltc' cannot be sent"),
        (["--sync", "jack", "--sync-out", "jack"], "jack cannot both lead and be led"),
        (["--sync", "link", "--sync-out", "mtc", "--sync-out", "link"], "link cannot both lead and be led"),
    ],
)
def test_a_source_that_cannot_be_is_exit_two_and_one_sentence(options: list[str], words: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(cli.app, ["run", "--headless", "--session", str(tmp_path / "session"), *options])
    said = run.output + (str(run.exception) if run.exception else "")
    assert words in " ".join(said.split())


@pytest.mark.parametrize(("sync", "out"), [("link", ()), ("internal", ("mtc", "link"))])
def test_link_that_is_not_installed_is_refused_with_what_to_install(
    sync: str, out: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_leading(parse_sync(sync), out)
    monkeypatch.setattr(sync_choice, "find_spec", lambda _: None)
    with pytest.raises(SettingsError) as told:
        check_leading(parse_sync(sync), out)
    assert told.value.sentence() == 'Ableton Link is not installed; run pip install "v2m_bridge[link]".'


def test_choices_are_read_as_they_are_written() -> None:
    assert parse_sync("internal") is None
    for text in ("mtc", "clock", "jack", "link", "osc:reaper", "osc:ardour", "osc:live", "osc:plugin"):
        assert str(parse_sync(text)) == text
    assert str(parse_sync("osc")) == "osc:plugin"
    assert check_freewheel(0) == 0
    for start in ("01:00:00;00", "01:00:00,00"):
        assert check_start(start) == "01:00:00;00"
    assert check_start("01:00:00.00") == "01:00:00:00"
    for wrong in ("", "mtc:reaper", "internal:jack", "link:live"):
        with pytest.raises(SettingsError, match="no sync source"):
            parse_sync(wrong)

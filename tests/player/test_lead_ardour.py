"""A real Ardour that follows JACK transport goes where playing goes, by what it says itself of its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.player.ardour import ardour
from tests.player.processes import player
from tests.player.stage import score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.sources.osc_source import OscSource

_STANDS_NS = 20_000_000
_SAID_EVERY_NS = 150_000_000
"""Ardour tells its place ten times a second."""


def _until(told: OscSource, holds: Callable[[Report], bool]) -> Report:
    """Listen to Ardour until it is as wanted."""
    deadline = time.monotonic() + 10
    last = None
    while time.monotonic() < deadline:
        for last in told.take():
            if holds(last):
                return last
        time.sleep(0.01)
    raise AssertionError(f"Ardour never was there; it said {last}")


@pytest.mark.long
def test_ardour_plays_locates_and_stops_with_us(tmp_path: Path) -> None:
    told = OscSource(EditPlace(), "ardour")
    with (
        ardour(tmp_path, follows_jack=True),
        closing(told),
        player("--sink", "osc:127.0.0.1:9", "--sink", "transport:v2m_bridge Lead") as child,
    ):
        told.open()
        child.wait_for(lambda state: all(not sink.error for sink in state.sinks))
        child.tell(say.LoadEdit(edit_sheet_of(score_with_pad())), say.LocateTo(3 * NS_PER_S))
        _until(told, lambda report: not report.rolling and abs(report.at_ns - 3 * NS_PER_S) < _STANDS_NS)
        child.tell(say.StartRolling())
        report = _until(told, lambda report: report.rolling and report.at_ns > 4 * NS_PER_S)
        state = child.wait_for(lambda state: state.at_mono_ns >= report.clock_ns)
        ours_ns = state.at_ns - (state.at_mono_ns - report.clock_ns)
        assert abs(report.at_ns - ours_ns) < _SAID_EVERY_NS
        child.tell(say.LocateTo(60 * NS_PER_S))
        _until(told, lambda report: report.rolling and 60 * NS_PER_S < report.at_ns < 63 * NS_PER_S)
        child.tell(say.StopRolling())
        stopped = child.wait_for(lambda state: not state.playing and state.at_ns > 60 * NS_PER_S)
        _until(told, lambda report: not report.rolling and abs(report.at_ns - stopped.at_ns) < _STANDS_NS)

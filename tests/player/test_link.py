"""The player in an Ableton Link session with a peer in another process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.player.link_other import Other, Seen, other_peer
from tests.player.processes import Child, player
from tests.player.stage import score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import programme_of
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.link_peer import LinkPeer

_OFF_BEATS = 0.05
_OUT = ("--sink", "osc:127.0.0.1:9")


@pytest.fixture(scope="module", autouse=True)
def _multicast() -> None:
    """Skip where no peer can find another."""
    peer = LinkPeer()
    try:
        with other_peer(120):
            deadline = time.monotonic() + 5
            while not peer.n_others:
                if time.monotonic() > deadline:
                    pytest.skip("two peers of Link do not find each other here: there is no UDP multicast")
                peer.has_joined()
                time.sleep(0.05)
    finally:
        peer.close()


@contextmanager
def session(bpm: float, *options: str, tempi: tuple[tuple[int, int], ...] = ()) -> Iterator[tuple[Child, Other]]:
    """A player and another peer that have found each other."""
    with other_peer(bpm) as other, player(*_OUT, *options) as child:
        score = score_with_pad()
        sheet = edit_sheet_of(score)
        child.tell(
            say.LoadEdit(replace(sheet, tempi=tempi or sheet.tempi)),
            say.LoadCue(programme_of(score, score.cues[0], 1)),
        )
        other.wait_for(lambda seen: seen.peers == 1)
        yield child, other


def _beats_apart(child: Child, seen: Seen, bpm: float) -> float:
    """How far the session is from the edit's place in its bar of four, in beats."""
    state = child.wait_for(lambda state: state.at_mono_ns > seen.at_mono_ns)
    assert state.playing
    at_ns = state.at_ns - (state.at_mono_ns - seen.at_mono_ns)
    return (at_ns / NS_PER_S * bpm / 60 - seen.phase + 2) % 4 - 2


def test_playing_starts_and_stops_with_the_session_from_where_it_stands_and_in_its_bar() -> None:
    with session(120, "--sync", "link") as (child, other):
        child.tell(say.LocateTo(NS_PER_S))
        child.wait_for(lambda state: state.at_ns == NS_PER_S)
        other.ask("play")
        child.wait_for(lambda state: state.playing)
        seen = other.ask()
        assert abs(_beats_apart(child, seen, 120)) < _OFF_BEATS
        state = child.wait_for(lambda state: state.at_ns > 2 * NS_PER_S)
        assert state.at_ns < 3 * NS_PER_S
        assert state.sync is not None
        assert (state.sync.source, state.sync.state, state.sync.warning) == ("link", "rolling", "")
        other.ask("stop")
        stopped = child.wait_for(lambda state: not state.playing)
        child.tell(say.StartRolling())
        other.wait_for(lambda seen: seen.playing)
        again = child.wait_for(lambda state: state.playing)
        assert 0 <= again.at_ns - stopped.at_ns < NS_PER_S
        child.tell(say.StopRolling())
        other.wait_for(lambda seen: not seen.playing)


@pytest.mark.long
def test_the_tempo_of_others_stays_and_one_that_is_not_the_scores_is_named() -> None:
    with session(97, "--sync", "link") as (child, other):
        child.tell(say.StartRolling())
        told = child.wait_for(lambda state: state.sync is not None and bool(state.sync.warning))
        assert told.sync is not None
        expected = "the Link session plays 97.0 bpm where the score has 120.0: set it so, or import score.mid"
        assert told.sync.warning == expected
        assert other.ask().tempo == pytest.approx(97)


def test_the_session_takes_tempo_place_in_the_bar_start_and_stop_of_what_leads() -> None:
    slower_from_two_s = ((0, 500_000), (4 * 960, 600_000))
    with session(97, "--sink", "link:v2m_bridge Link", tempi=slower_from_two_s) as (child, other):
        other.wait_for(lambda seen: seen.tempo == pytest.approx(120) and not seen.playing)
        child.tell(say.StartRolling())
        other.wait_for(lambda seen: seen.playing)
        child.wait_for(lambda state: state.playing and state.at_ns > NS_PER_S // 4)
        assert abs(_beats_apart(child, other.ask(), 120)) < _OFF_BEATS
        seen = other.wait_for(lambda seen: seen.tempo == pytest.approx(100))
        assert child.wait_for(lambda state: state.at_mono_ns > seen.at_mono_ns).at_ns > 2 * NS_PER_S
        assert abs(_beats_apart(child, other.ask(), 100) + 4 - 10 / 3) < _OFF_BEATS, "two seconds held four beats"
        other.ask("140")
        other.wait_for(lambda seen: seen.tempo == pytest.approx(100))
        child.tell(say.StopRolling())
        other.wait_for(lambda seen: not seen.playing)


@pytest.mark.long
def test_a_spare_that_takes_over_goes_on_where_playing_would_be_and_stops_with_the_session() -> None:
    with other_peer(120) as other, player(*_OUT, "--spare", "--sync", "link") as child:
        score = score_with_pad()
        child.tell(say.LoadEdit(edit_sheet_of(score)))
        other.ask("play")
        began_ns = time.monotonic_ns()
        child.tell(say.TakeOver(True, NS_PER_S, began_ns, 0, 0))
        child.wait_for(lambda state: state.playing)
        other.wait_for(lambda seen: seen.peers == 1)
        while (state := child.wait_for(lambda _: True)).at_mono_ns < began_ns + 4 * NS_PER_S:
            assert state.playing
            assert abs(state.at_ns - NS_PER_S - (state.at_mono_ns - began_ns)) < NS_PER_S // 10
        other.ask("stop")
        child.wait_for(lambda state: not state.playing)

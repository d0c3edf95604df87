"""Laws of times as the panel writes and reads them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.snapshots import make_player
from ui.edit_time import frame_at, frame_label, frame_seconds, position_s, seconds_of_label
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import DirectionError

RATES = st.sampled_from([("24", False), ("25", False), ("24000/1001", False), ("30000/1001", True), ("60", False)])


@given(RATES, st.integers(0, 500_000), st.integers(0, 200_000))
def test_a_label_read_back_is_the_time_of_its_frame(rate: tuple[str, bool], frame: int, start: int) -> None:
    snapshot = Snapshot(version=0, rate=rate[0], drop_frame=rate[1], start_frame=start)
    seconds = frame_seconds(snapshot, frame)
    assert seconds_of_label(snapshot, frame_label(snapshot, frame)) == seconds
    assert frame_at(snapshot, seconds) == frame


def test_a_colon_will_do_where_labels_are_dropped() -> None:
    snapshot = Snapshot(version=0, rate="30000/1001", drop_frame=True, start_frame=0)
    assert seconds_of_label(snapshot, "00:01:00:02") == seconds_of_label(snapshot, "00:01:00;02")


@pytest.mark.parametrize("text", ["", "soon", "01:00:00:25", "00:59:59:24", "1:2:3"])
def test_a_label_that_names_no_frame_of_the_edit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(DirectionError) as caught:
        seconds_of_label(Snapshot(version=0, rate="25", start_frame=90_000), text)
    assert "01:00:00:00" in caught.value.hint


@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_a_standing_transport_stays_where_it_is(at_ns: int, later_ns: int) -> None:
    assert position_s(make_player(at_ns=at_ns), later_ns) == at_ns / NS_PER_S


@given(st.integers(0, 10**10), st.integers(0, 10**12))
def test_a_rolling_transport_moves_with_the_clock(at_ns: int, since_ns: int) -> None:
    player = make_player(playing=True, at_ns=at_ns, at_mono_ns=77)
    assert position_s(player, 77 + since_ns) == (at_ns + since_ns) / NS_PER_S


@given(st.integers(0, 10**10), st.integers(1, 10**10), st.integers(0, 10**12), st.fractions(0, 1))
def test_a_loop_is_never_left(start_ns: int, length_ns: int, since_ns: int, where: Fraction) -> None:
    at_ns = start_ns + min(length_ns - 1, int(where * length_ns))
    player = make_player(playing=True, at_ns=at_ns, loop_start_ns=start_ns, loop_end_ns=start_ns + length_ns)
    place_ns = position_s(player, since_ns) * NS_PER_S
    assert start_ns - 1 <= place_ns <= start_ns + length_ns


def test_without_a_player_the_place_is_the_start() -> None:
    assert position_s(None, 123) == 0.0

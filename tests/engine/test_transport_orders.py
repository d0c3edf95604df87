"""Orders of the transport that a player may have taken to its grave."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core import playing
from v2m_bridge.engine.transport_orders import TransportOrders

SLACK_NS = 50_000_000
TIMES = st.lists(st.integers(0, 10**10), max_size=30).map(sorted)


@given(TIMES, st.integers(0, 10**10))
def test_what_was_ordered_since_a_player_spoke_is_told_again_in_order(times: list[int], spoke_ns: int) -> None:
    orders = TransportOrders()
    for number, mono_ns in enumerate(times):
        orders.give(playing.LocateTo(number), mono_ns)
    wanted = [number for number, mono_ns in enumerate(times) if mono_ns > spoke_ns - SLACK_NS]
    assert orders.after(spoke_ns) == [playing.LocateTo(number) for number in wanted]


def test_a_take_is_not_written_again_over_what_was_written() -> None:
    orders = TransportOrders()
    orders.give(playing.WriteTake("take-001.mid"), 5)
    assert orders.after(0) == []


def test_only_the_last_orders_are_kept() -> None:
    orders = TransportOrders()
    for number in range(1000):
        orders.give(playing.LocateTo(number), 10**9)
    assert len(orders.after(0)) == 64
    assert orders.after(0)[-1] == playing.LocateTo(999)

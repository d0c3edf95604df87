"""Work ahead: in order, no further than it may, and over when nobody asks any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2m_bridge.vision.ahead import ahead


def _threads() -> int:
    return sum(thread.name == "ahead" for thread in threading.enumerate())


@given(st.lists(st.integers(), max_size=40), st.integers(1, 5), st.integers(0, 50))
@settings(deadline=None)
def test_items_come_in_order_and_the_thread_ends_wherever_one_stops(items: list[int], most: int, stop: int) -> None:
    made = ahead(iter(items), most)
    taken = [item for item, _ in zip(made, range(stop), strict=False)]
    assert taken == items[:stop]
    made.close()
    assert _threads() == 0


def test_no_more_is_made_than_may_wait() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            yield item

    taken = ahead(items(), 3)
    for asked in range(1, 20):
        next(taken)
        assert len(made) <= asked + 3 + 2  # one is on its way on each side
    taken.close()


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    taken = ahead(items(), 8)
    assert next(taken) == 1
    with pytest.raises(LookupError, match="no more"):
        next(taken)
    assert _threads() == 0

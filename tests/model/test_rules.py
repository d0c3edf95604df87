"""The rules that a choice obeys, and the order in which they give way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.arrays import Bool
from v2m_bridge.core.harmony import N_SYMBOLS
from v2m_bridge.model.rules import KEY_SLOTS, LOOP_ROUNDS, loops_allowed, narrowed, near_key, repeats_allowed, staleness

SYMBOLS = st.lists(st.integers(1, 3), max_size=40)


def _mask(allowed: set[int]) -> Bool:
    return np.isin(np.arange(N_SYMBOLS), list(allowed))


@given(st.lists(st.sets(st.integers(1, 5)), max_size=4))
def test_rules_give_way_from_the_last_on_and_no_more_of_them_than_must(rules: list[set[int]]) -> None:
    always = _mask({1, 2, 3, 4, 5})
    allowed = {int(symbol) for symbol in np.flatnonzero(narrowed(always, [_mask(rule) for rule in rules]))}
    for n_kept in range(len(rules), -1, -1):
        wanted = {1, 2, 3, 4, 5}.intersection(*rules[:n_kept])
        if wanted:
            assert allowed == wanted
            return


def test_what_never_gives_way_stays_where_every_rule_forbids_it() -> None:
    assert np.flatnonzero(narrowed(_mask({7}), [_mask({1}), _mask({2})])).tolist() == [7]


@given(SYMBOLS)
def test_no_short_loop_comes_round_a_fifth_time(heard: list[int]) -> None:
    allowed = loops_allowed(np.array(heard, np.int64))
    for symbol in range(1, 5):
        after = [*heard, symbol]
        forbidden = any(
            len(set(after[-period:])) > 1
            and len(after) >= (LOOP_ROUNDS + 1) * period
            and after[-(LOOP_ROUNDS + 1) * period :] == after[-period:] * (LOOP_ROUNDS + 1)
            for period in (2, 3)
        )
        assert allowed[symbol] == (not forbidden)


@given(SYMBOLS, SYMBOLS, st.integers(1, 6))
def test_a_run_is_never_longer_than_the_limit_where_it_was_not_before(
    before: list[int], after: list[int], limit: int
) -> None:
    allowed = repeats_allowed(np.array(before, np.int64), np.array(after, np.int64), limit)
    for symbol in range(1, 5):
        run = 1 + _front(before[::-1], symbol) + _front(after, symbol)
        assert allowed[symbol] == (run <= limit or run == 1)


def _front(symbols: list[int], symbol: int) -> int:
    return next((n for n, each in enumerate(symbols) if each != symbol), len(symbols))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=40), st.integers(0, 3))
def test_chords_outside_the_key_are_few_among_the_last_slots(heard: list[int], limit: int) -> None:
    slot, inside = len(heard), np.tile(_mask({1, 2}), (len(heard) + 1, 1))
    allowed = near_key(np.array(heard), inside, slot, limit)
    assert allowed[3] == (heard[-KEY_SLOTS + 1 :].count(3) < limit)
    assert allowed[[1, 2]].all()


@given(st.integers(1, 156), st.integers(1, 90))
def test_a_chord_that_is_held_is_no_loop(symbol: int, n_slots: int) -> None:
    held = np.full(n_slots, symbol)
    assert not staleness(held).any()
    assert loops_allowed(held).all()

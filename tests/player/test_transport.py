"""Laws of the transport."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from v2m_bridge.player.transport import SHORTEST_LOOP_NS, UNITY, Transport

_NS = st.integers(0, 10**12)
_LOOPS = st.tuples(_NS, st.integers(SHORTEST_LOOP_NS, 10**10)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def _rolling(at_ns: int, clock_ns: int, loop: tuple[int, int] | None) -> Transport:
    transport = Transport()
    transport.locate(at_ns, clock_ns)
    if loop is not None:
        transport.set_loop(*loop, clock_ns)
    transport.play(clock_ns)
    return transport


@given(_NS, _NS, st.none() | _LOOPS, st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
def test_segments_tile_the_clock_and_follow_the_position(
    at_ns: int, clock_ns: int, loop: tuple[int, int] | None, steps: list[int]
) -> None:
    transport = _rolling(at_ns, clock_ns, loop)
    now = clock_ns
    for step in steps:
        for segment in transport.segments(now, clock_ns + (now - clock_ns) + step):
            assert segment.clock_ns == now
            assert segment.from_ns == transport.position_at(now)
            assert segment.to_ns > segment.from_ns
            now += segment.to_ns - segment.from_ns
    assert now == clock_ns + sum(steps)


@given(_NS, _LOOPS, st.integers(0, 10**11))
def test_a_loop_keeps_a_position_before_its_end_inside(at_ns: int, loop: tuple[int, int], elapsed_ns: int) -> None:
    transport = _rolling(at_ns, 0, loop)
    position = transport.position_at(elapsed_ns)
    if at_ns < loop[1]:
        assert min(at_ns, loop[0]) <= position < loop[1]
    else:
        assert position == at_ns + elapsed_ns, "behind its end the loop is never met"


@given(_NS, _LOOPS, st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
@example(10**9, (10**9, 2 * 10**9), [10**9, 2 * 10**9])
def test_every_wrap_is_marked_once_however_the_time_is_cut(at_ns: int, loop: tuple[int, int], steps: list[int]) -> None:
    transport = _rolling(at_ns, 0, loop)
    edges = [sum(steps[:i]) for i in range(len(steps) + 1)]
    in_pieces = [s.clock_ns for a, b in itertools.pairwise(edges) for s in transport.segments(a, b) if s.wraps]
    at_once = [s.clock_ns for s in transport.segments(0, edges[-1]) if s.wraps]
    first_ns = loop[1] - at_ns
    expected = range(first_ns, edges[-1], loop[1] - loop[0]) if first_ns > 0 else range(0)
    assert in_pieces == at_once == list(expected)


@given(_NS, _NS, st.integers(0, 10**10), st.integers(-(10**12), 10**12))
def test_another_clock_changes_no_position(at_ns: int, clock_ns: int, elapsed_ns: int, by_ns: int) -> None:
    transport = _rolling(at_ns, clock_ns, None)
    before = transport.position_at(clock_ns + elapsed_ns)
    transport.move_clock(by_ns)
    assert transport.position_at(clock_ns + elapsed_ns + by_ns) == before


@given(_NS, _NS, st.integers(0, 10**10), st.integers(0, 10**10))
def test_stop_stands_still_and_play_goes_on_from_there(at_ns: int, clock_ns: int, ran_ns: int, stood_ns: int) -> None:
    transport = _rolling(at_ns, clock_ns, None)
    transport.stop(clock_ns + ran_ns)
    assert transport.position_at(clock_ns + ran_ns + stood_ns) == at_ns + ran_ns
    assert not list(transport.segments(clock_ns, clock_ns + 10**9))
    transport.play(clock_ns + ran_ns + stood_ns)
    assert transport.position_at(clock_ns + ran_ns + stood_ns + 5) == at_ns + ran_ns + 5


@given(_NS, _NS, st.lists(st.tuples(st.integers(1, 10**9), st.integers(UNITY // 2, 2 * UNITY)), max_size=12))
def test_another_speed_bends_the_way_and_leaves_no_gap(at_ns: int, clock_ns: int, steps: list[tuple[int, int]]) -> None:
    transport = _rolling(at_ns, clock_ns, None)
    now, place, seen = clock_ns, at_ns, [(clock_ns, at_ns)]
    for step, speed in steps:
        transport.set_speed(speed, now)
        for segment in transport.segments(now, now + step):
            assert (segment.clock_ns, segment.from_ns) == (now, place)
            inside = [segment.from_ns, (segment.from_ns + segment.to_ns) // 2, max(segment.from_ns, segment.to_ns - 1)]
            clocks = [segment.clock_at(at) for at in inside]
            assert now <= clocks[0] <= clocks[1] <= clocks[2] <= now + step
            place = segment.to_ns
        now += step
        assert abs(place - seen[-1][1] - step * speed / UNITY) <= 1
        seen.append((now, place))
    assert [transport.position_at(clock) for clock, _ in seen] == [at for _, at in seen], "also before the last change"


@given(_LOOPS, st.integers(UNITY // 2, 2 * UNITY), st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
def test_a_loop_at_another_speed_plays_every_nanosecond_of_every_turn(
    loop: tuple[int, int], speed: int, steps: list[int]
) -> None:
    transport = _rolling(loop[0], 0, loop)
    transport.set_speed(speed, 0)
    now, place = 0, loop[0]
    for step in steps:
        for segment in transport.segments(now, now + step):
            assert segment.from_ns == (loop[0] if segment.wraps else place)
            assert segment.from_ns <= segment.to_ns <= loop[1]
            assert not segment.wraps or place == loop[1]
            place = segment.to_ns
        now += step


@given(_NS, st.integers(-(10**9), SHORTEST_LOOP_NS - 1))
def test_a_loop_too_short_to_play_ends_the_loop(start_ns: int, length_ns: int) -> None:
    transport = _rolling(0, 0, (0, 10**9))
    transport.set_loop(start_ns, start_ns + length_ns, 0)
    assert transport.loop is None

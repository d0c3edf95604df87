"""MIDI timecode: what is sent is what is read, at every rate, through everything that a cable does to it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from v2m_bridge.core.timebase import NS_PER_S, FrameTime
from v2m_bridge.player.sync.mtc import MtcDecoder, MtcPlace, full_frame, quarter_frame, quarter_frames
from v2m_bridge.player.sync.timecode_label import Label, MtcRate, frame_of, label_of

RATES = st.sampled_from(list(MtcRate))
QUARTERS = st.integers(0, 4 * 2_589_408 - 1)
"""Every quarter frame of a drop-frame day, which is the third shortest; midnight of the others is tested by itself."""
QUARTER_NS = 10_000_000
LONGEST_LOCK_IN = 8
"""Messages: two frames."""

_MINUTE_ENDS = [frame_of(Label(h, m, 59, 28), MtcRate.DROP) * 4 for h, m in ((0, 0), (0, 8), (0, 9), (1, 59), (23, 59))]


def _play(decoder: MtcDecoder, quarters: list[int], rate: MtcRate, clock_ns: int = 0) -> list[MtcPlace | None]:
    """Send these quarters of the tape, one every 10 ms."""
    return [
        decoder.hear(quarter_frame(quarter, rate), clock_ns + number * QUARTER_NS)
        for number, quarter in enumerate(quarters)
    ]


def _day(rate: MtcRate) -> int:
    return 4 * rate.frames_per_day


@given(RATES, QUARTERS)
def test_a_full_frame_names_its_frame(rate: MtcRate, quarter: int) -> None:
    frame = quarter // 4 % rate.frames_per_day
    place = MtcDecoder().hear(full_frame(frame, rate), 5)
    assert place == MtcPlace(5, 4 * frame, rate, False, 0.0)


@given(RATES, QUARTERS, st.integers(LONGEST_LOCK_IN + 1, 64), st.booleans())
@example(MtcRate.DROP, _MINUTE_ENDS[0] - 3, 40, False)
def test_from_the_ninth_message_on_every_quarter_is_right_forward_and_in_reverse(
    rate: MtcRate, start: int, count: int, backwards: bool
) -> None:
    quarters = [start - n if backwards else start + n for n in range(count)]
    places = _play(MtcDecoder(), quarters, rate)
    for number, (quarter, place) in enumerate(zip(quarters, places, strict=True)):
        if number >= LONGEST_LOCK_IN:
            assert place is not None
        if place is not None:
            assert place.quarters == quarter % _day(rate)
            assert place.rate is rate
            assert (place.speed < 0) == backwards


@pytest.mark.parametrize("rate", MtcRate)
def test_every_phase_locks_on_the_eighth_message_but_where_a_dropped_label_may_follow(rate: MtcRate) -> None:
    late = 0
    for start in range(4 * 1740, 4 * 1860):
        places = _play(MtcDecoder(), list(range(start, start + 9)), rate)
        assert places[8] is not None
        late += places[7] is None
    assert late <= (6 if rate.drop_frame else 0)


@pytest.mark.parametrize("rate", MtcRate)
@pytest.mark.parametrize("around", [*_MINUTE_ENDS, 0])
def test_minutes_that_drop_labels_and_midnight_are_passed_on_the_right_quarter(rate: MtcRate, around: int) -> None:
    quarters = list(range(around - 40, around + 40))
    for direction in (1, -1):
        places = _play(MtcDecoder(), quarters[::direction], rate)
        read = [place.quarters for place in places[8:] if place]
        assert read == [quarter % _day(rate) for quarter in quarters[::direction][8:]]


@given(RATES, QUARTERS, st.lists(st.sampled_from(("once", "twice", "never", "back")), min_size=30, max_size=60))
def test_dropped_doubled_and_reversed_messages_keep_the_place(rate: MtcRate, start: int, fates: list[str]) -> None:
    decoder = MtcDecoder()
    lock_in = list(range(start - 9, start))
    clock_ns = 0
    for quarter in lock_in:
        decoder.hear(quarter_frame(quarter, rate), clock_ns)
        clock_ns += QUARTER_NS
    quarter, direction, silent = start, 1, 0
    for fate in fates:
        if fate == "back" and silent == 0:  # the tape turns and passes the quarter that it passed last once more
            direction = -direction
            quarter += direction
        message = quarter_frame(quarter, rate)
        silent = silent + 1 if fate == "never" else 0
        for _ in range({"never": 0, "twice": 2}.get(fate, 1)):
            place = decoder.hear(message, clock_ns)
            assert place is not None
            assert place.quarters == quarter % _day(rate)
        clock_ns += QUARTER_NS
        quarter += direction
        if silent > 20:
            return


@given(RATES, QUARTERS, st.integers(0, 60), st.integers(1, 10**6))
def test_a_jump_is_never_followed_by_a_place_that_is_wrong_for_longer_than_two_frames(
    rate: MtcRate, start: int, ran: int, far: int
) -> None:
    decoder = MtcDecoder()
    quarters = list(range(start, start + ran))
    landed = start + ran + 8 * far
    after = list(range(landed, landed + 30))
    places = _play(decoder, quarters + after, rate)[ran:]
    for quarter, place in zip(after[17:], places[17:], strict=True):
        assert place is not None
        assert place.quarters == quarter % _day(rate)


@given(RATES, QUARTERS, st.floats(0.5, 2.0), st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_speed_is_told_within_one_percent_under_a_millisecond_of_jitter(
    rate: MtcRate, start: int, speed: float, clock_ns: int, chance: random.Random
) -> None:
    decoder = MtcDecoder()
    interval_ns = NS_PER_S / (4 * rate.nominal * speed)
    speeds = []
    for number in range(120):
        jitter_ns = chance.randrange(1_000_000)
        place = decoder.hear(quarter_frame(start + number, rate), clock_ns + int(number * interval_ns) + jitter_ns)
        speeds += [place.speed] if place and number >= 60 else []
    assert sum(speeds) / len(speeds) == pytest.approx(speed, rel=0.01)


@given(RATES, st.integers(0, 10**12), st.integers(0, 10**9), st.booleans(), st.integers(0, 200_000), st.booleans())
def test_a_stretch_of_tape_is_sent_whole_and_in_order_however_it_is_cut(
    rate: MtcRate, from_ns: int, length_ns: int, pulled: bool, start_frame: int, backwards: bool
) -> None:
    per_s = rate.pulled_down() if pulled or rate.drop_frame else Fraction(rate.nominal)
    ends = (from_ns + length_ns, from_ns) if backwards else (from_ns, from_ns + length_ns)
    middle = sum(ends) // 2
    whole = list(quarter_frames(*ends, per_s, rate, start_frame=start_frame))
    pieces = [
        sent
        for a, b in ((ends[0], middle), (middle, ends[1]))
        for sent in quarter_frames(a, b, per_s, rate, start_frame=start_frame)
    ]
    assert pieces == whole
    times = [at_ns for at_ns, _ in whole]
    assert times == sorted(times, reverse=backwards)
    assert all(from_ns <= at_ns < from_ns + length_ns for at_ns in times)
    decoder = MtcDecoder()
    for at_ns, message in whole:
        place = decoder.hear(message, (from_ns + length_ns - at_ns) if backwards else at_ns)
        if place is not None:
            told = FrameTime(place.quarters - 4 * start_frame, 4 * per_s)
            assert (told.ns - at_ns) % (FrameTime(rate.frames_per_day, per_s).ns + 1) <= 1


@given(st.lists(st.binary(min_size=0, max_size=12) | st.binary(min_size=1, max_size=1).map(lambda b: b"\xf1" + b)))
def test_no_message_breaks_the_decoder(messages: list[bytes]) -> None:
    decoder = MtcDecoder()
    for number, message in enumerate(messages):
        place = decoder.hear(message, number)
        assert place is None or label_of(place.quarters // 4, place.rate)

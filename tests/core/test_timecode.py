"""Timecode labels against a counter that only ever adds one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import DROP_FRAME_RATES, NTSC_RATES, WHOLE_RATES, rates
from v2m_bridge.core.timebase import FrameTime, can_drop_frames, parse_timecode, timecode


def counted(nominal: int, dropped: int) -> Iterator[tuple[int, int, int]]:
    """Yield (minute, second, frame) labels for ever, as a tape machine counts them."""
    minute = second = frame = 0
    while True:
        yield minute, second, frame
        frame += 1
        if frame == nominal:
            frame, second = 0, second + 1
        if second == 60:
            second, minute = 0, minute + 1
            if minute % 10:
                frame = dropped


@cache
def ten_minutes(nominal: int, dropped: int) -> tuple[tuple[int, int, int], ...]:
    """Return the labels of ten minutes; drop-frame counting repeats after that."""
    labels: list[tuple[int, int, int]] = []
    for label in counted(nominal, dropped):
        if label[0] == 10:
            return tuple(labels)
        labels.append(label)
    raise AssertionError


def slow_label(frame: int, rate: Fraction, *, drop_frame: bool) -> str:
    nominal = round(rate)
    block = ten_minutes(nominal, nominal // 15 if drop_frame else 0)
    minute, second, left = block[frame % len(block)]
    minute += 10 * (frame // len(block))
    width = 3 if nominal > 100 else 2
    return f"{minute // 60:02}:{minute % 60:02}:{second:02}{';' if drop_frame else ':'}{left:0{width}}"


@given(rates, st.data())
def test_every_label_is_what_a_counter_shows(rate: Fraction, data: st.DataObject) -> None:
    at = FrameTime(data.draw(st.integers(0, 100 * 60 * 60 * round(rate))), rate)
    assert timecode(at) == slow_label(at.frame, rate, drop_frame=False)
    assert parse_timecode(timecode(at), rate) == at


@given(st.integers(0, 60 * 60 * 60 * 30), st.sampled_from(DROP_FRAME_RATES))
def test_every_drop_frame_label_is_what_a_counter_shows(frame: int, rate: Fraction) -> None:
    at = FrameTime(frame, rate)
    assert timecode(at, drop_frame=True) == slow_label(frame, rate, drop_frame=True)
    assert parse_timecode(timecode(at, drop_frame=True), rate) == at


@pytest.mark.parametrize("rate", DROP_FRAME_RATES)
def test_around_every_minute_of_two_hours_drop_frame_labels_are_right(rate: Fraction) -> None:
    for minute in range(121):
        near = parse_timecode(f"{minute // 60:02}:{minute % 60:02}:01;00", rate).frame
        for frame in range(max(0, near - 2 * round(rate)), near + 5):
            assert timecode(FrameTime(frame, rate), drop_frame=True) == slow_label(frame, rate, drop_frame=True)


def test_drop_frame_labels_agree_with_the_clock_after_an_hour() -> None:
    hour = parse_timecode("01:00:00;00", Fraction(30000, 1001))
    assert hour.frame == 107_892
    assert abs(hour.seconds - 3600) < 0.004


@given(st.sampled_from(DROP_FRAME_RATES), st.integers(0, 23), st.integers(0, 59), st.data())
def test_labels_that_were_dropped_name_no_frame(rate: Fraction, hour: int, minute: int, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, round(rate) // 15 - 1))
    label = f"{hour:02}:{minute:02}:00;{frame:02}"
    if minute % 10:
        with pytest.raises(ValueError, match="dropped label"):
            parse_timecode(label, rate)
    else:
        assert timecode(parse_timecode(label, rate), drop_frame=True) == label


@pytest.mark.parametrize("rate", [r for r in NTSC_RATES + WHOLE_RATES if r not in DROP_FRAME_RATES])
def test_drop_frame_is_refused_where_it_does_not_exist(rate: Fraction) -> None:
    assert not can_drop_frames(rate)
    with pytest.raises(ValueError, match="no drop-frame"):
        timecode(FrameTime(0, rate), drop_frame=True)
    with pytest.raises(ValueError, match="no drop-frame"):
        parse_timecode("00:00:01;00", rate)


@given(st.integers(1, 10**7), rates)
def test_a_frame_before_zero_has_the_label_of_its_mirror_with_a_minus(frame: int, rate: Fraction) -> None:
    assert timecode(FrameTime(-frame, rate)) == "-" + timecode(FrameTime(frame, rate))


@pytest.mark.parametrize("text", ["", "1", "01:00:00", "01:60:00:00", "01:00:60:00", "01:00:00:25", "a1:00:00:00",
                                  "01:00:00:00:00", "1:00:00:00", "-01:00:00:00"])  # fmt: skip
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="timecode"):
        parse_timecode(text, Fraction(25))


@given(st.text(max_size=20), rates)
def test_no_text_gives_anything_but_a_frame_or_a_value_error(text: str, rate: Fraction) -> None:
    try:
        at = parse_timecode(text, rate)
    except ValueError:
        return
    assert at.frame >= 0

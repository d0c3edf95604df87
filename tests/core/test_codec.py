"""Values between processes."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import directions, rates, tempo_maps, timelines
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.timebase import FrameTime, TempoMap
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.core.work import ComposeRequest, Means

fractions = st.fractions()


@given(timelines())
def test_a_timeline_arrives_as_it_was_sent(edit: Timeline) -> None:
    assert decode(encode(edit), Timeline) == edit


@given(directions)
def test_wishes_arrive_as_they_were_sent(direction: Direction) -> None:
    assert decode(encode(direction), Direction) == direction


@given(tempo_maps())
def test_a_tempo_map_arrives_as_it_was_sent(tempo: TempoMap) -> None:
    assert decode(encode(tempo), TempoMap) == tempo


@given(st.integers(-(2**60), 2**60), rates)
def test_rates_arrive_exact(frame: int, rate: Fraction) -> None:
    assert decode(encode(FrameTime(frame, rate)), FrameTime) == FrameTime(frame, rate)


@given(fractions)
def test_fractions_of_any_size_arrive_exact(value: Fraction) -> None:
    assert decode(encode(value), Fraction) == value


@given(timelines(), directions)
def test_a_request_to_the_worker_arrives_as_it_was_sent(edit: Timeline, direction: Direction) -> None:
    asked = ComposeRequest(means=Means(cache_dir="cache"), timeline=edit, wishes=direction.defaults)
    assert decode(encode(asked), ComposeRequest) == asked


@given(st.integers(1, 6), st.booleans(), st.integers(0, 2**32 - 1))
def test_features_arrive_bit_for_bit_and_read_only(n_seconds: int, has_semantic: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def column(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return rng.random(shape, dtype=np.float32)

    sent = MediumFeatures(
        MediaInfo("a.mov", Fraction(n_seconds), Fraction(24000, 1001), 640, 272, has_audio=False),
        VideoFeatures(
            semantic=column(n_seconds, 768) if has_semantic else None,
            scene_offset_s=column(n_seconds),
            motion=column(n_seconds),
            emotion=column(n_seconds, 6),
            valence=column(n_seconds),
            arousal=column(n_seconds),
            confidence=column(n_seconds),
        ),
        (Fraction(1, 3),),
        "compact",
    )
    got = decode(encode(sent), MediumFeatures)
    assert (got.info, got.cuts_s, got.backend) == (sent.info, sent.cuts_s, sent.backend)
    for name in ("semantic", "scene_offset_s", "motion", "emotion", "valence", "arousal", "confidence"):
        here, there = getattr(sent.features, name), getattr(got.features, name)
        if here is None:
            assert there is None
            continue
        assert here.dtype == there.dtype
        assert here.shape == there.shape
        assert here.tobytes() == there.tobytes()
        assert not there.flags.writeable


@given(st.binary(max_size=80))
def test_bytes_that_are_no_value_are_a_decode_error_and_nothing_else(data: bytes) -> None:
    for kind in (Timeline, CueDirection, PlainVideo, VideoFeatures, Fraction):
        try:
            decode(data, kind)
        except msgspec.DecodeError:
            continue


@given(timelines(), st.data())
def test_damaged_bytes_are_a_decode_error_or_another_whole_value(edit: Timeline, data: st.DataObject) -> None:
    whole = bytearray(encode(edit))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    with suppress(msgspec.DecodeError):
        assert isinstance(decode(bytes(whole), Timeline), Timeline)


@pytest.mark.parametrize("value", ["1/0", "x", "", "1/2/3"])
def test_a_fraction_that_is_none_is_a_decode_error(value: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(msgspec.msgpack.encode(value), Fraction)


@pytest.mark.parametrize("array", [{}, {"dtype": "<f4"}, {"dtype": "|O", "shape": [1], "data": b"12345678"}, 3, [],
                                   {"dtype": "<f4", "shape": [2], "data": b"1234"}])  # fmt: skip
def test_an_array_that_is_none_is_a_decode_error(array: object) -> None:
    names = ("semantic", "scene_offset_s", "motion", "emotion", "valence", "arousal", "confidence")
    with pytest.raises(msgspec.DecodeError):
        decode(msgspec.msgpack.encode(dict.fromkeys(names, array)), VideoFeatures)


def test_nesting_without_end_is_a_decode_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b"\x91" * 200_000 + b"\xc0", Timeline)


def test_what_is_no_core_value_cannot_be_sent() -> None:
    with pytest.raises(NotImplementedError, match="cannot send"):
        encode(object())

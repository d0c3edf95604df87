"""Laws of the strict OSC reader: whatever comes from a network, it answers or refuses, in linear time."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge.core.osc_check import (
    MAX_BUNDLE_DEPTH,
    MAX_DATAGRAM_BYTES,
    MAX_MESSAGES,
    OscArg,
    OscError,
    read_datagram,
)

HANGS_THE_USUAL_LIBRARY = b"#bundle\0" + b"\0" * 7 + b"\1" + struct.pack(">i", -4) + b"\0" * 4
_TAG_ONE = (1).to_bytes(8, "big")
_MESSAGE = b"/a\0\0,\0\0\0"

_addresses = st.text("abcxyz019_-./:", min_size=1, max_size=20).map(lambda text: "/" + text)
_floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
_arguments = st.lists(
    st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1))
    | st.tuples(st.just("f"), _floats)
    | st.tuples(st.just("s"), _texts)
    | st.tuples(st.just("b"), st.binary(min_size=1, max_size=12)),
    max_size=6,
)


def _built(address: str, arguments: list[tuple[str, OscArg]]) -> OscMessageBuilder:
    builder = OscMessageBuilder(address=address)
    for kind, value in arguments:
        builder.add_arg(value, kind)
    return builder


def _element(packet: bytes) -> bytes:
    return struct.pack(">i", len(packet)) + packet


def _bundle(*packets: bytes) -> bytes:
    return b"#bundle\0" + _TAG_ONE + b"".join(_element(packet) for packet in packets)


def _answer(data: bytes) -> str:
    try:
        return f"{len(read_datagram(data))} messages"
    except OscError as exc:
        return str(exc)


@given(_addresses, _arguments)
def test_valid_messages_read_as_the_usual_library_wrote_them(address: str, arguments: list[tuple[str, OscArg]]) -> None:
    data = _built(address, arguments).build().dgram
    (message,) = read_datagram(data)
    assert message.address == address
    assert list(message.args) == [value for _, value in arguments]
    assert message.time_tag == 1


@given(st.lists(st.tuples(_addresses, _arguments), max_size=4), st.integers(1, 2_085_978_495))
def test_valid_bundles_read_as_the_usual_library_wrote_them(
    messages: list[tuple[str, list[tuple[str, OscArg]]]], seconds: int
) -> None:
    builder = OscBundleBuilder(seconds)
    for address, arguments in messages:
        builder.add_content(_built(address, arguments).build())
    read = read_datagram(builder.build().dgram)
    assert [message.address for message in read] == [address for address, _ in messages]
    assert all(message.time_tag >> 32 == seconds + 2_208_988_800 for message in read)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"#bundle\0" + tail))
@example(HANGS_THE_USUAL_LIBRARY)
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert _answer(data)


@given(_addresses, _arguments, st.data())
@settings(max_examples=300)
def test_a_message_with_bytes_changed_or_cut_is_read_or_refused(
    address: str, arguments: list[tuple[str, OscArg]], data: st.DataObject
) -> None:
    packet = bytearray(_bundle(_built(address, arguments).build().dgram))
    for _ in range(data.draw(st.integers(1, 4))):
        packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    assert _answer(bytes(packet[: data.draw(st.integers(0, len(packet)))]))


def test_the_packet_that_hangs_the_usual_library_is_refused() -> None:
    assert len(HANGS_THE_USUAL_LIBRARY) == 24
    with pytest.raises(OscError, match="-4 bytes"):
        read_datagram(HANGS_THE_USUAL_LIBRARY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"/a\0\0",
        b"/a\0\0,\0\0\0\0",
        b"a\0\0\0,\0\0\0",
        b"/*\0\0,\0\0\0",
        b"/{a}\0\0\0\0,\0\0\0",
        b"/[a]\0\0\0\0,\0\0\0",
        b"/a?\0,\0\0\0",
        b"/\xc3\xa9\0,\0\0\0",
        b"/a\0\0i\0\0\0",
        b"/a\0x,\0\0\0",
        b"/a\0\0,\0x\0",
        b"/abc,i\0\0",
        b"/a\0\0,i\0\0",
        b"/a\0\0,d\0\0" + b"\0" * 8,
        b"/a\0\0,T\0\0",
        b"/a\0\0,f\0\0\x7f\x80\0\0",
        b"/a\0\0,f\0\0\x7f\xc0\0\0",
        b"/a\0\0,s\0\0abcd",
        b"/a\0\0,s\0\0\xff\xff\xff\0",
        b"/a\0\0,b\0\0\xff\xff\xff\xfc",
        b"/a\0\0,b\0\0\0\0\0\x08abcd",
        b"/a\0\0,\0\0\0abcd",
        b"#bundle\0",
        b"#bundle\0\0\0\0\0",
        b"#bundle\0" + _TAG_ONE + b"\0\0",
        b"#bundle\0" + _TAG_ONE + b"\0\0\0\0",
        b"#bundle\0" + _TAG_ONE + b"\0\0\0\x06" + _MESSAGE,
        b"#bundle\0" + _TAG_ONE + b"\x7f\xff\xff\xfc" + _MESSAGE,
        _bundle(_MESSAGE) + b"\0\0\0\0",
        b"/" + b"a" * (MAX_DATAGRAM_BYTES + 3),
    ],
)
def test_malformed_datagrams_are_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(OscError) as caught:
        read_datagram(data)
    assert str(caught.value)


def test_bundles_nest_to_the_limit_and_no_deeper() -> None:
    packet = _MESSAGE
    for _ in range(MAX_BUNDLE_DEPTH):
        packet = _bundle(packet)
    assert len(read_datagram(packet)) == 1
    with pytest.raises(OscError, match="nested"):
        read_datagram(_bundle(packet))


def test_a_bundle_is_read_whole_or_not_at_all() -> None:
    assert len(read_datagram(_bundle(*[_MESSAGE] * MAX_MESSAGES))) == MAX_MESSAGES
    with pytest.raises(OscError, match="more than"):
        read_datagram(_bundle(*[_MESSAGE] * (MAX_MESSAGES + 1)))
    with pytest.raises(OscError):
        read_datagram(_bundle(_MESSAGE, b"/*\0\0,\0\0\0"))


def _seconds(data: bytes) -> float:
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        _answer(data)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize(
    "make",
    [
        lambda size: _bundle(*[_bundle()] * (size // 20)),
        lambda size: b"/a\0\0," + b"s" * (size // 5 * 4 // 4 * 4 - 1 - size // 5 * 4 % 4) + b"\0" * 4,
        lambda size: b"/" + b"a" * (size - 5) + b"\0" * 4,
        lambda size: b"/a\0\0,s\0\0" + b"x" * (size - 12) + b"\0" * 4,
    ],
    ids=["empty bundles", "many type tags", "long address", "long text"],
)
def test_the_costliest_datagrams_take_milliseconds(make: object) -> None:
    assert callable(make)
    data = make(MAX_DATAGRAM_BYTES - 16)
    assert len(data) <= MAX_DATAGRAM_BYTES
    assert _seconds(data) < 0.02


def test_a_blob_is_padded_with_zeros() -> None:
    good = b"/a\0\0,b\0\0\0\0\0\x01\x07\0\0\0"
    assert read_datagram(good)[0].args == (b"\x07",)
    with pytest.raises(OscError, match="padded"):
        read_datagram(good[:-1] + b"\x01")

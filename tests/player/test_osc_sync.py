"""DAWs that report their transport over OSC are followed, and nothing that is no report changes anything."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge.core.osc_check import OscArg, OscMessage, read_datagram
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.errors import OutputError
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.sources.osc_profiles import PROFILES, Order, OscProfile
from v2m_bridge.player.sync.sources.osc_source import OscSource

HANGS_OTHERS = b"#bundle\0" + bytes(8) + struct.pack(">i", -4) + bytes(4)
S = NS_PER_S


def _hear(profile: OscProfile, *messages: tuple[str, OscArg]) -> list[Report | None]:
    return [profile.hear(OscMessage(address, (value,)), n) for n, (address, value) in enumerate(messages)]


def _profile(name: str, start: str = "") -> OscProfile:
    return PROFILES[name](EditPlace(start))


def test_reaper_is_heard_with_its_default_pattern_file() -> None:
    heard = _hear(_profile("reaper"), ("/time", 3.0), ("/play", 1.0), ("/time", 3.5), ("/time", 3.53), ("/play", 0.0))
    assert heard == [
        Report(0, 3 * S, False, 0.0),
        None,
        Report(2, 3 * S + S // 2, True),
        Report(3, 3_530_000_000, True),
        Report(4, 3_530_000_000, False, 0.0),
    ]


def test_ardour_is_heard_in_time_and_asked_to_locate_in_its_own_samples() -> None:
    profile = _profile("ardour")
    heard = _hear(
        profile,
        ("/transport_play", 1.0),
        ("/position/time", "00:00:02.500"),
        ("/position/samples", "110250"),
        ("/transport_stop", 1.0),
    )
    assert heard == [None, Report(1, 2_500_000_000, True), None, Report(3, 2_500_000_000, False, 0.0)]
    assert profile.locate(2 * S) == (Order("/locate", "ii", (88_200, 0)),)


def test_live_is_heard_in_beats_of_the_score() -> None:
    profile = _profile("live")
    heard = _hear(
        profile,
        ("/live/song/get/tempo", 120.0),
        ("/live/song/get/is_playing", 1),
        ("/live/song/get/current_song_time", 5.0),
        ("/live/song/get/is_playing", 0),
    )
    assert heard == [None, None, Report(2, 2_500_000_000, True), Report(3, 2_500_000_000, False, 0.0)]
    assert profile.locate(2 * S) == (Order("/live/song/set/current_song_time", "f", (4.0,)),)


def test_another_tempo_than_that_of_the_score_is_named() -> None:
    profile = _profile("live")
    _hear(profile, ("/live/song/get/tempo", 97.0), ("/live/song/get/current_song_time", 6.0))
    assert profile.warning == "the DAW plays 97.0 bpm where the score has 120.0: set it so, or import score.mid"


def test_a_plugin_says_both_in_one_message() -> None:
    profile = _profile("plugin", "00:00:10:00")
    assert profile.hear(OscMessage("/v2m/sync", (1, 12.0)), 5) == Report(5, 2 * S, True)
    assert profile.hear(OscMessage("/v2m/sync", (0, 12.0)), 6) == Report(6, 2 * S, False, 0.0)
    assert profile.hear(OscMessage("/v2m/sync", (1, "soon")), 7) is None
    assert profile.play() == ()


_ARGS = st.integers(-(2**31), 2**31 - 1) | st.floats(width=32, allow_nan=False) | st.text(max_size=20)
_ADDRESSES = st.sampled_from(
    ("/time", "/play", "/stop", "/transport_play", "/transport_stop", "/position/time", "/position/samples",
     "/live/song/get/tempo", "/live/song/get/is_playing", "/live/song/get/current_song_time", "/v2m/sync", "/else")
)  # fmt: skip


@given(st.sampled_from(sorted(PROFILES)), st.lists(st.tuples(_ADDRESSES, st.lists(_ARGS, max_size=3)), max_size=20))
def test_no_message_breaks_a_profile(name: str, messages: list[tuple[str, list[OscArg]]]) -> None:
    profile = _profile(name)
    for address, args in messages:
        report = profile.hear(OscMessage(address, tuple(args)), 0)
        assert report is None or abs(report.at_ns) <= 2_000_000 * 60 * S


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def source() -> Iterator[OscSource]:
    source = OscSource(EditPlace(), "reaper", _free_port())
    source.open()
    yield source
    source.close()


def _take(source: OscSource, n_reports: int) -> list[Report]:
    reports: list[Report] = []
    deadline = time.monotonic() + 5
    while len(reports) < n_reports and time.monotonic() < deadline:
        reports += source.take()
        time.sleep(0.005)
    return reports


def test_reports_come_through_a_socket_and_hostile_datagrams_do_not(source: OscSource) -> None:
    def send(address: str, value: float) -> None:
        builder = OscMessageBuilder(address=address)
        builder.add_arg(value, "f")
        sender.sendto(builder.build().dgram, ("127.0.0.1", source._port))

    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        send("/play", 1.0)
        for hostile in (HANGS_OTHERS, b"", b"/time\0\0\0,f\0\0", b"/t*me\0\0\0,f\0\0\0\0\0\0", bytes(9000)):
            sender.sendto(hostile, ("127.0.0.1", source._port))
        send("/time", 4.0)
        (report,) = _take(source, 1)
    assert (report.at_ns, report.rolling) == (4 * S, True)
    assert abs(source.now_ns() - report.clock_ns) < 5 * S
    assert source.n_rejected == 5


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        ("reaper", [("/play", (1.0,)), ("/stop", (1.0,)), ("/time", (2.0,))]),
        ("ardour", [("/transport_play", (1.0,)), ("/transport_stop", (1.0,)), ("/locate", (96_000, 0))]),
        (
            "live",
            [
                ("/live/song/continue_playing", ()),
                ("/live/song/stop_playing", ()),
                ("/live/song/set/current_song_time", (4.0,)),
            ],
        ),
    ],
)
def test_play_stop_and_locate_reach_each_program_in_its_own_words(
    flavour: str, expected: list[tuple[str, tuple[OscArg, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as program:
        program.bind(("127.0.0.1", 0))
        program.settimeout(5)
        monkeypatch.setattr(PROFILES[flavour], "peer", program.getsockname())
        source = OscSource(EditPlace(), flavour, _free_port())
        source.open()
        try:
            assert source.play()
            assert source.stop()
            assert source.locate(2 * S)
            said = [read_datagram(program.recv(1000))[0] for _ in range(3)]
        finally:
            source.close()
    assert [(message.address, message.args) for message in said] == expected


def test_a_port_that_is_taken_is_one_sentence(source: OscSource) -> None:
    with pytest.raises(OutputError, match="cannot listen for OSC"):
        OscSource(EditPlace(), "reaper", source._port).open()


def test_reaper_tells_its_bars() -> None:
    profile = _profile("reaper")
    _hear(profile, ("/tempo/raw", 120.0), ("/time", 4.5), ("/beat/str", "3.2.00"))
    assert profile.grid is not None
    assert (profile.grid.bar, profile.grid.bar_start_ns) == (3, 4 * S)

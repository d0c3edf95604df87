"""Outputs with a latency of their own, and OSC that leaves when it is due."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.player.processes import player
from tests.player.stage import MS, FakeClock, FakeSink, Listener
from tests.scores import make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.osc_check import read_datagram
from v2m_bridge.core.programme import programme_of
from v2m_bridge.errors import OutputError
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.player import Player
from v2m_bridge.player.sayings import Said, Saying
from v2m_bridge.player.sinks import Wanted, parse_sink
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sinks.due_osc_sink import DueOscSink
from v2m_bridge.player.sinks.osc_sink import time_tag
from v2m_bridge.player.sounding import NoteTable, NoteTables

SAID = Said("/v2m/velocity", (1.5, 80))
DUE_MS = 120
MOST_LATE_MS = 60
"""A thread that is not in a hurry, on a machine that is busy."""


@given(st.integers(-80, 1000), st.sampled_from(["v2m_bridge Out", "a@b", "127.0.0.1:9124"]))
def test_a_name_may_end_in_how_much_later_all_leaves(shift_ms: int, name: str) -> None:
    assert parse_sink(f"midi:{name}@{shift_ms:+d}ms") == Wanted("midi", name, shift_ms * MS)
    assert parse_sink(f"midi:{name}") == Wanted("midi", name)
    assert parse_sink(f"parts:{name}@{shift_ms}ms").name == f"{name}@{shift_ms}ms", "a part has a delay of its own"


@pytest.mark.parametrize("shift", ["-81", "+1001", "-300.5"])
def test_more_than_the_lookahead_allows_is_refused_with_a_way_out(shift: str) -> None:
    with pytest.raises(OutputError) as caught:
        parse_sink(f"midi:Out@{shift}ms")
    assert "delay the other outputs" in caught.value.hint


@pytest.mark.parametrize(("early_ms", "late_ms"), [(-80, 0), (-30, 40), (0, 500)])
def test_two_outputs_play_the_same_notes_as_far_apart_as_they_were_told(early_ms: int, late_ms: int) -> None:
    clock, ears = FakeClock(), {name: Listener() for name in ("early", "late")}
    sinks: list[FakeSink] = []

    def make(kind: str, name: str, table: NoteTable) -> Sink:
        sinks.append(FakeSink(table, clock, 0, ears[name]))
        return sinks[-1]

    wanted = [Wanted("midi", "early", early_ms * MS), Wanted("midi", "late", late_ms * MS)]
    device = Player(Outlets(wanted, NoteTables(), monotonic=clock, make=make), monotonic=clock)
    score = make_score()
    device.open()
    device.follow(say.LoadCue(programme_of(score, score.cues[0], 1)))
    device.follow(say.StartRolling())
    for turn in range(400):
        clock.now_ns += 10 * MS
        if turn == 300:
            device.follow(say.StopRolling())
        device.tick()
        for sink in sinks:
            sink.pump()
    early, late = (sorted(ears[name].ons) for name in ("early", "late"))
    assert len(early) > 8
    apart = {second[0] - first[0] for first, second in zip(early, late, strict=False)}
    assert apart == {(late_ms - early_ms) * MS}
    assert all(sink.queue.n_late == 0 for sink in sinks)
    assert not ears["early"].sounding
    assert not ears["late"].sounding
    assert ears["early"].faults == ears["late"].faults == []


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        yield listener


def test_osc_for_hosts_that_ignore_time_tags_leaves_when_it_is_due(port: socket.socket) -> None:
    sink = DueOscSink(f"127.0.0.1:{port.getsockname()[1]}", NoteTable())
    sink.open()
    port.recv(1024)
    begun_ns = time.time_ns()
    sink.hand_sayings([Saying(DUE_MS * MS, 0, (SAID,)), Saying(2 * DUE_MS * MS, 0, (SAID,))], begun_ns)
    for turn in (1, 2):
        port.recv(1024)
        late_ms = (time.time_ns() - begun_ns) / MS - turn * DUE_MS
        assert 0 <= late_ms < MOST_LATE_MS
    sink.close()


def test_a_player_sends_what_is_due_and_says_when_that_is(port: socket.socket) -> None:
    score = make_score(n_frames=50)
    programme = programme_of(score, score.cues[0], 1)
    late_ms: list[float] = []
    with player("--sink", f"due:127.0.0.1:{port.getsockname()[1]}@+200ms") as child:
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme), say.StartRolling())
        while len(late_ms) < 8:
            messages, now = read_datagram(port.recv(65536)), time_tag(time.time_ns())
            late_ms += [(now - m.time_tag) * 1000 / 2**32 for m in messages if m.address == "/v2m/note"]
    assert min(late_ms) >= -0.001
    assert sorted(late_ms)[len(late_ms) // 2] < MOST_LATE_MS


def test_what_is_not_due_yet_is_forgotten_at_a_locate_and_after_the_end(port: socket.socket) -> None:
    sink = DueOscSink(f"127.0.0.1:{port.getsockname()[1]}", NoteTable())
    sink.open()
    port.recv(1024)
    sink.hand_sayings([Saying(DUE_MS * MS, 0, (SAID,)), Saying(2 * DUE_MS * MS, 0, (SAID,))], time.time_ns())
    sink.restart(full=False)
    sink.hand_sayings([Saying(3600_000 * MS, 0, (SAID,))], time.time_ns())
    port.settimeout(3 * DUE_MS / 1000)
    with pytest.raises(TimeoutError):
        port.recv(1024)
    sink.close()
    sink.close()

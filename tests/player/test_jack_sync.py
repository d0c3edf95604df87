"""The real player follows JACK transport, and timecode and clocks that another JACK client sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest

from tests.player.jack_sender import SENDER, JackSender, jack_sender
from tests.player.jack_server import RATE, jack_server
from tests.player.processes import Child, Ear, Heard, connect, ear, note_table, notes, player, sounding
from tests.player.stage import score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import edit_sheet_of
from v2m_bridge.core.programme import NOTE_ON, programme_of
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.midi_clock import CLOCK, STOP, entry
from v2m_bridge.player.sync.mtc import full_frame, quarter_frames
from v2m_bridge.player.sync.sources.midi_source import RtmidiInPort
from v2m_bridge.player.sync.timecode_label import Label, MtcRate, frame_of

_INPUT = "v2m_bridge Sync:In"
_LEAD = RATE // 5
_MOST_FRAMES_OFF = RATE // 1000
"""One millisecond, for what is measured through a loop; JACK transport is exact to the frame."""


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with jack_server("v2m_test_sync"):
        yield


@pytest.fixture
def daw() -> Iterator[JackSender]:
    with jack_sender() as sender:
        sender.client.transport_stop()
        sender.client.transport_frame = 0
        yield sender


@contextmanager
def following(source: str) -> Iterator[tuple[Child, Ear]]:
    """Start a player that follows a source, and a listener."""
    with ear() as listening, player("--sink", "jack:v2m_bridge Out", "--sync", source) as child:
        child.wait_for(lambda state: not state.sinks[0].error)
        connect()
        score = score_with_pad()
        child.tell(say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme_of(score, score.cues[0], 1)))
        if source != "jack":
            connect(SENDER, _INPUT)
        yield child, listening


def _sync(child: Child, holds: Callable[[say.SyncState], bool]) -> say.SyncState:
    state = child.wait_for(lambda state: state.sync is not None and holds(state.sync))
    assert state.sync is not None
    return state.sync


def _frames_off(heard: list[Heard], zero: int, after_s: float) -> list[int]:
    """How many frames each onset is from its plan, where the edit's first frame lies on frame `zero`."""
    score = score_with_pad()
    events = programme_of(score, score.cues[0], 1).events
    planned = [
        (round(int(e["at_ns"]) * RATE / NS_PER_S), int(e["status"]), int(e["data1"]))
        for e in events
        if int(e["status"]) & 0xF0 == NOTE_ON
    ]
    off = []
    for frame, status, key in notes(heard):
        if status & 0xF0 == NOTE_ON and frame > zero + after_s * RATE:
            off.append(min((frame - zero - at for at, s, k in planned if (s, k) == (status, key)), key=abs))
    return off


def test_jack_transport_is_followed_to_the_frame(daw: JackSender) -> None:
    with following("jack") as (child, listening):
        _sync(child, lambda sync: sync.state == "stopped")
        assert not listening.heard()
        daw.client.transport_start()
        _sync(child, lambda sync: sync.state == "rolling")
        listening.wait_until(lambda h: len(notes(h)) > 12)
        _, position = daw.client.transport_query_struct()
        zero = daw.client.last_frame_time - position.frame
        drift = _sync(child, lambda sync: sync.state == "rolling").drift_ns
        daw.client.transport_stop()
        heard = listening.wait_until(lambda h: not sounding(h), 1.0)
        off = _frames_off(heard, zero, 0.2)
        assert len(off) >= 3
        assert all(abs(frames) <= 1 for frames in off), off
        assert abs(drift) < 100_000
        _sync(child, lambda sync: sync.state == "stopped")


def test_a_locate_of_jack_transport_is_silent_while_stopped_and_enters_while_rolling(daw: JackSender) -> None:
    with following("jack") as (child, listening):
        daw.client.transport_frame = 3 * RATE
        child.wait_for(lambda state: state.at_ns == 3 * NS_PER_S)
        assert not notes(listening.heard())
        daw.client.transport_start()
        listening.wait_until(lambda h: (4, 72) in sounding(h))
        daw.client.transport_frame = 5 * RATE + RATE // 4
        heard = listening.wait_until(lambda h: [n[1:] for n in notes(h)].count((0x94, 72)) >= 2)
        assert child.wait_for(lambda state: state.at_ns > 5 * NS_PER_S).playing
        daw.client.transport_stop()
        heard = listening.wait_until(lambda h: not sounding(h), 1.0)
        ons = [n[1:] for n in notes(heard) if n[1] & 0xF0 == NOTE_ON]
        offs = [n[1:] for n in notes(heard) if n[1] & 0xF0 != NOTE_ON]
        assert len(ons) == len(offs)


@pytest.mark.long
def test_bars_of_a_timebase_master_that_are_off_are_named_within_two_seconds(daw: JackSender) -> None:
    def bars(_state: int, _n_frames: int, position: Any, _is_new: bool) -> None:
        beats = position.frame / RATE * 2 - 0.5  # the DAW's bars begin a quarter of a second late
        position.bar, position.beat = int(beats // 4) + 1, int(beats % 4) + 1
        position.tick, position.ticks_per_beat = int(beats % 1 * 1920), 1920
        position.beats_per_bar = position.beat_type = 4
        position.beats_per_minute, position.valid = 120.0, 0x10

    daw.client.set_timebase_callback(bars)
    with following("jack") as (child, _):
        daw.client.transport_start()
        began = _sync(child, lambda sync: sync.state == "rolling")
        told = child.wait_for(lambda state: state.sync is not None and bool(state.sync.warning))
        assert told.sync is not None
        assert "0.25 s after bar 1 of cue 1m01" in told.sync.warning
        assert told.at_ns < 2 * NS_PER_S
        assert began.speed == 1.0
    daw.client.release_timebase()


def test_the_panel_moves_jack_transport(daw: JackSender) -> None:
    with following("jack") as (child, listening):
        child.tell(say.LocateTo(NS_PER_S), say.StartRolling())
        child.wait_for(lambda state: state.playing and state.at_ns > NS_PER_S)
        assert daw.client.transport_state == 1
        child.tell(say.StopRolling())
        child.wait_for(lambda state: not state.playing)
        listening.wait_until(lambda h: not sounding(h), 1.0)


@pytest.mark.parametrize(
    ("rate", "fps"),
    [(MtcRate.PAL, Fraction(25)), pytest.param(MtcRate.DROP, Fraction(30_000, 1001), marks=pytest.mark.long)],
)
def test_timecode_is_followed_within_a_millisecond(daw: JackSender, rate: MtcRate, fps: Fraction) -> None:
    with following("mtc") as (child, listening):
        start_frame = frame_of(Label(1, 0, 0, 0), rate)
        zero = daw.now_frame + _LEAD
        daw.send([(zero - _LEAD // 2, full_frame(start_frame, rate))])
        tape = quarter_frames(0, 2 * NS_PER_S, fps, rate, start_frame=start_frame)
        daw.send((zero + round(at_ns * RATE / NS_PER_S), message) for at_ns, message in tape)
        sync = _sync(child, lambda sync: sync.state == "rolling")
        heard = listening.wait_until(lambda h: len(_frames_off(h, zero, 0.2)) >= 3)
        off = _frames_off(heard, zero, 0.2)
        assert all(abs(frames) <= _MOST_FRAMES_OFF for frames in off), off
        sync = _sync(child, lambda sync: sync.state == "lost")
        assert sync.age_ns > 400_000_000
        listening.wait_until(lambda h: not sounding(h), 1.0)


@pytest.mark.long
def test_a_spare_hears_the_timecode_that_a_killed_player_heard(daw: JackSender) -> None:
    options = ("--sink", "jack:v2m_bridge Out", "--sync", "mtc")
    score = score_with_pad()
    music = say.LoadEdit(edit_sheet_of(score)), say.LoadCue(programme_of(score, score.cues[0], 1))
    with (
        ear() as listening,
        note_table() as table,
        player(*options, table=table) as first,
        player("--spare", *options, table=table) as spare,
    ):
        first.wait_for(lambda state: not state.sinks[0].error)
        connect()
        connect(SENDER, _INPUT)
        for child in (first, spare):
            child.tell(*music)
        zero, start_frame = daw.now_frame + _LEAD, frame_of(Label(1, 0, 0, 0), MtcRate.PAL)
        tape = quarter_frames(0, 5 * NS_PER_S, Fraction(25), MtcRate.PAL, start_frame=start_frame)
        daw.send((zero + round(at_ns * RATE / NS_PER_S), message) for at_ns, message in tape)
        last = first.wait_for(lambda state: state.playing and state.at_ns > NS_PER_S)
        first.process.kill()
        first.process.wait(5)
        spare.tell(say.TakeOver(True, last.at_ns, last.at_mono_ns, 0, 0))
        state = spare.wait_for(lambda state: state.at_ns > last.at_ns + 3 * NS_PER_S // 2)
        assert state.sync is not None
        assert state.sync.state == "rolling", "past what it goes on for by itself"
        off = _frames_off(listening.heard(), zero, 2.0)
        daw.hush()
    assert len(off) > 1
    assert all(abs(frames) < RATE // 25 for frames in off), f"less than a frame of the picture: {off}"


def test_midi_clock_is_entered_at_its_song_position_and_followed_within_a_millisecond(daw: JackSender) -> None:
    with following("clock") as (child, listening):
        first = 48  # one second in, at 120 quarters a minute
        interval = RATE / 48
        at = daw.now_frame + _LEAD
        daw.send((at - 100, message) for message in entry(first))
        daw.send((at + round(n * interval), bytes((CLOCK,))) for n in range(96))
        daw.send([(at + 2 * RATE, bytes((STOP,)))])
        zero = at - RATE
        _sync(child, lambda sync: sync.state == "rolling")
        heard = listening.wait_until(lambda h: len(_frames_off(h, zero, 1.2)) >= 3)
        off = _frames_off(heard, zero, 1.2)
        assert all(abs(frames) <= _MOST_FRAMES_OFF for frames in off), off
        _sync(child, lambda sync: sync.state == "stopped")
        listening.wait_until(lambda h: not sounding(h), 1.0)
        time.sleep(0.1)
        assert not sounding(listening.heard())


def test_a_port_of_the_system_stamps_what_it_hears_in_order(daw: JackSender) -> None:
    port = RtmidiInPort("v2m_system Sync In")
    try:
        connect(SENDER, "v2m_system Sync:In")
        now_ns, at = port.now_ns(), daw.now_frame + _LEAD
        sent = [bytes((0xF1, piece << 4)) for piece in range(8)] + [full_frame(90_000, MtcRate.PAL), b"\xf8", b"\xfa"]
        daw.send((at + 480 * n, message) for n, message in enumerate(sent))
        deadline = time.monotonic() + 5
        while len(port.waiting) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.01)
        stamps, messages = zip(*port.waiting, strict=True)
    finally:
        port.close()
    assert list(messages) == sent
    assert list(stamps) == sorted(stamps)
    assert stamps[0] > now_ns

"""Routed parts in the player: delays to the nanosecond, early notes where playing begins, keyswitches, ports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.player.jack_server import RATE, jack_server
from tests.player.processes import connect, ear, notes, player, sounding
from tests.player.stage import MS, FakeClock, FakeSink, Listener
from tests.scores import make_cue, make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.routing import PartRoute, Routing
from v2m_bridge.core.score import Note, Part, Score
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.deck import Deck
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.player import Player
from v2m_bridge.player.scheduler import Planned, Scheduler
from v2m_bridge.player.sinks import Wanted
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTable, NoteTables
from v2m_bridge.player.transport import Transport

BASS = 1
"""Channel of the bass, counted from 0."""


def routed(score: Score, *routes: PartRoute) -> Programme:
    return programme_of(score, score.cues[0], 1, routing=Routing(routes))


def planned(programme: Programme, from_ns: int = 0, *, step_ns: int = 7_777_777) -> list[Planned]:
    """Everything that is planned when playing begins at a place, in stretches as the player plans them."""
    transport = Transport()
    transport.locate(from_ns, 0)
    transport.play(0)
    scheduler = Scheduler(transport)
    scheduler.load(Deck(programme))
    scheduler.restart(0)
    events: list[Planned] = []
    until_ns = programme.end_ns + NS_PER_S - from_ns
    for at_ns in range(step_ns, until_ns + step_ns, step_ns):
        events += scheduler.plan(at_ns).events
    assert [event.clock_ns for event in events] == sorted(event.clock_ns for event in events)
    return events


def of_kind(events: list[Planned], kind: int, channel: int) -> list[tuple[int, int]]:
    return sorted((e.clock_ns, e.data1) for e in events if e.status == kind | channel)


@settings(max_examples=15, deadline=None)
@given(st.integers(-300_000, 300_000))
def test_every_event_of_a_delayed_part_is_late_by_the_delay_to_the_nanosecond(delay_us: int) -> None:
    score = make_score(n_frames=300, cues=(make_cue(in_frame=25, out_frame=150),))
    plain = planned(routed(score))
    delayed = planned(routed(score, PartRoute("bass", delay_ms=delay_us / 1000)))
    for kind in (NOTE_ON, NOTE_OFF):
        assert of_kind(delayed, kind, 0) == of_kind(plain, kind, 0)
        assert of_kind(delayed, kind, BASS) == [(at + delay_us * 1000, key) for at, key in of_kind(plain, kind, BASS)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6_000), st.integers(-300, 300))
def test_no_note_is_lost_or_doubled_wherever_playing_begins(from_ms: int, delay_ms: int) -> None:
    score = make_score(n_frames=200)
    plain, delayed = routed(score), routed(score, PartRoute("bass", delay_ms=delay_ms))
    from_ns = from_ms * MS
    coming = [e for e in plain.events if e["status"] == NOTE_ON | BASS and e["at_ns"] >= from_ns]
    events = planned(delayed, from_ns)
    on, off = of_kind(events, NOTE_ON, BASS), of_kind(events, NOTE_OFF, BASS)
    late = [e for e in plain.events if e["status"] == NOTE_ON | BASS and 0 < from_ns - e["at_ns"] <= delay_ms * MS]
    assert Counter(key for _, key in on) == Counter(int(e["data1"]) for e in (*coming, *late))
    assert Counter(key for _, key in off) == Counter(key for _, key in on)
    assert all(at >= 0 for at, _ in on)


def test_at_the_first_frame_early_notes_begin_at_once() -> None:
    events = planned(routed(make_score(), PartRoute("bass", delay_ms=-200)))
    assert of_kind(events, NOTE_ON, BASS)[:2] == [(0, 45), (800 * MS, 41)]
    assert of_kind(events, NOTE_OFF, BASS)[0] == (800 * MS, 45)


def test_an_early_note_that_would_be_over_where_playing_begins_keeps_its_length() -> None:
    short = Part("bass", 2, 32, (Note(0, 96, 45, 90),))
    score = make_score(cues=(make_cue(parts=(short,)),))
    events = planned(routed(score, PartRoute("bass", delay_ms=-200)))
    assert [(e.clock_ns, e.status) for e in events] == [(0, NOTE_ON | BASS), (50 * MS, NOTE_OFF | BASS)]


def test_a_keyswitch_is_struck_before_the_first_note_and_again_where_playing_begins_later() -> None:
    score = make_score(n_frames=300, cues=(make_cue(in_frame=25, out_frame=250),))
    programme = routed(score, PartRoute("bass", keyswitch=24))
    from_start = planned(programme)
    switches = [(e.clock_ns, e.status) for e in from_start if e.data1 == 24]
    assert switches == [(980 * MS, NOTE_ON | BASS), (990 * MS, NOTE_OFF | BASS)]
    assert min(of_kind([e for e in from_start if e.data1 != 24], NOTE_ON, BASS))[0] == 1000 * MS
    inside = planned(programme, 3000 * MS)
    assert [(e.clock_ns, e.status) for e in inside if e.data1 == 24] == [
        (0, NOTE_ON | BASS),
        (10 * MS, NOTE_OFF | BASS),
    ]
    assert 24 not in {note.pitch for note in programme.notes}, "a keyswitch is not music"


def test_a_keyswitch_at_the_first_frame_comes_before_its_note() -> None:
    events = [e for e in planned(routed(make_score(), PartRoute("bass", keyswitch=127))) if e.status == NOTE_ON | BASS]
    assert [(e.clock_ns, e.data1) for e in events[:2]] == [(0, 127), (0, 45)]


def test_a_part_with_a_port_is_heard_there_and_nowhere_else() -> None:
    clock, ears = FakeClock(), {name: Listener() for name in ("Out", "Low")}
    sinks: list[FakeSink] = []

    def make(kind: str, name: str, table: NoteTable) -> Sink:
        assert kind == "midi"
        sinks.append(FakeSink(table, clock, 0, ears[name]))
        return sinks[-1]

    outlets = Outlets([Wanted("midi", "Out"), Wanted("parts", "Low")], NoteTables(), monotonic=clock, make=make)
    device = Player(outlets, monotonic=clock)
    device.open()
    device.follow(say.LoadCue(routed(make_score(), PartRoute("bass", port="Low", channel=9))))
    device.follow(say.StartRolling())
    for _ in range(300):
        clock.now_ns += 10 * MS
        device.tick()
        for sink in sinks:
            sink.pump()
    assert {channel for _, channel, _ in ears["Low"].ons} == {8}
    assert {channel for _, channel, _ in ears["Out"].ons} == {0}
    assert len(ears["Low"].ons) == 3
    assert ears["Low"].faults == ears["Out"].faults == []
    device.follow(say.EndAllNotes())
    for _ in range(3):
        clock.now_ns += 10 * MS
        for sink in sinks:
            sink.pump()
    assert not ears["Low"].sounding
    assert not ears["Out"].sounding


@pytest.fixture
def _server() -> Iterator[None]:
    with jack_server("v2m_test_routing"):
        yield


@pytest.mark.usefixtures("_server")
def test_two_jack_ports_carry_their_parts_to_the_frame() -> None:
    score = make_score(n_frames=75, cues=(make_cue(in_frame=12, out_frame=62),))
    programme = routed(score, PartRoute("bass", port="Deep Bass", delay_ms=-123.456))
    with ear() as listening, player("--sink", "midi:v2m_bridge Out", "--sink", "parts:Deep Bass") as child:
        child.wait_for(lambda state: all(not sink.error for sink in state.sinks))
        connect()
        connect("Deep:Bass")
        child.tell(say.LoadCue(programme), say.StartRolling())
        heard = listening.wait_until(lambda h: len(notes(h)) >= 2 * len(programme.notes))
    assert not sounding(heard)
    wanted = Counter((int(e["status"]), int(e["data1"])) for e in programme.events if e["status"] < 0xA0)
    assert Counter((status, key) for _, status, key in notes(heard)) == wanted
    begins = {status: min(frame for frame, kind, _ in notes(heard) if kind == status) for status in (0x90, 0x91)}
    assert begins[0x90] - begins[0x91] == pytest.approx(0.123456 * RATE, abs=1)

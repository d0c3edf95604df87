"""The real player plays through a real JACK server into another process."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.player.jack_server import RATE, jack_server
from tests.player.processes import Child, Ear, Heard, connect, ear, note_table, notes, player, sounding
from tests.player.stage import score_with_pad
from tests.scores import make_cue, make_score
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, Programme, programme_of
from v2m_bridge.core.timebase import NS_PER_S

_SINK = ("--sink", "jack:v2m_bridge Out")


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with jack_server("v2m_test_player"):
        yield


@pytest.fixture
def listening() -> Iterator[Ear]:
    with ear() as process:
        yield process


@pytest.fixture
def playing(listening: Ear) -> Iterator[Child]:
    del listening
    with player(*_SINK) as child:
        child.wait_for(lambda state: not state.sinks[0].error)
        connect()
        yield child


def _programme(generation: int = 1) -> Programme:
    score = score_with_pad()
    return programme_of(score, score.cues[0], generation)


def _planned(programme: Programme) -> list[tuple[int, int, int]]:
    rows = ((int(e["at_ns"]), int(e["status"]), int(e["data1"])) for e in programme.events)
    return [row for row in rows if row[1] & 0xF0 in (NOTE_ON, NOTE_OFF)]


def _frames_off(heard: list[Heard], programme: Programme) -> Counter[int]:
    """How many frames each note message lies from its plan, relative to the first."""
    arrived, planned = notes(heard), _planned(programme)
    assert sorted(Counter(n[1:] for n in arrived).items()) == sorted(Counter(p[1:] for p in planned).items())
    by_key: dict[tuple[int, int], list[int]] = {}
    for at_ns, *key in planned:
        by_key.setdefault((key[0], key[1]), []).append(round(at_ns * RATE / NS_PER_S))
    start = arrived[0][0] - round(planned[0][0] * RATE / NS_PER_S)
    return Counter(frame - start - by_key[status, pitch].pop(0) for frame, status, pitch in arrived)


def test_every_note_of_a_short_programme_arrives_within_one_frame_of_its_plan(playing: Child, listening: Ear) -> None:
    score = make_score(n_frames=50, cues=(make_cue(out_frame=50),))
    programme = programme_of(score, score.cues[0], 1)
    playing.tell(say.LoadCue(programme), say.StartRolling())
    heard = listening.wait_until(lambda h: len(notes(h)) >= len(_planned(programme)))
    assert all(abs(off) <= 1 for off in _frames_off(heard, programme))
    assert not sounding(heard)


@pytest.mark.long
def test_every_note_of_ten_seconds_arrives_within_one_frame_of_its_plan(playing: Child, listening: Ear) -> None:
    score = make_score(n_frames=250)
    programme = programme_of(score, score.cues[0], 1)
    playing.tell(say.LoadCue(programme), say.StartRolling())
    heard = listening.wait_until(lambda h: len(notes(h)) >= len(_planned(programme)), 20)
    assert all(abs(off) <= 1 for off in _frames_off(heard, programme))
    assert not sounding(heard)


@pytest.mark.parametrize("silence", [say.StopRolling(), say.EndAllNotes(), say.Quit()], ids=["stop", "panic", "quit"])
def test_nothing_hangs_after(silence: say.ToPlayer, playing: Child, listening: Ear) -> None:
    playing.tell(say.LoadCue(_programme()), say.LocateTo(7_000_000_000), say.StartRolling())
    listening.wait_until(lambda h: len(sounding(h)) > 1)
    playing.tell(silence)
    listening.wait_until(lambda h: not sounding(h), 1.0)


def test_nothing_hangs_after_sigterm_and_the_player_ends(playing: Child, listening: Ear) -> None:
    playing.tell(say.LoadCue(_programme()), say.StartRolling())
    listening.wait_until(lambda h: len(sounding(h)) > 1)
    playing.process.send_signal(signal.SIGTERM)
    assert playing.process.wait(3) == 0
    assert not sounding(listening.heard())


def test_nothing_hangs_when_the_engine_hangs_up(playing: Child, listening: Ear) -> None:
    playing.tell(say.LoadCue(_programme()), say.StartRolling())
    listening.wait_until(lambda h: len(sounding(h)) > 1)
    playing.hang_up()
    assert playing.process.wait(3) == 0
    assert not sounding(listening.heard())


def test_a_locate_while_rolling_ends_notes_and_lets_the_pad_sound_again(playing: Child, listening: Ear) -> None:
    playing.tell(say.LoadCue(_programme()), say.StartRolling())
    listening.wait_until(lambda h: (4, 72) in sounding(h))
    playing.tell(say.LocateTo(5_250_000_000))
    heard = listening.wait_until(lambda h: [n[1:] for n in notes(h)].count((0x94, 72)) == 2)
    first, second = (i for i, n in enumerate(notes(heard)) if n[1:] == (0x94, 72))
    assert (0x84, 72) in [n[1:] for n in notes(heard)[first:second]]
    frame = notes(heard)[second][0]
    controllers = [h for h in heard if h.message[:2] == b"\xb4\x0b" and frame - RATE < h.frame <= frame]
    assert controllers, "the pad's level is known before it sounds"
    playing.tell(say.StopRolling())
    listening.wait_until(lambda h: not sounding(h), 1.0)


def test_a_loop_repeats_exactly_and_leaves_nothing_hanging(playing: Child, listening: Ear) -> None:
    playing.tell(say.LoadCue(_programme()), say.LoopBetween(0, 750_000_000), say.StartRolling())
    heard = listening.wait_until(lambda h: [n[1:] for n in notes(h)].count((0x94, 72)) >= 4)
    starts = [frame for frame, status, key in notes(heard) if (status, key) == (0x94, 72)]
    assert {b - a for a, b in pairwise(starts)} == {36_000}
    playing.tell(say.StopRolling())
    listening.wait_until(lambda h: not sounding(h), 1.0)


def test_a_spare_ends_the_notes_of_a_killed_player_and_goes_on(listening: Ear) -> None:
    with note_table() as table, player(*_SINK, table=table) as first, player("--spare", *_SINK, table=table) as spare:
        first.wait_for(lambda state: not state.sinks[0].error)
        connect()
        for child in (first, spare):
            child.tell(say.LoadCue(_programme()))
        first.tell(say.StartRolling())
        listening.wait_until(lambda h: (4, 72) in sounding(h))
        last = first.run_for(0.5)
        first.process.kill()
        killed = listening.now_frame()
        first.process.wait(5)
        spare.tell(say.TakeOver(True, last.at_ns, last.at_mono_ns, 0, 0))
        heard = listening.wait_until(lambda h: [n[1:] for n in notes(h)].count((0x94, 72)) >= 2, 2.0)
        after = [n for n in notes(heard) if n[0] > killed]
        first_on = next(i for i, n in enumerate(after) if n[1] & 0xF0 == NOTE_ON)
        assert {(n[1] & 0x0F, n[2]) for n in after[:first_on]} >= sounding([h for h in heard if h.frame <= killed])
        assert (after[first_on - 1][0] - killed) / RATE < 0.5, "the notes end within half a second"
        assert (after[first_on][0] - killed) / RATE < 1.0, "playing is back within a second"
        spare.tell(say.StopRolling())
        listening.wait_until(lambda h: not sounding(h), 1.0)

"""Laws of the queue between the scheduler and the thread that sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.programme import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from v2m_bridge.player.scheduler import Planned
from v2m_bridge.player.send_queue import LATEST_NOTE_NS, SendQueue, Sent
from v2m_bridge.player.sounding import NoteTable


def _on(at_ns: int, key: int, voice: int, channel: int = 0) -> Planned:
    return Planned(at_ns, NOTE_ON | channel, key, 64, voice)


def _off(at_ns: int, key: int, voice: int, channel: int = 0) -> Planned:
    return Planned(at_ns, NOTE_OFF | channel, key, 0, voice)


_NOTES = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 3_000), st.integers(60, 62)), max_size=20)


def _events(notes: list[tuple[int, int, int]]) -> list[Planned]:
    events = []
    for voice, (on, length, key) in enumerate(notes, start=1):
        events += [_on(on, key, voice), _off(on + length, key, voice)]
    return sorted(events, key=lambda e: (e.clock_ns, e.status))


@given(_NOTES, st.integers(1, 1_000))
def test_overlapping_notes_of_one_pitch_alternate_on_and_off(notes: list[tuple[int, int, int]], step_ns: int) -> None:
    queue = SendQueue(NoteTable())
    queue.hand(_events(notes), 0)
    sounding: set[int] = set()
    sent: list[Sent] = []
    for now in range(0, 8_001 + step_ns, step_ns):
        sent += queue.take(now, now + step_ns)
    for _, message in sent:
        if message[0] == NOTE_ON:
            assert message[1] not in sounding
            sounding.add(message[1])
        else:
            sounding.remove(message[1])
    assert not sounding
    assert [due for due, _ in sent] == sorted(due for due, _ in sent)


def test_the_end_of_a_note_that_was_struck_again_does_not_end_the_new_one() -> None:
    queue = SendQueue(NoteTable())
    queue.hand([_on(0, 60, 1), _on(10, 60, 2), _off(20, 60, 1), _off(30, 60, 2)], 0)
    sent = queue.take(0, 100)
    assert [(due, message[0]) for due, message in sent] == [(0, NOTE_ON), (10, NOTE_OFF), (10, NOTE_ON), (30, NOTE_OFF)]


@given(_NOTES, st.integers(0, 6_000), st.integers(0, 6_000))
def test_a_restart_lets_out_what_is_due_before_it_and_ends_the_rest_there(
    notes: list[tuple[int, int, int]], at_ns: int, taken_ns: int
) -> None:
    queue = SendQueue(NoteTable())
    queue.hand(_events(notes), 0)
    sent = queue.take(0, taken_ns)
    queue.restart(full=False, at_ns=at_ns)
    queue.hand([_on(max(at_ns, taken_ns) + 10, 70, 99)], 0)
    sent += queue.take(taken_ns, 20_000)
    ons = {message[1] for due, message in sent if message[0] == NOTE_ON and due >= max(at_ns, taken_ns)}
    assert ons == {70}
    assert queue.n_sounding == 1
    n_ons = sum(message[0] == NOTE_ON for _, message in sent)
    n_offs = sum(message[0] == NOTE_OFF for _, message in sent)
    assert n_ons == n_offs + 1


def test_what_is_handed_after_a_restart_waits_for_it() -> None:
    queue = SendQueue(NoteTable())
    queue.hand([_on(0, 60, 1), _off(500, 60, 1)], 0)
    assert len(queue.take(0, 1)) == 1
    queue.restart(full=False, at_ns=300)
    queue.hand([_on(300, 60, 2)], 0)
    assert queue.next_due_ns() == 300
    assert [(due, message[0]) for due, message in queue.take(299, 1_000)] == [
        (300, NOTE_OFF), (300, CONTROL_CHANGE), (300, NOTE_ON),
    ]  # fmt: skip


@pytest.mark.parametrize(("first_ns", "second_ns"), [(900, 400), (400, 900)])
def test_two_restarts_that_were_not_seen_are_one_the_earlier_and_the_fuller(first_ns: int, second_ns: int) -> None:
    queue = SendQueue(NoteTable())
    queue.hand([_on(0, 60, 1), _on(500, 65, 3)], 0)
    queue.take(0, 1)
    queue.restart(full=True, at_ns=first_ns)
    queue.hand([_on(950, 61, 2)], 0)
    queue.restart(full=False, at_ns=second_ns)
    sent = queue.take(1, 10_000)
    assert [message for _, message in sent] == [
        bytes((NOTE_OFF, 60, 0)), b"\xb0\x40\0", b"\xb0\x7b\0", b"\xb0\x78\0",
    ]  # fmt: skip
    assert {due for due, _ in sent} == {400}


@given(st.integers(0, 3 * LATEST_NOTE_NS))
def test_a_late_note_on_is_left_out_with_its_note_off_and_a_late_note_off_is_sent(late_ns: int) -> None:
    queue = SendQueue(NoteTable())
    queue.hand([_on(0, 60, 1)], 0)
    queue.take(0, 1)
    queue.hand([_off(10, 60, 1), _on(10, 62, 2), _off(20, 62, 2)], 0)
    sent = [message[:2] for _, message in queue.take(10 + late_ns, 10 + late_ns + 100)]
    assert sent[0] == bytes((NOTE_OFF, 60))
    assert (len(sent) == 1) == (late_ns > LATEST_NOTE_NS)
    assert queue.n_skipped == (late_ns > LATEST_NOTE_NS)
    assert queue.n_sounding == 0


def test_a_note_stays_in_the_table_until_its_note_off_has_left() -> None:
    table = NoteTable()
    queue = SendQueue(table)
    queue.hand([_on(0, 60, 1, 3), _off(10, 60, 1, 3)], 0)
    queue.take(0, 5)
    assert table.sounding() == [(3, 60)]
    assert len(queue.take(5, 20)) == 1
    assert table.sounding() == [(3, 60)], "it may still lie in the port"
    queue.take(20, 30)
    assert table.sounding() == []


def test_the_notes_that_a_dead_player_left_in_the_table_are_ended() -> None:
    table = NoteTable()
    table.begin(2, 40)
    table.begin(9, 127)
    queue = SendQueue(table)
    queue.restart(full=True)
    messages = [message for _, message in queue.take(0, 1)]
    assert messages[:2] == [bytes((NOTE_OFF | 2, 40, 0)), bytes((NOTE_OFF | 9, 127, 0))]
    assert len(messages) == 2 + 2 * 3
    queue.take(1, 2)
    assert table.sounding() == []


def test_a_program_change_has_two_bytes() -> None:
    queue = SendQueue(NoteTable())
    queue.hand([Planned(0, PROGRAM_CHANGE | 1, 48, 0, 0)], 7)
    assert queue.take(0, 100) == [Sent(7, b"\xc1\x30")]

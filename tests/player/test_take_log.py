"""A take holds what was really sent."""

from __future__ import annotations

import io
import time
from pathlib import Path

import mido
from hypothesis import given
from hypothesis import strategies as st

from tests.player.stage import MS, Stage, score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.programme import NOTE_ON
from v2m_bridge.engine.takes import next_take
from v2m_bridge.player.send_queue import Sent
from v2m_bridge.player.take_log import take_bytes

_MESSAGES = st.tuples(st.integers(0, 15), st.integers(0, 127), st.integers(1, 127)).map(
    lambda parts: bytes((NOTE_ON | parts[0], *parts[1:]))
)


def _read(data: bytes) -> list[tuple[float, bytes]]:
    """Seconds and bytes of every channel message."""
    file = mido.MidiFile(file=io.BytesIO(data))
    at_s, found = 0.0, []
    for message in file:
        at_s += message.time
        if not message.is_meta:
            found.append((at_s, bytes(message.bytes())))
    return found


@given(st.lists(st.tuples(st.integers(0, 10**12), _MESSAGES), max_size=20), st.integers(0, 10**12))
def test_a_take_is_read_as_it_was_sent_to_a_fortieth_of_a_millisecond(
    rows: list[tuple[int, bytes]], start_ns: int
) -> None:
    sent = [Sent(start_ns + at_ns, message) for at_ns, message in sorted(rows)]
    read = _read(take_bytes(sent, start_ns, "take"))
    assert [message for _, message in read] == [message for _, message in sent]
    assert all(
        abs(at_s * 1e9 - (due_ns - start_ns)) < 25_000 for (at_s, _), (due_ns, _) in zip(read, sent, strict=True)
    )


def _written(stage: Stage, path: Path) -> list[tuple[float, bytes]]:
    stage.player.follow(say.WriteTake(str(path)))
    deadline = time.monotonic() + 5
    while stage.player.state().take != str(path) and time.monotonic() < deadline:
        time.sleep(0.01)
    return _read(path.read_bytes())


def test_a_take_begins_where_playing_began_and_holds_late_notes_late(tmp_path: Path) -> None:
    stage = Stage()
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(900)
    stage.player.follow(say.StopRolling())
    stage.run(50)
    stage.player.follow(say.LocateTo(1_000 * MS))
    stage.player.follow(say.StartRolling())
    stage.run(700)
    take = _written(stage, next_take(tmp_path / "takes"))
    ons = [(round(at_s, 3), message[1]) for at_s, message in take if message[0] & 0xF0 == NOTE_ON]
    assert ons == [(0.0, 60), (0.0, 72), (0.5, 60)] or ons == [(0.0, 72), (0.0, 60), (0.5, 60)]
    assert next_take(tmp_path / "takes").name == "take-002.mid"


def _beats(take: list[tuple[float, bytes]]) -> list[float]:
    """When the struck notes begin, which come twice a second."""
    return [round(at_s, 3) for at_s, message in take if message[0] & 0xF0 == NOTE_ON and message[1] == 60]


def test_a_take_of_a_spare_begins_where_it_took_over(tmp_path: Path) -> None:
    stage = Stage()
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(300)
    stage.hand_over(100)
    stage.run(1_000)
    assert _beats(_written(stage, tmp_path / "take-001.mid")) == [0.1, 0.6]


def test_what_an_output_sends_after_it_was_away_lies_where_it_was_sent(tmp_path: Path) -> None:
    stage = Stage()
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(300)
    assert stage.sink is not None
    stage.sink.lost = "unplugged"
    stage.run(2_000)
    assert _beats(_written(stage, tmp_path / "take-001.mid")) == [1.5, 2.0]


def test_a_clock_that_jumps_moves_no_note_that_was_sent_before(tmp_path: Path) -> None:
    stage = Stage()
    stage.load(score_with_pad())
    stage.player.follow(say.StartRolling())
    stage.run(1_200)
    assert stage.sink is not None
    stage.sink._ahead_ns += 500 * MS
    stage.run(800)
    assert _beats(_written(stage, tmp_path / "take-001.mid")) == [0.0, 0.5, 1.0, 2.0]


def test_a_take_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    stage = Stage()
    stage.player.follow(say.WriteTake(str(tmp_path / "file" / "take-001.mid")))
    deadline = time.monotonic() + 5
    while not stage.player.state().warnings and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "could not be written" in stage.player.state().warnings[0]

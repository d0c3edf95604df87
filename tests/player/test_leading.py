"""The player leads: what it sends as timecode and as clock is what a follower needs to be where it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.player.jack_server import RATE, jack_server
from tests.player.processes import connect, ear, notes, player
from tests.player.stage import score_with_pad
from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import EditSheet, edit_sheet_of
from v2m_bridge.core.programme import NOTE_ON, programme_of
from v2m_bridge.core.timebase import NS_PER_S, parse_timecode
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.midi_reports import ClockReports, MidiReports, TimecodeReports
from v2m_bridge.player.sync.writers import ClockWriter, SyncWriter, TimecodeWriter

_EDITS = st.sampled_from(
    (("24000/1001", "01:00:00:00"), ("24", "10:00:00:00"), ("25", "00:00:00:00"), ("50", "01:00:00:00"),
     ("30000/1001", "00:59:58;00"), ("30000/1001", "01:00:00:00"), ("60000/1001", "01:00:00;00"), ("30", "23:59:58:00"))
)  # fmt: skip
_TEMPI = st.sampled_from((((0, 500_000),), ((0, 500_000), (1920, 413_223), (7680, 900_000))))


def _sheet(edit: tuple[str, str], tempi: tuple[tuple[int, int], ...]) -> EditSheet:
    rate, start = edit
    frame = parse_timecode(start, Fraction(rate)).frame
    return EditSheet(rate, frame, ";" in start, 60 * NS_PER_S, (), (), tempi=tempi)


def _followed(writer: SyncWriter, reports: MidiReports, from_ns: int, steps: list[int]) -> Iterator[tuple[int, Report]]:
    """Send a way in pieces, and yield where a follower finds itself, with where the tape is."""
    at_ns, enters = from_ns, True
    for step in steps:
        for sent_ns, message in writer.way(at_ns, at_ns + step, enters=enters):
            assert at_ns <= sent_ns < at_ns + step
            report = reports.hear(message, sent_ns)
            if report is not None:
                yield sent_ns, report
        at_ns, enters = at_ns + step, False


@given(_EDITS, st.integers(0, 40 * NS_PER_S), st.lists(st.integers(1, NS_PER_S), min_size=3, max_size=8))
def test_timecode_puts_a_follower_where_playing_is(edit: tuple[str, str], from_ns: int, steps: list[int]) -> None:
    place, writer = EditPlace(), TimecodeWriter()
    sheet = _sheet(edit, ())
    place.load(sheet)
    writer.load(sheet)
    reports = TimecodeReports(place)
    for sent_ns, report in _followed(writer, reports, from_ns, steps):
        off_ns = report.at_ns - sent_ns
        assert off_ns == 0 if report.rolling else -NS_PER_S // 23 < off_ns <= 0, (
            "a full frame names the frame under way"
        )
    assert not reports.warning


@given(_TEMPI, st.integers(0, 40 * NS_PER_S), st.lists(st.integers(1, NS_PER_S), min_size=3, max_size=8))
def test_a_clock_puts_a_follower_where_playing_is_from_the_next_sixteenth_on(
    tempi: tuple[tuple[int, int], ...], from_ns: int, steps: list[int]
) -> None:
    place, writer = EditPlace(), ClockWriter()
    sheet = _sheet(("25", "00:00:00:00"), tempi)
    place.load(sheet)
    writer.load(sheet)
    rolling = [
        (sent, report) for sent, report in _followed(writer, ClockReports(place), from_ns, steps) if report.rolling
    ]
    assert all(report.at_ns == sent_ns for sent_ns, report in rolling)
    assert rolling or sum(steps) < 2 * 900_000_000 / 4
    assert writer.stopped() == ((b"\xfc",) if rolling else ())
    assert writer.stopped() == ()


@given(st.integers(0, 40 * NS_PER_S))
def test_where_playing_stands_is_told_in_frames_or_sixteenths(at_ns: int) -> None:
    sheet = _sheet(("25", "01:00:00:00"), ())
    for writer, reports, unit_ns in (
        (TimecodeWriter(), TimecodeReports, NS_PER_S // 25),
        (ClockWriter(), ClockReports, NS_PER_S // 8),
    ):
        place = EditPlace()
        place.load(sheet)
        writer.load(sheet)
        (message,) = writer.place(at_ns)
        report = reports(place).hear(message, 0)
        assert report is not None
        assert not report.rolling
        assert 0 <= at_ns - report.at_ns < unit_ns


@pytest.fixture(scope="module")
def _server() -> Iterator[None]:
    with jack_server("v2m_test_leading"):
        yield


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize(
    ("kind", "port", "output", "make"),
    [
        ("mtc", "v2m_bridge Sync Out", "v2m_bridge Sync:Out", TimecodeReports),
        ("clock", "v2m_bridge Clock Out", "v2m_bridge Clock:Out", ClockReports),
    ],
)
def test_a_follower_in_jack_is_where_the_notes_are(
    kind: str, port: str, output: str, make: type[TimecodeReports] | type[ClockReports]
) -> None:
    score = score_with_pad()
    sheet = edit_sheet_of(score)
    place = EditPlace()
    place.load(sheet)
    reports = make(place)
    with ear() as listening, player("--sink", "jack:v2m_bridge Out", "--sink", f"{kind}:{port}") as child:
        child.wait_for(lambda state: all(not sink.error for sink in state.sinks))
        connect()
        connect(output)
        child.tell(say.LoadEdit(sheet), say.LoadCue(programme_of(score, score.cues[0], 1)), say.StartRolling())
        heard = listening.wait_until(lambda h: len(notes(h)) > 8)
        child.tell(say.StopRolling())
        child.wait_for(lambda state: not state.playing)
    first_note = next(frame for frame, status, _ in notes(heard) if status & 0xF0 == NOTE_ON)
    told = [(h.frame, reports.hear(h.message, h.frame * NS_PER_S // RATE)) for h in heard]
    off = [
        report.at_ns - (frame - first_note) * NS_PER_S // RATE for frame, report in told if report and report.rolling
    ]
    assert len(off) > 20
    assert max(map(abs, off)) < 2 * NS_PER_S // RATE, "two frames of sound"

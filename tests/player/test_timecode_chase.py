"""Timecode of a DAW, sent by the encoder, is followed at every rate; wrong labels are named."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from tests.player.daw import MidiTape, Tape
from tests.player.stage import MS, FakeClock, Stage, score_with_pad
from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.playing import LoadEdit, SyncState
from v2m_bridge.core.timebase import NS_PER_S, FrameTime, parse_timecode
from v2m_bridge.errors import SettingsError
from v2m_bridge.player.sync.chase import Chase
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.sources.base import Source
from v2m_bridge.player.sync.timecode_label import MtcRate

_NTSC = {24: "24000/1001", 30: "30000/1001"}
FRAME_MS = 42


def _sheet(rate: str, start: str) -> EditSheet:
    frame = parse_timecode(start, Fraction(rate)).frame
    return EditSheet(rate, frame, ";" in start, 8 * NS_PER_S, (), ())


class TimecodeStage(Stage):
    """A player that follows MIDI timecode."""

    def __init__(self, rate: MtcRate, start_frame: int, frames_per_s: Fraction) -> None:
        clock = FakeClock()
        self.tape = Tape(clock)
        self.source = MidiTape(EditPlace(), self.tape, clock, rate, start_frame)
        self.source.frames_per_s = frames_per_s
        super().__init__(chase=lambda: Chase("mtc", self._source, monotonic=clock), clock=clock)
        self.load(score_with_pad())

    def _source(self, place: EditPlace) -> Source:
        self.source.place = place
        self.source._reports._place = place  # type: ignore[attr-defined]
        return self.source

    def drift_ms(self) -> float:
        """How far the tape is ahead of playing."""
        return (self.tape.at_ns() - self.player.state().at_ns) / MS

    def sync(self) -> SyncState:
        """How the source is followed."""
        sync = self.player.state().sync
        assert sync is not None
        return sync


@pytest.mark.parametrize(
    ("rate", "edit", "start"),
    [
        (MtcRate.FILM, "24", "01:00:00:00"),
        (MtcRate.FILM, "24000/1001", "01:00:00:00"),
        (MtcRate.FILM, "48", "01:00:00:00"),
        (MtcRate.PAL, "25", "10:00:00:00"),
        (MtcRate.PAL, "50", "00:00:00:00"),
        (MtcRate.DROP, "30000/1001", "00:59:58;00"),
        (MtcRate.DROP, "60000/1001", "01:00:00;00"),
        (MtcRate.THIRTY, "30", "23:59:58:00"),
        (MtcRate.THIRTY, "30000/1001", "01:00:00:00"),
    ],
)
def test_timecode_is_followed_within_two_frames_of_its_start_and_to_a_millisecond_after(
    rate: MtcRate, edit: str, start: str
) -> None:
    sheet = _sheet(edit, start)
    base = Fraction(edit) / (2 if Fraction(edit) > 30 else 1)
    start_frame = round(sheet.start_frame * base / Fraction(edit))
    stage = TimecodeStage(rate, start_frame, base)
    stage.player.follow(LoadEdit(sheet))
    stage.run(30)
    stage.source.locate(0)
    stage.run(30)
    assert stage.position_ms() == 0
    stage.tape.roll()
    stage.run(2 * FRAME_MS + 20)
    assert stage.player.state().playing
    assert abs(stage.drift_ms()) < 2
    assert (0, 60) in {tuple(rest) for _, *rest in stage.listener.ons}, "the first notes are late and not lost"
    stage.run(1_500)
    assert abs(stage.drift_ms()) < 1
    assert not stage.sync().warning
    stage.tape.roll(0)
    stage.run(700)
    assert not stage.player.state().playing
    assert not stage.listener.sounding


def test_dropped_doubled_and_swapped_messages_are_played_through() -> None:
    stage = TimecodeStage(MtcRate.PAL, 90_000, Fraction(25))
    stage.player.follow(LoadEdit(_sheet("25", "01:00:00:00")))
    chance = random.Random(4)  # noqa: S311  a bad cable

    def mangled(sent: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        return [message for message in sent for _ in range(chance.choice((0, 1, 1, 1, 1, 2)))]

    stage.tape.roll()
    stage.run(200)
    stage.source.mangle = mangled
    ends = stage.listener.controllers.get((0, 123))
    for _ in range(300):
        stage.run(10)
        assert stage.player.state().playing
        assert abs(stage.drift_ms()) < 3
    assert stage.listener.controllers.get((0, 123)) == ends, "no locate was needed"


def test_a_loop_of_the_daw_ends_notes_and_enters_its_beginning() -> None:
    stage = TimecodeStage(MtcRate.PAL, 0, Fraction(25))
    stage.tape.locate(6_000 * MS)
    stage.tape.roll()
    stage.run(700)
    before = len(stage.listener.ons)
    stage.tape.locate(1_260 * MS)
    stage.source._sent_to_ns = stage.clock.now_ns
    stage.run(150)
    assert [tuple(rest) for _, *rest in stage.listener.ons[before:]][-1] == (4, 72)
    assert stage.listener.sounding == {(4, 72)}
    assert abs(stage.drift_ms()) < 3


@pytest.mark.parametrize(
    ("rate", "edit", "start", "words"),
    [
        (MtcRate.THIRTY, "30000/1001", "01:00:00;00", "29.97 drop-frame: their labels are 3.6 s apart by 01:00:00:00"),
        (
            MtcRate.DROP,
            "30000/1001",
            "01:00:00:00",
            "are 3.6 s apart by 01:00:00:00; set the DAW to 29.97",
        ),
        (MtcRate.FILM, "25", "01:00:00:00", "timecode comes as 24 fps and the edit counts 25 fps"),
        (MtcRate.PAL, "24000/1001", "01:00:00:00", "set the DAW to 23.976 fps"),
    ],
)
def test_wrong_labels_are_named_and_time_from_the_start_is_kept(
    rate: MtcRate, edit: str, start: str, words: str
) -> None:
    sheet = _sheet(edit, start)
    place = EditPlace()
    place.load(sheet)
    start_frame = parse_timecode("01:00:00:00" if not rate.drop_frame else "01:00:00;00", rate.label_rate).frame
    fps = place.frames_per_s(rate)
    stage = TimecodeStage(rate, start_frame, fps)
    stage.player.follow(LoadEdit(sheet))
    stage.tape.roll()
    stage.run(1_000)
    assert words in stage.sync().warning
    assert abs(stage.drift_ms()) < 2


@pytest.mark.parametrize(("edit", "real"), [("24000/1001", "24"), ("24", "24000/1001"), ("30000/1001", "30")])
def test_a_rate_that_has_no_code_of_its_own_is_found_out_by_its_speed(edit: str, real: str) -> None:
    rate = MtcRate.FILM if edit.startswith("24") else MtcRate.THIRTY
    sheet = _sheet(edit, "01:00:00:00")
    stage = TimecodeStage(rate, sheet.start_frame, Fraction(real))
    stage.player.follow(LoadEdit(sheet))
    stage.tape.roll()
    stage.run(5_000)
    assert not stage.sync().warning, "too soon to tell"
    stage.run(6_000)
    assert "3.6 s an hour" in stage.sync().warning
    assert f"set the DAW to {float(Fraction(edit)):.4g} fps" in stage.sync().warning


def test_the_daw_may_have_the_first_frame_elsewhere() -> None:
    place = EditPlace("02:00:00:00")
    place.load(_sheet("25", "01:00:00:00"))
    assert place.of_quarters(4 * 2 * 90_000, MtcRate.PAL) == 0
    assert place.of_time(7_200 * NS_PER_S) == 0
    assert EditPlace().of_time(NS_PER_S) == NS_PER_S
    with pytest.raises(SettingsError, match="timecode"):
        EditPlace("soon")


@pytest.mark.parametrize("start", ["02:00:00:05", "02:00:00;05", "02:00:00,05", "02:00:00.05", " 02:00:00.05 "])
def test_frames_of_the_start_may_be_set_off_by_whatever_timecodes_have_there(start: str) -> None:
    sheet = _sheet("25", "01:00:00:00")
    place = EditPlace(start)
    place.load(sheet)
    assert place.start_frame(MtcRate.PAL) == 2 * 90_000 + 5
    assert place.of_time(7_200 * NS_PER_S) == -200 * MS
    dropped = EditPlace(start)
    dropped.load(_sheet("30000/1001", "01:00:00;00"))
    assert dropped.start_frame(MtcRate.DROP) == parse_timecode("02:00:00;05", MtcRate.DROP.label_rate).frame


@pytest.mark.parametrize("rate", MtcRate)
def test_midnight_lies_between_the_evening_before_and_the_day(rate: MtcRate) -> None:
    place = EditPlace("00:00:00:00")
    last = 4 * rate.frames_per_day - 4
    assert place.of_quarters(last, rate) == FrameTime(-4, 4 * place.frames_per_s(rate)).ns

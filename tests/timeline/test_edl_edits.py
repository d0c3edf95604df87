"""What is seen of an edit decision list: cuts, transitions, retimes, holes and sound."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.lists import cut, reread, shown, speeds
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.errors import TimelineError


def test_holes_between_events_are_black(tmp_path: Path) -> None:
    found = reread(cut("A", "1:00 2:00", "0:00 1:00") + cut("B", "5:00 6:00", "1:10 2:10", number=2), tmp_path)
    assert shown(found) == [("A", 25, 25), ("Black", 10, None), ("B", 25, 125)]
    assert found.start == FrameTime(90000, Fraction(25))


def test_black_has_a_reel_of_its_own(tmp_path: Path) -> None:
    text = cut("A", "1:00 2:00", "0:00 1:00") + cut("BL", "0:00 1:00", "1:00 2:00") + cut("b", "0:00 1:00", "2:00 3:00")
    assert [name for name, _, _ in shown(reread(text, tmp_path))] == ["A", "Black", "b"]


def test_a_dissolve_is_cut_in_its_middle(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 2:00", "0:00 1:00")
        + cut("A", "2:00 2:00", "1:00 1:00", number=2)
        + cut("B", "5:00 7:00", "1:00 3:00", "* FROM CLIP NAME: a", "* TO CLIP NAME: b", number=2, how="V  D 012")
    )
    assert shown(reread(text, tmp_path)) == [("A", 31, 25), ("b", 44, 131)]


@pytest.mark.parametrize(("frames", "middle"), [(24, 12), (25, 13), (1, 1), (0, 0), (200, 50)])
def test_the_middle_is_a_whole_frame_inside_the_incoming_shot(frames: int, middle: int, tmp_path: Path) -> None:
    text = cut("A", "1:00 3:00", "0:00 2:00") + cut("B", "5:00 7:00", "2:00 4:00", number=2, how=f"V D {frames:03}")
    found = shown(reread(text, tmp_path))
    assert found[0] == ("A", 50 + middle, 25)
    assert found[1:] == ([("B", 50 - middle, 125 + middle)] if middle < 50 else [])


@pytest.mark.parametrize("how", ["V W001    012", "V     W123 012", "V D 012", "v  d  12", "V K B 000 "])
def test_wipes_and_keys_are_transitions_too(how: str, tmp_path: Path) -> None:
    text = cut("A", "1:00 2:00", "0:00 1:00") + cut("B", "5:00 7:00", "1:00 3:00", number=2, how=how)
    early = 0 if "K" in how else 6
    assert shown(reread(text, tmp_path)) == [("A", 25 + early, 25), ("B", 50 - early, 125 + early)]


def test_a_key_lets_the_picture_through(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 3:00", "0:00 2:00", how="V  K B 000 ")
        + cut("TITLE", "0:00 1:00", "0:10 1:10", how="V K 000")
        + cut("TITLE", "0:00 1:00", "2:00 3:00", how="V K 000 (F)", number=2)
    )
    assert shown(reread(text, tmp_path)) == [("A", 50, 25), ("TITLE", 25, 0)]


def test_an_outgoing_shot_that_is_seen_in_the_dissolve_alone_is_a_scene(tmp_path: Path) -> None:
    text = (
        cut("AX", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: a")
        + cut("AX", "3:00 3:00", "1:00 1:00", number=2)
        + cut("AX", "5:00 7:00", "1:00 3:00", "* FROM CLIP NAME: b", "* TO CLIP NAME: c", number=2, how="V D 020")
    )
    assert shown(reread(text, tmp_path)) == [("a", 25, 25), ("b", 10, 75), ("c", 40, 135)]


def test_an_event_that_is_all_dissolve_goes_on_in_the_next_one(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 2:00", "0:00 1:00")
        + cut("A", "2:00 2:00", "1:00 1:00", number=2)
        + cut("B", "5:00 5:10", "1:00 1:10", number=2, how="V D 010")
        + cut("B", "5:10 7:00", "1:10 3:00", number=3)
    )
    assert shown(reread(text, tmp_path)) == [("A", 30, 25), ("B", 45, 130)]


def test_fades_at_head_and_tail_change_nothing(tmp_path: Path) -> None:
    text = (
        cut("BL", "0:00 0:00", "0:00 0:00")
        + cut("A", "1:00 3:00", "0:00 2:00", "* TO CLIP NAME: a", how="V D 012")
        + cut("A", "3:00 3:00", "2:00 2:00", number=2)
        + cut("BL", "0:00 0:12", "2:00 2:12", number=2, how="V D 012")
    )
    assert shown(reread(text, tmp_path)) == [("a", 62, 25)]


@pytest.mark.parametrize(
    ("rate", "motion", "speed"),
    [
        (25, "025.0", Fraction(1)),
        (25, "012.5", Fraction(1, 2)),
        (25, "-025.0", Fraction(-1)),
        (25, "-50", Fraction(-2)),
        (25, "000.0", Fraction(0)),
        (24, "007.9", Fraction(33, 100)),
        (24, "008.0", Fraction(1, 3)),
        (24, "026.4", Fraction(11, 10)),
        (Fraction(24000, 1001), "012.0", Fraction(1, 2)),
        (Fraction(30000, 1001), "059.9", Fraction(2)),
        (Fraction(30000, 1001), "060.0", Fraction(2)),
        (Fraction(60000, 1001), "015.0", Fraction(1, 4)),
    ],
)
def test_m2_says_the_frames_of_source_in_a_second(
    rate: Fraction | int, motion: str, speed: Fraction, tmp_path: Path
) -> None:
    text = cut("A", "1:00 2:12", "0:00 1:12", f"M2   A        {motion}                01:00:01:00")
    assert speeds(reread(text, tmp_path, rate)) == [speed]


@pytest.mark.parametrize(
    "line", ["M2   A  012.5  01:00:01;00", "m2 A 012.5", "M2 A B C\t012.5\t01:00:01:00 ", "M2 12.5"]
)
def test_m2_is_read_however_it_is_spaced(line: str, tmp_path: Path) -> None:
    assert speeds(reread(cut("A", "1:00 2:00", "0:00 2:00", line), tmp_path)) == [Fraction(1, 2)]


def test_backwards_a_shot_begins_with_the_last_frame_of_its_range(tmp_path: Path) -> None:
    for source, below in (("1:00 2:00", "M2 A -025.0 01:00:01:00"), ("2:00 1:00", "* swapped")):
        found = reread(cut("A", source, "0:00 1:00", below), tmp_path)
        assert (shown(found), speeds(found)) == ([("A", 25, 49)], [Fraction(-1)])


def test_m2_belongs_to_the_line_of_its_reel(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 2:00", "0:00 1:00", "M2 A 050.0 01:00:01:00")
        + cut("A", "3:00 3:00", "1:00 1:00", number=2)
        + cut("B", "5:00 5:20", "1:00 3:00", "M2 A 050.0 01:00:03:00", "M2 B 010.0 01:00:05:00", number=2, how="V D 8")
    )
    assert speeds(reread(text, tmp_path)) == [Fraction(2), Fraction(2, 5)]


@pytest.mark.parametrize(
    ("source", "speed"),
    [
        ("1:00 3:00", 1),
        ("1:00 2:24", 1),
        ("1:00 3:01", 1),
        ("1:00 5:00", 2),
        ("1:00 2:00", "1/2"),
        ("1:00 1:01", 0),
        ("0:00 0:00", 1),
    ],
)
def test_without_m2_a_source_of_another_length_is_retimed_to_fit(source: str, speed: int | str, tmp_path: Path) -> None:
    assert speeds(reread(cut("A", source, "0:00 2:00"), tmp_path)) == [Fraction(speed)]


def test_m2_may_be_about_the_background_of_a_key(tmp_path: Path) -> None:
    text = cut("131", "1:00 1:15", "0:00 0:15", number=37, how="V     K B     ") + cut(
        "051",
        "9:00 9:15",
        "0:00 0:15",
        "M2  131          000.0                01:00:01:00",
        number=37,
        how="V     K O  000",
    )
    found = reread(text, tmp_path)
    assert (shown(found), speeds(found)) == ([("131", 15, 25)], [Fraction(0)])


def test_a_freeze_frame_may_be_a_note(tmp_path: Path) -> None:
    assert speeds(reread(cut("A", "1:00 2:00", "0:00 2:00", "* * FREEZE FRAME"), tmp_path)) == [Fraction(0)]


def test_events_may_come_in_any_order_and_later_ones_record_over_earlier_ones(tmp_path: Path) -> None:
    text = (
        cut("B", "5:00 7:00", "2:00 4:00", number=2)
        + cut("A", "1:00 3:00", "0:00 2:00")
        + cut("C", "8:00 9:00", "1:12 2:12", number=3)
    )
    assert shown(reread(text, tmp_path)) == [("A", 37, 25), ("C", 25, 200), ("B", 38, 137)]


def test_a_higher_video_track_hides_a_lower_one(tmp_path: Path) -> None:
    text = cut("UP", "1:00 2:00", "1:00 2:00", how="V2 C") + cut("DOWN", "1:00 4:00", "0:00 3:00", how="V C")
    assert shown(reread(text, tmp_path)) == [("DOWN", 25, 25), ("UP", 25, 25), ("DOWN", 25, 75)]


def test_sound_is_kept_on_its_tracks_with_its_level(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 3:00", "0:00 2:00", how="B C")
        + cut("S", "1:00 2:00", "0:10 1:10", "AUD  3    4", "* AUDIO GAIN -6.5 dB", number=2, how="AA C")
        + cut("T", "0:00 9:00", "1:00 10:00", number=3, how="A2 C")
        + cut("U", "0:00 9:00", "1:00 10:00", number=4, how="NONE C")
    )
    found = reread(text, tmp_path)
    assert [(c.track, c.name, c.record_in.frame, c.record_out.frame, c.gain_db) for c in found.audio] == [
        ("A1", "A", 0, 50, 0.0),
        ("A1", "S", 10, 35, -6.5),
        ("A2", "S", 10, 35, -6.5),
        ("A2", "T", 25, 250, 0.0),
        ("A3", "S", 10, 35, -6.5),
        ("A4", "S", 10, 35, -6.5),
    ]
    assert found.end.frame == 50


@pytest.mark.parametrize(
    "line",
    ["* AUDIO LEVEL AT 01:00:00:00 IS -3.00 DB  (REEL A A1)", "* A2 VOL =  -3.0 DB  PAN L100 ", "* audio gain: -3dB"],
)
def test_levels_are_written_in_several_ways(line: str, tmp_path: Path) -> None:
    found = reread(cut("A", "1:00 3:00", "0:00 2:00", line, "* SOURCE FILE: (NULL)", how="B C"), tmp_path)
    assert [(clip.name, clip.gain_db) for clip in found.audio] == [("A", -3.0)]


def test_a_split_edit_may_say_both_halves(tmp_path: Path) -> None:
    text = (
        "SPLIT:    AUDIO DELAY=  00:00:00:06\n"
        + cut("021", "1:00 3:00", "0:00 2:00", number=53)
        + cut("021", "1:06 3:00", "0:06 2:00", "HERES A NOTE", number=53, how="A C")
    )
    found = reread(text, tmp_path)
    assert shown(found) == [("021", 50, 25)]
    assert [(clip.record_in.frame, clip.record_out.frame) for clip in found.audio] == [(6, 50)]


def test_a_split_edit_lets_the_sound_begin_later(tmp_path: Path) -> None:
    text = "SPLIT:    AUDIO DELAY=  00:00:00:10\n" + cut("A", "1:00 3:00", "0:00 2:00", how="AA/V  C")
    found = reread(text, tmp_path)
    assert shown(found) == [("A", 50, 25)]
    assert [(c.track, c.record_in.frame, int(c.source_in_s * 25) - 90000) for c in found.audio] == [
        ("A1", 10, 35),
        ("A2", 10, 35),
    ]


def test_midnight_may_lie_in_the_edit(tmp_path: Path) -> None:
    text = cut("A", "1:00 3:00", "23:59:59:00 00:00:01:00") + cut("B", "1:00 2:00", "00:00:01:00 00:00:02:00", number=2)
    found = reread(text, tmp_path)
    assert shown(found) == [("A", 50, 25), ("B", 25, 25)]
    assert timecode(found.start) == "23:59:59:00"


def test_sound_alone_and_markers_alone_are_told_apart(tmp_path: Path) -> None:
    for text, words in (
        (cut("A", "1:00 2:00", "0:00 1:00", how="A C"), "holds sound alone"),
        (cut("001", "1:00 1:01", "1:00 1:01", " |C:ResolveColorBlue |M:a |D:1"), "holds markers alone"),
        (cut("BL", "0:00 1:00", "0:00 1:00"), "shows no pictures"),
        (cut("A", "1:00 2:00", "1:00 0:00"), "shows no pictures"),
    ):
        with pytest.raises(TimelineError, match=words):
            reread(text, tmp_path)


EVENTS = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(1, 200), st.integers(0, 100_000), st.sampled_from("ABC")),
    min_size=1,
    max_size=12,
)


@given(EVENTS, st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]))
def test_at_each_frame_the_last_event_recorded_there_is_seen(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, int, int, str]], rate: Fraction
) -> None:
    lines = ["FCM: NON-DROP FRAME"]
    tape: dict[int, tuple[str, Fraction]] = {}
    for number, (at, length, source, reel) in enumerate(events, start=1):
        labels = (timecode(FrameTime(frame, rate)) for frame in (source, source + length, at, at + length))
        lines.append(f"{number:03}  {reel} V C {' '.join(labels)}")
        tape.update({at + frame: (reel, Fraction(source + frame)) for frame in range(length)})
    found = reread("\n".join(lines), tmp_path_factory.getbasetemp(), rate)
    assert found.start.frame == min(tape)
    seen = {
        found.start.frame + scene.record_in.frame + number: (scene.name, scene.source_s(number / rate) * rate)
        for scene in found.scenes
        if scene.media
        for number in range(scene.n_frames)
    }
    assert seen == tape

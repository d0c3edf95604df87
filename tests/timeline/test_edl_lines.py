"""Lines of edit decision lists in every spacing, case and encoding, and the rate that they count at."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.lists import cut, reread, shown
from v2m_bridge.core.timebase import FrameTime, parse_timecode, timecode
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.edl_labels import label_of
from v2m_bridge.timeline.edl_lines import EventLine, read_list

TIMES = "01:00:00:00 01:00:01:00 02:00:00:00 02:00:01:00"
DF, NTSC_60 = Fraction(30000, 1001), Fraction(60000, 1001)


def line(text: str, folder: Path) -> EventLine:
    path = folder / "line.edl"
    path.write_text(f"{text} {TIMES}\n", encoding="utf-8")
    ((found,),) = (group.lines for group in read_list(path).groups)
    return found


@pytest.mark.parametrize(
    ("columns", "reel"),
    [
        ("001  AX       V     C       ", "AX"),
        ("000001  Z677_4C. V     C        ", "Z677_4C."),
        ("1\tA001C001_210304_R1AB\tV\tC\t", "A001C001_210304_R1AB"),
        ("007  My Reel 2 V C", "My Reel 2"),
        ("007  clip one.mov V C", "clip one.mov"),
        ("  007  a/b V C", "a/b"),
        ("007 V V C", "V"),
        ("007 V C", ""),
        ("002 001 C", "001"),
        ("0011D A v c", "A"),
        ("003 Straße V C", "Straße"),
    ],
)
def test_the_reel_is_whatever_stands_between_number_and_channel(columns: str, reel: str, tmp_path: Path) -> None:
    found = line(columns, tmp_path)
    assert (found.reel, found.pictures, found.transition) == (reel, (1,), "C")


@pytest.mark.parametrize(
    ("channels", "pictures", "sounds"),
    [
        ("V", (1,), ()),
        ("V1", (1,), ()),
        ("V2", (2,), ()),
        ("A", (), (1,)),
        ("A2", (), (2,)),
        ("A12", (), (12,)),
        ("AA", (), (1, 2)),
        ("A1A2", (), (1, 2)),
        ("B", (1,), (1,)),
        ("AA/V", (1,), (1, 2)),
        ("A2/V", (1,), (2,)),
        ("VA1", (1,), (1,)),
        ("VA1A2", (1,), (1, 2)),
        ("none", (), ()),
    ],
)
def test_channels(channels: str, pictures: tuple[int, ...], sounds: tuple[int, ...], tmp_path: Path) -> None:
    found = line(f"001  AX {channels} C", tmp_path)
    assert (found.pictures, found.sounds) == (pictures, sounds)


@pytest.mark.parametrize(
    ("written", "transition", "frames"),
    [
        ("C", "C", 0),
        ("D    024", "D", 24),
        ("d 8", "D", 8),
        ("W001 010", "W", 10),
        ("W123\t255", "W", 255),
        ("K B", "KB", 0),
        ("KB 000", "KB", 0),
        ("K 012", "K", 12),
        ("K O 012", "K", 12),
        ("K B 000 (F)", "KB", 0),
    ],
)
def test_transitions(written: str, transition: str, frames: int, tmp_path: Path) -> None:
    found = line(f"001  AX V {written}", tmp_path)
    assert (found.reel, found.transition, found.transition_frames) == ("AX", transition, frames)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n \t\n"])
def test_encodings_and_line_ends(encoding: str, end: str, tmp_path: Path) -> None:
    lines = ("title:   Prüfung  ", "", "fcm: non-drop frame", f"001  AX V C {TIMES}  ", "*from clip name:  Übung ")
    (tmp_path / "edit.edl").write_bytes(end.join(lines).encode(encoding))
    found = read_list(tmp_path / "edit.edl")
    assert (found.title, found.drop) == ("Prüfung", False)
    text = (tmp_path / "edit.edl").read_bytes().decode(encoding)
    assert [scene.name for scene in reread(text, tmp_path).scenes] == ["Übung"]


def test_what_is_not_understood_is_passed_over(tmp_path: Path) -> None:
    text = ">>> SOURCE 001 A001 1234\nGPI GPI-T PULSE\n" + cut(
        "A",
        "1:00 2:00",
        "0:00 1:00",
        "*ASC_SOP (0.1 0.2 0.3) (1 1 1) (1 1 1)",
        "*ASC_SAT 0.9",
        "EFFECTS NAME IS CROSS DISSOLVE",
        "* AVX2 EFFECT, RESIZE",
        "* COMMENT: 12 of 13",
        "SPLIT EVENT",
        "AUD nothing",
        "|",
        "*",
        "FROM CLIP NAME: bare",
    )
    assert shown(reread(text, tmp_path)) == [("bare", 25, 25)]


def test_a_list_of_another_kind_or_none_costs_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.edl"
    for data, words in (
        (b"5.3 7.1 0\n15 16.7 1\n", "holds no events"),
        (b"TITLE: empty\n", "holds no events"),
        (b"\0\1\2", "is not text"),
        (f"001 {TIMES}".encode(), "holds no events"),
        (f"AX V C {TIMES}".encode(), "holds no events"),
    ):
        path.write_bytes(data)
        with pytest.raises(TimelineError, match=words):
            read_list(path)


def test_the_first_fcm_is_about_the_edit_and_later_ones_about_sources(tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n" + cut("A", "00:10:00:00 00:10:01:00", "01:01:00:02 01:01:01:02")
    found = reread(text, tmp_path, None)
    assert (found.rate, found.drop_frame, timecode(found.start, drop_frame=True)) == (DF, True, "01:01:00;02")
    assert found.scenes[0].source_in_s * DF == parse_timecode("00:10:00;00", DF).frame
    text = text.replace("001  A", "FCM: NON-DROP FRAME\n001  A")
    found = reread(text, tmp_path, None)
    assert timecode(found.start, drop_frame=True) == "01:01:00;02"
    assert found.scenes[0].source_in_s * DF == 18000


def test_a_list_that_marks_dropped_labels_means_the_others_as_they_stand(tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n" + cut("A", "00:10:00:00 00:10:01:00", "01:01:00;02 01:01:01;02")
    assert reread(text, tmp_path, None).scenes[0].source_in_s * DF == 18000


@pytest.mark.parametrize(
    ("fcm", "last", "wanted", "rate"),
    [
        ("DROP FRAME", "20", None, DF),
        ("DROP FRAME", "45", None, NTSC_60),
        ("DROP FRAME", "20", 30, DF),
        ("DROP FRAME", "20", 25, Fraction(25)),
        ("NON-DROP FRAME", "20", 30, Fraction(30)),
        ("NON-DROP FRAME", "20", Fraction(24000, 1001), Fraction(24000, 1001)),
    ],
)
def test_the_rate_is_what_the_labels_leave(
    fcm: str, last: str, wanted: Fraction | int | None, rate: Fraction, tmp_path: Path
) -> None:
    found = reread(f"FCM: {fcm}\n" + cut("A", f"0:00 1:{last}", f"0:00 1:{last}"), tmp_path, wanted)
    assert found.rate == rate
    assert found.drop_frame == (rate in (DF, NTSC_60))
    assert found.end.frame == round(rate) + int(last)


def test_sources_tell_the_rate_of_a_short_list_whose_own_labels_do_not(tmp_path: Path) -> None:
    labels = (
        ("00:00:00:00 00:00:02:00", "01:00:58;00 01:01:00;04"),
        ("00:00:10:30 00:00:12:30", "01:01:00;04 01:01:02;04"),
    )
    text = "FCM: DROP FRAME\n" + "".join(f"{n:03} AX V C {' '.join(both)}\n" for n, both in enumerate(labels, 1))
    found = reread(text, tmp_path, None)
    assert (found.rate, [scene.n_frames for scene in found.scenes]) == (NTSC_60, [120, 120])
    at_30 = text.replace("01:00:58;00 01:01:00;04", "01:00:58;00 01:01:00;02").replace("01:01:00;04", "01:01:00;02")
    at_30 = at_30.replace("01:01:02;04", "01:01:02;02")
    assert reread(at_30, tmp_path, None).rate == DF


def test_a_list_that_leaves_its_rate_open_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(TimelineError) as caught:
        reread(cut("A", "0:00 1:00", "0:00 1:00"), tmp_path, None)
    assert "does not say its frame rate" in str(caught.value)
    assert "--rate 25" in caught.value.hint


@given(
    st.integers(0, 99 * 3600 * 24), st.sampled_from([Fraction(24000, 1001), Fraction(25), DF, NTSC_60]), st.booleans()
)
def test_a_label_names_the_frame_that_was_written(frame: int, rate: Fraction, drop: bool) -> None:
    drop = drop and rate in (DF, NTSC_60)
    text = timecode(FrameTime(frame, rate), drop_frame=drop)
    assert label_of(text).at(rate, drop=drop) == frame
    assert label_of(text).drop == drop


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 999), st.booleans())
def test_no_label_is_refused(hours: int, minutes: int, seconds: int, frames: int, drop: bool) -> None:
    label = label_of(f"{hours}:{minutes}:{seconds}{';' if drop else ':'}{frames}")
    for rate in (Fraction(24000, 1001), DF, NTSC_60, Fraction(12)):
        found = label.at(rate, drop=drop)
        written = 60 * (60 * hours + minutes) + seconds + Fraction(frames, round(rate))
        assert abs(found / rate - written) <= Fraction(written, 900) + 1

"""Which medium an event of a list means, and how its timecodes lie in it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.timeline.lists import cut, reread, speeds
from tests.timeline.reference_edit import RATES, EditRate
from tests.timeline.rushes import write_video
from v2m_bridge.core.timeline import MediaFacts, MediaWanted, Timeline
from v2m_bridge.timeline import read

AT_25 = RATES[1]
AT_24 = replace(AT_25, rate=Fraction(24))
AT_23 = RATES[0]


def video(folder: Path, name: str, at: EditRate = AT_25, label: str = "01:00:00:00", n_frames: int = 250) -> Path:
    path = folder / name
    write_video(path, at, n_frames, label)
    return path


def source(timeline: Timeline) -> tuple[str, str | None, object]:
    """Return name and path of the medium of the first scene, and where it starts, in frames of the edit."""
    scene = timeline.scenes[0]
    assert scene.media is not None
    return scene.media.name, scene.media.path, scene.source_in_s * timeline.rate


@pytest.mark.parametrize(
    "event",
    [
        cut("AX", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: A001.mov"),
        cut("AX", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: A001"),
        cut("AX", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour", "* SOURCE FILE: A001"),
        cut("AX", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour", r"* FROM CLIP: S:\rushes\a001.MOV"),
        cut("AX", "1:00 2:00", "0:00 1:00", "* from file: /gone/A001.mov"),
        cut("A001", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour"),
        cut("A001", "1:00 2:00", "0:00 1:00"),
        cut("A00", "1:00 2:00", "0:00 1:00", "* OTIO TRUNCATED REEL NAME FROM: A001.mov"),
        cut("001", "1:00 2:00", "0:00 1:00", "FINAL CUT PRO REEL: A001 REPLACED BY: 001"),
    ],
)
def test_a_medium_is_found_by_file_clip_name_or_reel(event: str, tmp_path: Path) -> None:
    path = video(tmp_path, "A001.mov")
    (tmp_path / "A001.txt").write_text("no medium")
    name, found, at = source(reread(event, tmp_path, None))
    assert (name.lower(), found, at) == ("a001.mov", str(path), 25)


def test_names_that_lists_cut_off_are_found_by_their_timecode(tmp_path: Path) -> None:
    video(tmp_path, "A001C001_230101_R1AB.mov", label="09:00:00:00")
    path = video(tmp_path, "A001C001_230102_R1AB.mov")
    event = cut("A001C001", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour")
    assert source(reread(event, tmp_path, None)) == (path.name, str(path), 25)
    video(tmp_path, "A001C001_230103_R1AB.mov")
    assert source(reread(event, tmp_path))[:2] == ("Harbour", None)


def test_short_reels_stand_for_whole_words_alone(tmp_path: Path) -> None:
    video(tmp_path, "A0011.mov")
    event = cut("A001", "1:00 2:00", "0:00 1:00")
    assert source(reread(event, tmp_path))[:2] == ("A001", None)
    path = video(tmp_path, "A001_take 2.mov")
    assert source(reread(event, tmp_path))[:2] == (path.name, str(path))


def test_an_offline_medium_is_called_as_the_list_calls_its_file(tmp_path: Path) -> None:
    for event, name in (
        (cut("R1", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: shot.mov"), "shot.mov"),
        (cut("R1", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour", "* SOURCE FILE: a.mxf"), "a.mxf"),
        (cut("R1", "1:00 2:00", "0:00 1:00", "* FROM CLIP NAME: Harbour"), "Harbour"),
        (cut("R1", "1:00 2:00", "0:00 1:00"), "R1"),
        (cut("AX", "1:00 2:00", "0:00 1:00"), "AX"),
    ):
        assert source(reread(event, tmp_path)) == (name, None, 90025)


def test_the_media_are_asked_for_once_and_none_is_asked_where_all_are_offline(tmp_path: Path) -> None:
    path = video(tmp_path, "A001.mov")
    edit = tmp_path / "edit.edl"
    edit.write_text(cut("A001", "1:00 2:00", "0:00 1:00") + cut("A001", "3:00 4:00", "1:00 2:00", number=2))
    assert read(edit) == MediaWanted((str(path),))
    assert read(edit, rate=Fraction(25)) == MediaWanted((str(path),))
    timeline = read(edit, rate=Fraction(25), known={})
    assert isinstance(timeline, Timeline)
    assert source(timeline) == ("A001.mov", str(path), 90025)
    path.unlink()
    assert isinstance(read(edit, rate=Fraction(25)), Timeline)


def test_the_rate_is_that_of_most_media_that_has_room_for_the_labels(tmp_path: Path) -> None:
    for name, at in (("A.mov", AT_23), ("B.mov", AT_23), ("C.mov", AT_25)):
        video(tmp_path, name, at)
    text = "".join(cut(reel, "1:00 2:00", f"{n}:00 {n + 1}:00", number=n + 1) for n, reel in enumerate("ABC"))
    assert reread(text, tmp_path, None).rate == AT_23.rate
    assert reread(text + cut("A", "1:00 2:00", "3:00 4:24", number=4), tmp_path, None).rate == 25


def test_a_rate_that_wavers_is_taken_for_the_standard_one(tmp_path: Path) -> None:
    path = video(tmp_path, "A.mov")
    edit = tmp_path / "edit.edl"
    edit.write_text(cut("A", "1:00 2:00", "0:00 1:00"))
    timeline = read(edit, known={str(path): MediaFacts(Fraction(30_021, 1000), 0, 9000)})
    assert isinstance(timeline, Timeline)
    assert timeline.rate == 30


def test_labels_of_another_rate_count_as_the_medium_does_where_that_fits(tmp_path: Path) -> None:
    video(tmp_path, "A.mov", AT_24)
    by_medium = reread(cut("A", "2:12 6:12", "0:00 4:00"), tmp_path)
    assert by_medium.scenes[0].source_in_s == Fraction(5, 2)
    assert speeds(by_medium) == [1]
    by_edit = reread(cut("A", "2:05 4:24", "0:00 2:19"), tmp_path)
    assert by_edit.scenes[0].source_in_s == 2 + Fraction(5, 25)
    assert speeds(by_edit) == [1]
    video(tmp_path, "B.mov", replace(AT_25, rate=Fraction(50)))
    assert reread(cut("B", "2:30 4:00", "0:00 1:10"), tmp_path).scenes[0].source_in_s == 2 + Fraction(30, 50)


def test_one_nominal_rate_counts_frames(tmp_path: Path) -> None:
    video(tmp_path, "A.mov", AT_23)
    found = reread(cut("A", "2:12 6:12", "0:00 4:00"), tmp_path, 24)
    assert found.scenes[0].source_in_s == Fraction(60 * 1001, 24000)
    assert speeds(found) == [1]


@pytest.mark.parametrize(
    ("label", "times", "frames"),
    [
        ("01:00:00:00", "01:00:02:00 01:00:03:00", 50),
        ("", "00:00:02:00 00:00:03:00", 50),
        ("", "01:00:02:00 01:00:03:00", 50),
        ("10:00:00:00", "00:00:02:00 00:00:03:00", 50),
        ("10:00:00:00", "01:00:02:00 01:00:03:00", 50),
        ("10:00:00:00", "10:00:09:00 10:00:10:00", 225),
    ],
)
def test_labels_outside_the_medium_count_from_its_start_or_the_full_hour(
    label: str, times: str, frames: int, tmp_path: Path
) -> None:
    video(tmp_path, "A.mov", label=label)
    assert source(reread(cut("A", times, "0:00 1:00"), tmp_path))[2] == frames


def test_the_sound_of_a_name_is_preferred_for_sound_alone(tmp_path: Path) -> None:
    picture = video(tmp_path, "A001.mov")
    (tmp_path / "A001.wav").write_bytes(b"RIFF")
    text = cut("A001", "1:00 2:00", "0:00 1:00") + cut("A001", "1:00 2:00", "0:00 1:00", number=2, how="A C")
    found = reread(text, tmp_path)
    assert source(found)[1] == str(picture)
    assert found.audio[0].media is not None
    assert found.audio[0].media.path == str(tmp_path / "A001.wav")

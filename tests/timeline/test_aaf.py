"""AAF beyond the reference edit: which media clips name, and files that are no sound AAF."""

import random
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from tests.timeline.dialects import aaf
from tests.timeline.reference_edit import RATES
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError, V2MError
from v2m_bridge.timeline import read
from v2m_bridge.timeline.aaf_repairs import repair
from v2m_bridge.timeline.media import MediaFinder


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return aaf.write(RATES[1], tmp_path_factory.mktemp("aaf")).read_bytes()


def span(start: float, length: float) -> TimeRange:
    return TimeRange(RationalTime(start, 25), RationalTime(length, 25))


def test_a_clip_names_the_medium_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "copy.mxf").touch()
    references = {
        "DEFAULT_MEDIA": otio.schema.ExternalReference("file://C:/rushes/original.mov"),
        "a tape": otio.schema.MissingReference("tape"),
        "copy": otio.schema.ExternalReference("file:///elsewhere/copy.mxf"),
    }
    clip = otio.schema.Clip("c", source_range=span(0, 9))
    clip.set_media_references(references, "DEFAULT_MEDIA")
    repair(clip, MediaFinder.beside(tmp_path / "edit.aaf"))
    assert clip.active_media_reference_key == "copy"
    (tmp_path / "copy.mxf").unlink()
    clip.active_media_reference_key = "DEFAULT_MEDIA"
    repair(clip, MediaFinder.beside(tmp_path / "edit.aaf"))
    assert clip.media_reference.target_url == "file:///C:/rushes/original.mov"


def test_markers_of_a_retimed_clip_stand_where_they_stood(tmp_path: Path) -> None:
    before, clip = (otio.schema.Clip("c", source_range=span(100, 50)) for _ in range(2))
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    clip.markers.append(otio.schema.Marker("m", span(110, 5)))
    track = otio.schema.Track(children=[before, clip], kind="Video")
    repair(otio.schema.Timeline(tracks=[track]), MediaFinder.beside(tmp_path / "edit.aaf"))
    assert not len(clip.markers)
    assert [marker.marked_range for marker in track.markers] == [span(60, 5)]


def test_a_muted_sound_is_kept_and_off(tmp_path: Path) -> None:
    timeline = read(aaf.write(RATES[2], tmp_path))
    assert isinstance(timeline, Timeline)
    assert [clip.name for clip in timeline.audio if not clip.enabled] == ["old temp"]
    assert timeline.drop_frame


@pytest.mark.parametrize("wrong", [b"", b"no AAF", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0" * 4096])
def test_what_is_no_aaf_costs_one_sentence(wrong: bytes, tmp_path: Path) -> None:
    path = tmp_path / "edit.aaf"
    path.write_bytes(wrong)
    with pytest.raises(TimelineError):
        read(path)


def test_tables_larger_than_the_file_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "edit.aaf"
    for at in (44, 64, 72):
        path.write_bytes(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :])
        with pytest.raises(TimelineError, match="not a sound AAF"):
            read(path)


def test_a_file_cut_short_costs_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "edit.aaf"
    for length in range(100, len(content) * 9 // 10, len(content) // 12):
        path.write_bytes(content[:length])
        with pytest.raises(TimelineError):
            read(path)


def test_a_file_with_wrong_bytes_is_read_or_refused_in_a_sentence(
    content: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng, path = random.Random(5), tmp_path / "edit.aaf"  # noqa: S311
    for _ in range(20):
        wrong = bytearray(content)
        for _ in range(4):
            wrong[rng.randrange(512, len(wrong))] = rng.randrange(256)
        path.write_bytes(wrong)
        try:
            read(path)
        except V2MError as exc:
            assert "\n" not in exc.sentence()
    assert capfd.readouterr().out == ""

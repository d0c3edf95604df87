"""Offline media are linked to another file of them: by name, reel and timecode, where exactly one fits."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.timeline import fcpxml_edits, xmeml_edits
from tests.timeline.edits import clip, edit, track
from tests.timeline.reference_edit import RATES
from tests.timeline.rushes import facts, write_video
from v2m_bridge.core.timeline import Media, MediaWanted, Timeline
from v2m_bridge.timeline import read

AT = next(at for at in RATES if at.name == "25")
HOUR = "10:00:00:00"
XML = (
    '<file id="f"><name>A001.mxf</name><pathurl>file:///cards/A001.mxf</pathurl>{rate}<duration>400</duration><timecode>'
    "{rate}<string>10:00:00:00</string><frame>900000</frame><reel><name>A001R2EC</name></reel></timecode></file>"
)
ASSET = (
    '<asset id="q" name="A001" start="36000s" duration="16s" hasVideo="1" format="f25">'
    '<media-rep src="file:///cards/A001.mxf"/>'
    '<metadata><md key="com.apple.proapps.studio.reel" value="A001R2EC"/></metadata></asset>'
)


def write_otio(folder: Path) -> Path:
    shot = clip("A001", 900_040, 100, medium_from=900_000, url="file:///cards/A001.mxf")
    shot.media_reference.metadata["cmx_3600"] = {"reel": "A001R2EC"}
    path = folder / "edit.otio"
    path.write_text(edit(track(shot)).to_json_string(), encoding="utf-8")
    return path


def write_xmeml(folder: Path) -> Path:
    source = XML.format(rate=xmeml_edits.R25)
    path = folder / "edit.xml"
    video = f"<track>{xmeml_edits.clip(0, 100, 40, source=source)}</track>"
    path.write_text(xmeml_edits.document(xmeml_edits.sequence(video)), encoding="utf-8")
    return path


def write_fcpxml(folder: Path) -> Path:
    spine = fcpxml_edits.clip("A001", "0s", "100/25s", ref="q", start="900040/25s")
    path = folder / "edit.fcpxml"
    path.write_text(fcpxml_edits.document(fcpxml_edits.project(spine), ASSET), encoding="utf-8")
    return path


WRITERS = {"otio": write_otio, "xmeml": write_xmeml, "fcpxml": write_fcpxml}


def linked(path: Path) -> Media:
    """Read an edit as `jobs.read_timeline` does; return the medium of its only scene."""
    found = read(path)
    if isinstance(found, MediaWanted):
        found = read(path, known=facts(found.paths))
    assert isinstance(found, Timeline)
    (scene,) = found.scenes
    assert scene.media is not None
    assert scene.source_in_s == Fraction(40, 25)
    return scene.media


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("name", ["A001.mov", "a001.MP4", "A001R2EC.mov", "A001R2EC_proxy.mov"])
def test_another_container_and_the_reel_are_found_where_the_timecode_is_right(
    format_: str, name: str, tmp_path: Path
) -> None:
    write_video(tmp_path / name, AT, 400, HOUR)
    assert linked(WRITERS[format_](tmp_path)) == Media("A001.mxf", str(tmp_path / name))


@pytest.mark.parametrize("format_", WRITERS)
def test_what_does_not_fit_stays_offline(format_: str, tmp_path: Path) -> None:
    cases = {
        "another timecode": ("A001.mov", 400, "11:00:00:00"),
        "too short": ("A001.mov", 130, HOUR),
        "a reel without timecode": ("A001R2EC.mov", 400, ""),
        "another name": ("A002.mov", 400, HOUR),
    }
    for what, (name, n_frames, label) in cases.items():
        folder = tmp_path / what
        folder.mkdir()
        write_video(folder / name, AT, n_frames, label)
        assert linked(WRITERS[format_](folder)) == Media("A001.mxf"), what


def test_a_copy_that_lost_its_timecode_is_found_by_its_name(tmp_path: Path) -> None:
    write_video(tmp_path / "A001.mp4", AT, 400)
    assert linked(write_xmeml(tmp_path)).path == str(tmp_path / "A001.mp4")


def test_of_two_files_the_one_that_fits_is_taken_and_of_two_that_fit_neither(tmp_path: Path) -> None:
    write_video(tmp_path / "A001.mov", AT, 400, HOUR)
    write_video(tmp_path / "A001.mp4", AT, 400, "11:00:00:00")
    assert linked(write_otio(tmp_path)).path == str(tmp_path / "A001.mov")
    write_video(tmp_path / "A001.mkv", AT, 400, HOUR)
    assert linked(write_otio(tmp_path)).path is None


def test_a_medium_that_is_there_asks_nobody(tmp_path: Path) -> None:
    write_video(tmp_path / "A001.mov", AT, 400, HOUR)
    (tmp_path / "A001.mxf").write_bytes(b"x")
    assert isinstance(read(write_otio(tmp_path)), Timeline)

"""Bundles: an edit and its media in a folder or an archive, opened without trusting what the archive says."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from tests.timeline.dialects import otiod, otioz
from tests.timeline.reference_edit import RATES, SOURCES
from tests.timeline.rushes import write_rushes
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import otio_bundle, read

AT = RATES[1]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("V2M_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive with its media inside."""
    write_rushes(AT, tmp_path)
    path = otioz.write(AT, tmp_path)
    with zipfile.ZipFile(path, "a") as opened:
        for source in SOURCES:
            opened.write(tmp_path / source.file, f"media/{source.file}")
    for source in SOURCES:
        (tmp_path / source.file).unlink()
    return path


def media(timeline: object) -> dict[str, str | None]:
    assert isinstance(timeline, Timeline)
    return {scene.media.name: scene.media.path for scene in timeline.scenes if scene.media}


def test_a_folder_is_read_with_its_media_and_named_after_itself(tmp_path: Path) -> None:
    bundle = otiod.write(AT, tmp_path)
    timeline = read(bundle)
    assert isinstance(timeline, Timeline)
    assert timeline.source_path == str(bundle)
    assert media(timeline) == {source.file: str(bundle / "media" / source.file) for source in SOURCES}


def test_media_of_an_archive_are_unpacked_once(archive: Path, cache: Path) -> None:
    found = media(read(archive))
    assert set(found) == {source.file for source in SOURCES}
    for name, path in found.items():
        assert path is not None
        with zipfile.ZipFile(archive) as opened:
            assert Path(path).read_bytes() == opened.read(f"media/{name}")
    before = {path: Path(path).stat().st_mtime_ns for path in found.values() if path}
    assert media(read(archive)) == found
    assert {path: Path(path).stat().st_mtime_ns for path in before} == before
    assert len(list((cache / "bundles").iterdir())) == 1


def test_large_media_stay_in_the_archive_offline(archive: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otio_bundle, "MAX_UNPACKED_BYTES", 1000)
    assert set(media(read(archive)).values()) == {None}
    assert not cache.exists()


@pytest.mark.parametrize(
    "name", ["../evil.mov", "media/../../evil.mov", "/etc/evil.mov", "media\\..\\evil.mov", "C:\\evil.mov", "media//x"]
)
def test_an_archive_whose_names_lead_out_is_refused_whole(name: str, archive: Path, cache: Path) -> None:
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(name, "x")
    with pytest.raises(TimelineError, match="leads out of the archive"):
        read(archive)
    assert not cache.exists()


def test_an_archive_with_a_link_is_refused_whole(archive: Path, cache: Path) -> None:
    link = zipfile.ZipInfo("media/link.mov")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(TimelineError, match="leads out of the archive"):
        read(archive)
    assert not cache.exists()


def test_an_edit_that_grows_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.otioz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("content.otio", "w") as file:
        for _ in range(65):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(TimelineError, match="larger than 64 MB"):
        read(path)


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otio_bundle, "MAX_MEMBERS", 1)
    with pytest.raises(TimelineError, match="more than 1 files"):
        read(otioz.write(AT, tmp_path))


def test_a_medium_that_is_damaged_costs_one_sentence_and_leaves_nothing(archive: Path, cache: Path) -> None:
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        offset = opened.getinfo(f"media/{SOURCES[0].file}").header_offset
    data[offset + 200 : offset + 260] = bytes(60)
    archive.write_bytes(data)
    with pytest.raises(TimelineError, match="not a sound"):
        read(archive)
    assert not list((cache / "bundles").iterdir())


def test_an_archive_that_asks_for_a_password_costs_one_sentence(tmp_path: Path) -> None:
    path = otioz.write(AT, tmp_path)
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.index(mark) + place
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    path.write_bytes(data)
    with pytest.raises(TimelineError, match="locked with a password"):
        read(path)


def test_what_is_no_bundle_costs_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file.otiod").write_text("x")
    (tmp_path / "empty.otiod").mkdir()
    (tmp_path / "text.otioz").write_text("x")
    with zipfile.ZipFile(tmp_path / "other.otioz", "w") as archive:
        archive.writestr("a.txt", "x")
    os.mkfifo(tmp_path / "pipe.otioz")
    for name, words in (
        ("file.otiod", "not a bundle folder"),
        ("empty.otiod", "there is no file"),
        ("missing.otiod", "there is no file"),
        ("text.otioz", "not a sound .otioz archive"),
        ("other.otioz", "holds no content.otio"),
        ("pipe.otioz", "is a pipe"),
        ("missing.otioz", "there is no file"),
    ):
        with pytest.raises(TimelineError) as caught:
            read(tmp_path / name)
        assert words in caught.value.sentence()


def test_an_archive_cut_short_anywhere_costs_one_sentence(archive: Path) -> None:
    data = archive.read_bytes()
    for length in range(1, len(data), len(data) // 150):
        archive.write_bytes(data[:length])
        with pytest.raises(TimelineError):
            read(archive)

"""Where media are found: plain local files, by what the edit says or by name, and nothing else."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.timeline import Media
from v2m_bridge.timeline.media import MediaFinder, file_name, local_paths

FILE_NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\?#:"), min_size=1, max_size=20
).filter(lambda name: name.strip(". ") == name and not name.startswith("%"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder project/edit with one medium in each place that is searched."""
    for place in ("project/edit", "project/edit/media", "project/media", "elsewhere", "far away"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
    for place, name in (
        ("project/edit", "beside.mov"),
        ("project/edit/media", "below.mov"),
        ("project/media", "Shot 100%.mov"),
        ("elsewhere", "given.mov"),
        ("far away", "told.mov"),
    ):
        (tmp_path / place / name).write_bytes(b"picture")
    return tmp_path


@pytest.fixture
def finder(project: Path) -> MediaFinder:
    return MediaFinder.beside(project / "project/edit/cut.otio", [project / "elsewhere"])


def test_the_address_in_the_edit_comes_first(project: Path, finder: MediaFinder) -> None:
    told = project / "far away/told.mov"
    (project / "project/edit/told.mov").write_bytes(b"another")
    for address in (
        str(told),
        told.as_uri(),
        f"file://{told}",
        f"file://localhost{quote(str(told))}",
        quote(str(told)),
    ):
        assert finder.find(address) == Media("told.mov", str(told)), address


def test_relative_addresses_start_at_the_edit(project: Path, finder: MediaFinder) -> None:
    for address in ("../media/Shot 100%.mov", "file:../media/Shot%20100%25.mov", "../media/Shot%20100%25.mov"):
        assert finder.find(address) == Media("Shot 100%.mov", str(project.resolve() / "project/media/Shot 100%.mov"))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/Volumes/Gone/beside.mov", "project/edit/beside.mov"),
        ("file:///Volumes/Gone/below.mov", "project/edit/media/below.mov"),
        (r"D:\Rushes\Shot 100%.mov", "project/media/Shot 100%.mov"),
        ("file:///D:/Rushes/Shot%20100%25.mov", "project/media/Shot 100%.mov"),
        ("file://server/share/given.mov", "elsewhere/given.mov"),
        (r"\\server\share\GIVEN.MOV", "elsewhere/given.mov"),
        ("https://host/given.mov?key=1", "elsewhere/given.mov"),
        ("given.mov", "elsewhere/given.mov"),
    ],
)
def test_moved_media_are_found_by_name(address: str, found: str, project: Path, finder: MediaFinder) -> None:
    medium = finder.find(address)
    assert medium.path == str(project / found)
    assert medium.identity == Path(found).name.casefold()


def test_the_places_are_searched_in_their_order(project: Path) -> None:
    places = ("project/edit", "project/media", "project/edit/media", "elsewhere")
    for place in reversed(places):
        (project / place / "same.mov").write_bytes(b"picture")
        finder = MediaFinder.beside(project / "project/edit/cut.otio", [project / "elsewhere"])
        assert finder.find("/gone/same.mov").path == str(project / place / "same.mov")


def test_the_spelling_of_the_edit_wins_over_case(project: Path) -> None:
    for name in ("A.mov", "a.mov", "a.MOV"):
        (project / "elsewhere" / name).write_bytes(b"picture")
    finder = MediaFinder.beside(project / "project/edit/cut.otio", [project / "elsewhere"])
    assert finder.find("/gone/a.mov").path == str(project / "elsewhere/a.mov")


@pytest.mark.parametrize(
    "address",
    [
        "http://host/clip.mov",
        "rtsp://host/clip.mov",
        "concat:/etc/passwd|/etc/hosts",
        "data:video/mp4;base64,AAAA",
        "pipe:0",
        "/dev/zero",
        "file:///dev/stdin",
        "/proc/self/environ",
        "../../../../../../../../../../proc/self/environ",
        "file:///proc/self/environ",
        r"\\.\PhysicalDrive0",
        "//./COM1",
        "fifo",
        "link",
        ".",
        "nul\0byte.mov",
        "x" * 5_000,
        "file:",
        "file://",
        "\ud800.mov",
        "",
    ],
)
def test_whatever_is_no_plain_local_file_is_offline(address: str, project: Path, finder: MediaFinder) -> None:
    os.mkfifo(project / "project/edit/fifo")
    (project / "project/edit/link").symlink_to("/proc/self/environ")
    assert finder.find(address).path is None


@given(FILE_NAMES)
def test_a_name_survives_every_way_of_writing_it(name: str) -> None:
    decoded = file_name(f"file:///x/{quote(name)}")
    assert decoded == name
    assert f"/x/{name}" in local_paths(f"file:///x/{quote(name)}")
    assert f"/x/{name}" in local_paths(f"/x/{name}")
    assert file_name(f"D:\\x\\{quote(name)}") == name


@given(st.text(max_size=60))
def test_no_address_raises_and_what_is_found_is_absolute(address: str) -> None:
    medium = MediaFinder(Path("/nowhere"), (Path("/nowhere/media"),)).find(address)
    assert medium.path is None or Path(medium.path).is_absolute()

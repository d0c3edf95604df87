import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.engine.watcher import EXPORTS, Signature, Steady, Watcher, is_no_export, newest_edit, signature
from v2m_bridge.errors import TimelineError

_SIGNATURES = st.one_of(st.none(), st.tuples(st.tuples(st.just("cut.otio"), st.integers(0, 3), st.integers(0, 3))))


@given(st.lists(_SIGNATURES, min_size=2, max_size=30))
def test_a_version_is_told_only_after_it_stood_still_and_never_twice_in_a_row(seen: list[Signature | None]) -> None:
    steady = Steady(seen[0])
    last, told = seen[0], seen[0]
    for now in seen[1:]:
        expected = now is not None and now == last and now != told and all(size > 0 for _, size, _ in now)
        assert steady.seen(now) is expected
        if expected:
            told = now
        last = now


def test_a_file_saved_by_rename_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_text("old")
    changed = threading.Event()
    watcher = Watcher(path, changed.set)
    watcher.start()
    fresh = tmp_path / "cut.otio.tmp"
    fresh.write_text("newer")
    fresh.replace(path)
    assert changed.wait(10)
    watcher.close()
    watcher.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are asked otherwise")
@pytest.mark.parametrize("what", ["file", "bundle", "folder"])
def test_where_the_system_tells_of_changes_nobody_looks_for_them(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("v2m_bridge.engine.watcher.IDLE_S", 3600)
    inside = tmp_path / "cut.otiod" if what == "bundle" else tmp_path
    inside.mkdir(exist_ok=True)
    file = inside / ("content.otio" if what == "bundle" else "cut.otio")
    file.write_text("old")
    looks, changed = [0], threading.Event()

    def look(path: Path) -> Signature | None:
        looks[0] += 1
        return signature(path)

    monkeypatch.setattr("v2m_bridge.engine.watcher.signature", look)
    watcher = Watcher({"file": file, "bundle": inside, "folder": tmp_path}[what], changed.set)
    watcher.start()
    try:
        assert not changed.wait(1)
        assert looks[0] <= 2
        file.write_text("newer")
        assert changed.wait(30)
    finally:
        watcher.close()


def test_a_bundle_is_known_by_what_it_holds(tmp_path: Path) -> None:
    bundle = tmp_path / "cut.otiod"
    bundle.mkdir()
    (bundle / "content.otio").write_text("a")
    before = signature(bundle)
    (bundle / "content.otio").write_text("ab")
    assert signature(bundle) != before
    assert signature(tmp_path / "nothing") is None


def test_of_a_folder_the_newest_export_is_meant(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="no edit"):
        newest_edit(tmp_path)
    for age, name in enumerate(("new.otio", "old.otio", "note.txt", ".hidden.otio")):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    os.utime(tmp_path / "note.txt", (2000, 2000))
    assert newest_edit(tmp_path) == tmp_path / "new.otio"
    assert newest_edit(tmp_path / "old.otio") == tmp_path / "old.otio"
    assert newest_edit(tmp_path / "missing.otio") == tmp_path / "missing.otio"


def test_a_folder_is_known_by_its_exports_alone(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "cut.otio").write_text("x")
    before = signature(folder)
    (folder / "render.mp4").write_text("growing")
    (folder / ".gitkeep").touch()
    (folder / "next.otio").touch()  # made, not yet written
    assert signature(folder) == before
    assert newest_edit(folder) == folder / "cut.otio"
    (folder / "next.otio").write_text("y")
    assert signature(folder) != before


def test_an_export_that_vanishes_while_it_is_looked_for_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanished(_: Path) -> list[tuple[str, Signature]]:
        raise FileNotFoundError(2, "gone", "cut.otio")

    monkeypatch.setattr("v2m_bridge.engine.watcher._exports", vanished)
    with pytest.raises(TimelineError, match="gone"):
        newest_edit(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        ".#cut.otio",
        ".hidden.edl",
        "~$cut.xml",
        "cut.otio~",
        "cut.autosave.fcpxml",
        "Film Auto-Save 12.xml",
        "film-backup-2026-03-01-12-00.kdenlive",
        "cut.backup.mlt",
        "cut_BACKUP.edl",
        "cut.tmp.otio",
        "cut (Ada's conflicted copy 2026-03-01).otio",
    ],
)
def test_autosaves_locks_and_copies_are_no_exports(tmp_path: Path, name: str) -> None:
    assert is_no_export(name)
    (tmp_path / "cut.otio").write_text("x")
    before = signature(tmp_path)
    (tmp_path / name).write_text("newer")
    os.utime(tmp_path / name, (2_000_000_000, 2_000_000_000))
    assert signature(tmp_path) == before
    assert newest_edit(tmp_path) == tmp_path / "cut.otio"


@pytest.mark.parametrize("name", ["Back up plan.otio", "autumn save.edl", "cut 2.fcpxml", "a~b.otio", "Part.1.xml"])
def test_names_that_only_look_like_an_autosave_are_exports(name: str) -> None:
    assert not is_no_export(name)


@pytest.mark.parametrize("suffix", sorted(EXPORTS))
def test_every_format_is_found_in_a_folder_in_any_case(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"CUT{suffix.upper()}"
    if suffix in (".otiod", ".fcpxmld"):
        path.mkdir()
        (path / "content").write_text("x")
    else:
        path.write_text("x")
    assert newest_edit(tmp_path) == path


def test_a_bundle_in_a_folder_is_as_new_as_what_it_holds(tmp_path: Path) -> None:
    bundle = tmp_path / "cut.fcpxmld"
    bundle.mkdir()
    assert signature(tmp_path) == ()
    (bundle / "Info.fcpxml").write_text("x")
    (tmp_path / "cut.otio").write_text("x")
    os.utime(bundle / "Info.fcpxml", (3000, 3000))
    os.utime(tmp_path / "cut.otio", (2000, 2000))
    os.utime(bundle, (1000, 1000))
    assert newest_edit(tmp_path) == bundle
    before = signature(tmp_path)
    (bundle / "Info.fcpxml").write_text("xy")
    assert signature(tmp_path) != before


def test_an_empty_file_beside_the_edit_of_a_bundle_does_not_hold_it_back() -> None:
    steady = Steady(None)
    written = (("cut.otiod/content.otio", 5, 1), ("cut.otiod/media/.keep", 0, 1))
    half = (("cut.otiod/content.otio", 0, 2),)
    assert [steady.seen(now) for now in (written, written, half, half, half)] == [False, True, False, False, False]


def test_a_project_folder_with_a_dot_in_its_name_is_still_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Film v1.2"
    folder.mkdir()
    (folder / "cut.otio").write_text("x")
    assert newest_edit(folder) == folder / "cut.otio"

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.engine.watcher import Signature, Steady, Watcher, newest_edit, signature
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
    def vanished(_: Path) -> list[Path]:
        raise FileNotFoundError(2, "gone", "cut.otio")

    monkeypatch.setattr("v2m_bridge.engine.watcher._exports", vanished)
    with pytest.raises(TimelineError, match="gone"):
        newest_edit(tmp_path)

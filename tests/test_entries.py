"""Entries of a cache folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2m_bridge.entries import content_fingerprint, entry_name, write_entry
from v2m_bridge.errors import MediaError


def test_an_entry_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    entry = tmp_path / "new" / "entry"
    write_entry(entry, lambda file: file.write(b"first"))

    def break_off(file: object) -> None:
        raise OSError("the disk is full")

    write_entry(entry, break_off)
    assert entry.read_bytes() == b"first"
    assert [path.name for path in entry.parent.iterdir()] == ["entry"]


def test_a_folder_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    write_entry(tmp_path / "file" / "entry", lambda file: file.write(b"x"))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_name_depends_on_every_part_of_its_key_and_where_it_ends() -> None:
    names = {entry_name("a", "bc"), entry_name("ab", "c"), entry_name("a", "b", "c"), entry_name("a", 1)}
    assert len(names) == 4


def test_what_cannot_be_read_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        content_fingerprint(tmp_path / "nothing")
